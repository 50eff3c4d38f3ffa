/*
 * emit_html.h: the parts of the page, one file each.
 *
 * Purpose: one self-contained page: no network, no fonts, nothing that needs JavaScript; the
 * little that is there opens and copies. Its Content-Security-Policy allows that script alone, by
 * its hash.
 * Invariants: every text of the user goes through text_add_html(). Ownership: the caller's arena.
 * Failure: the buffer's ceiling (buf.h).
 */
#ifndef BFC_EMIT_HTML_H
#define BFC_EMIT_HTML_H

#include "compiler/emit_overview.h"
#include "compiler/emit_text.h"

extern const char html_style[];
extern const char html_script[];

/* `s-` and the id, with `_` for what would need escapes in a link. */
void html_add_anchor(struct buf *out, const struct step *step);
/* A statement as spans of class k (keyword), s (string), n (number), p (parameter), f (function),
 * c (comment). */
void html_add_sql(struct buf *out, struct str sql);
/* The overview as an SVG in layers: what waits for nothing is at the top. */
void html_add_graph(struct buf *out, const struct graph *graph, struct arena *arena);
/* All steps, in sections, with their SQL. */
void html_add_steps(struct buf *out, const struct graph *graph);

#endif
