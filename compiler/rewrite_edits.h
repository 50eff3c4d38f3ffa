/*
 * rewrite_edits.h: changes to a text, collected in any order and applied once.
 *
 * Invariants: edits do not overlap; an insertion comes before a replacement that begins at the
 * same place; the same edit made twice counts once (a WITH can be reached by two ways).
 * Ownership: the arena.
 */
#ifndef BFC_REWRITE_EDITS_H
#define BFC_REWRITE_EDITS_H

#include "compiler/base/source.h"

struct edit {
	struct span span;
	struct str text;
};

struct edits {
	LIST_OF(struct edit) list;
	struct arena *arena;
};

void edits_add(struct edits *edits, struct span span, struct str text);
/* Before the byte at `at`. */
void edits_insert(struct edits *edits, struct span near, uint32_t at, struct str text);
/* The text of `span` with the edits that lie in it; in `arena`, as edits are scratch. */
struct str edits_apply(struct edits *edits, const struct source_set *sources, struct span span,
                       struct arena *arena);

#endif
