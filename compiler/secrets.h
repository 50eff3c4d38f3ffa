/*
 * secrets.h: keys, passwords and URLs with credentials that stand in the text as literals.
 *
 * Purpose: one reader for two ends. The hazard literal-credentials tells them; and no excerpt and
 * no message shows them, whatever is wrong on the line: secrets_conceal() runs before
 * anything is printed, on the text alone, so that it works for statements that could not be read.
 * Invariants: a span is the secret itself, without quotes, and of a URL the password alone.
 * Source of the argument positions: ClickHouse's documentation of each table function and engine,
 * and what its own logs mask.
 * Ownership: the lists are in the arena.
 * Failure: none. Of a statement whose quotes do not match, everything behind the parenthesis of a
 * function that takes a secret is concealed.
 */
#ifndef BFC_SECRETS_H
#define BFC_SECRETS_H

#include "compiler/base/diag.h"
#include "compiler/base/source.h"

struct secret {
	struct span span;
	const char *what; /* "a literal password"; NULL: belongs to the one before it */
};

struct secret_list {
	LIST_OF(struct secret) list;
};

void secrets_find(const struct source_set *sources, struct span sql, struct arena *arena,
                  struct secret_list *out);
/* Notes down every secret of every file, for the printers. */
void secrets_conceal(const struct source_set *sources, struct diag_list *diags);

#endif
