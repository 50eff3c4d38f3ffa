/*
 * emit_text.h: what the formats for people share: words, escapes, counts.
 *
 * Purpose: markdown, html, mermaid and dot say the same thing in the same words. Each escape is
 * named after the place that it makes a text safe for.
 * Invariants: deterministic; nothing is read but the graph. Texts are UTF-8 (source.h); control
 * characters come out as blanks where a line break would end the place.
 * Ownership: nothing is kept.
 * Failure: the buffer's ceiling (buf.h).
 */
#ifndef BFC_EMIT_TEXT_H
#define BFC_EMIT_TEXT_H

#include "compiler/graph.h"

/* "Make sure that …": a heading for the steps of a phase. */
const char *text_phase_title(enum step_phase phase);
/* Of a section of top-level steps that begins with this one. */
const char *text_section_title(const struct step *step);
/* "if not exists": why repeating a step is harmless. */
const char *text_repeat(enum step_repeat repeat);

/* "1 step", "3 steps". */
void text_add_count(struct buf *out, size_t count, const char *one, const char *many);
/* "10 chunks; 2 at once" of an EACH_CHUNKS; "a chunk for each row of [id]" when rows come later. */
void text_add_chunks(struct buf *out, const struct each *each);

/* HTML's text and attributes, in double quotes too. */
void text_add_html(struct buf *out, struct str text);
/* As text_add_html(), the whole cut to `columns` with an ellipsis. */
void text_add_html_cut(struct buf *out, struct str text, size_t columns);

/* How wide a text is, in columns of a fixed font: East Asian wide characters count 2. */
size_t text_columns(struct str text);
/* The longest beginning of a text that is at most `columns` wide, cut between characters. */
struct str text_fit(struct str text, size_t columns);

/* All steps, those of bodies after their own step: graph->step_total of them. */
const struct step **text_flatten(const struct graph *graph, struct arena *arena);

/* When a guard's steps run: "From [b1.quiet] until [b1.resume] ingest is paused. …". */
void text_add_guard(struct buf *out, const struct guard *guard);
extern const char text_guards_title[];

/* What a gate waits for, behind "waits until". */
const char *text_gate(const struct step *step);

#endif
