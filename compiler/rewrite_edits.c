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

struct str edits_apply(struct edits *edits, const struct source_set *sources, struct span span)
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
		buf_add(&out, span_text(sources, (struct span){span.file, at, edit->span.begin}));
		buf_add(&out, edit->text);
		at = edit->span.end;
		last = edit;
	}
	buf_add(&out, span_text(sources, (struct span){span.file, at, span.end}));
	result = arena_str(edits->arena, buf_str(&out));
	buf_release(&out);
	return result;
}
