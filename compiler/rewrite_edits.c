/* rewrite_edits.c: see rewrite_edits.h. */
#include "compiler/rewrite_edits.h"

#include <stdlib.h>

#include "compiler/base/buf.h"

void edits_add(struct edits *edits, struct span span, struct str text)
{
	struct edit *edit = list_add(edits->arena, &edits->list);

	edit->span = span;
	edit->text = text;
}

void edits_insert(struct edits *edits, struct span near, uint32_t at, struct str text)
{
	edits_add(edits, (struct span){near.file, at, at}, text);
}

static int compare_edits(const void *left, const void *right)
{
	const struct edit *a = left, *b = right;

	if (a->span.begin != b->span.begin)
		return a->span.begin < b->span.begin ? -1 : 1;
	if (a->span.end != b->span.end)
		return a->span.end < b->span.end ? -1 : 1;
	return str_compare(a->text, b->text);
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$';
}

/* Quoted names and strings may touch words; what takes their place may not: FROM`t`WHERE. */
static void add_apart(struct buf *out, struct str text)
{
	if (text.n && out->size && is_word_byte(out->data[out->size - 1]) &&
	    is_word_byte(text.p[0]))
		buf_addc(out, ' ');
	buf_add(out, text);
}

/* The untouched text up to `end`; kept apart from an edit before it. */
static void add_source(struct buf *out, const struct source_set *sources, struct span span,
                       bool edited)
{
	struct str text = span_text(sources, span);

	if (edited)
		add_apart(out, text);
	else
		buf_add(out, text);
}

struct str edits_apply(struct edits *edits, const struct source_set *sources, struct span span,
                       struct arena *arena)
{
	const struct edit *last = NULL;
	uint32_t at = span.begin;
	struct str result;
	struct buf out;

	if (edits->list.count)
		qsort(edits->list.items, edits->list.count, sizeof(*edits->list.items),
		      compare_edits);
	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < edits->list.count; i++) {
		const struct edit *edit = &edits->list.items[i];

		if (edit->span.begin < at || edit->span.end > span.end ||
		    (last && compare_edits(last, edit) == 0))
			continue;
		add_source(&out, sources, (struct span){span.file, at, edit->span.begin}, last);
		add_apart(&out, edit->text);
		at = edit->span.end;
		last = edit;
	}
	add_source(&out, sources, (struct span){span.file, at, span.end}, last);
	result = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return result;
}
