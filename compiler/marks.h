/*
 * marks.h: which words of a .bf text are the language's own, and which are SQL.
 *
 * Purpose: `bfc fmt` lays out what is ours and leaves SQL alone. No word is reserved, so only the
 * parser knows which is which; it notes it down while it reads, for whoever asks (struct parse,
 * `marks`). So the layout can't drift from the grammar.
 * Invariants: after a text without errors, a word that is a keyword and is in neither list is the
 * language's own. Each list is in the order of the text; runs of SQL do not overlap.
 * Ownership: the arena's.
 * Failure: none. Marks are NULL where nobody asks, and adding to NULL does nothing.
 */
#ifndef BFC_MARKS_H
#define BFC_MARKS_H

#include "compiler/base/arena.h"
#include "compiler/base/source.h"

struct marks {
	struct arena *arena;
	LIST_OF(struct span) names;   /* also strings that stand for one */
	LIST_OF(struct span) sql;     /* runs that stay byte for byte */
	LIST_OF(struct span) clauses; /* of backfills */
};

void marks_add_name(struct marks *marks, struct span span);
/* A run that holds earlier ones takes their place. */
void marks_add_sql(struct marks *marks, struct span span);
void marks_add_clause(struct marks *marks, struct span span);

#endif
