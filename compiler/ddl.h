/*
 * ddl.h: column lists and engine clauses of CREATE TABLE.
 *
 * Purpose: finds names, types and clauses; every expression stays verbatim.
 * Invariants: spans and slices lie in the source given; a word is a clause only where an operand
 * has just ended, so that columns may be called `comment`, `ttl` or `settings`.
 * Ownership: the arena.
 * Failure: a diagnostic and false; what could be read is in the result all the same.
 */
#ifndef BFC_DDL_H
#define BFC_DDL_H

#include "compiler/model.h"

struct ddl_columns {
	LIST_OF(struct model_column) list;
	struct span primary_key; /* `PRIMARY KEY …` inside the list */
	bool has_primary_key;
};

struct ddl_clause {
	bool present;
	struct span span; /* what follows the keyword */
	struct span keyword;
};

struct ddl_engine {
	struct str name;
	struct span span; /* name and arguments */
	LIST_OF(struct span) arguments;
	struct ddl_clause order_by, partition_by, primary_key, sample_by, ttl, settings, comment;
};

/* `columns` lies between the parentheses of a column list. */
bool ddl_read_columns(const struct source_set *sources, struct span columns, struct arena *arena,
                      struct ddl_columns *out, struct diag_list *diags);
/* `rest` is everything behind the column list. */
bool ddl_read_engine(const struct source_set *sources, struct span rest, struct arena *arena,
                     struct ddl_engine *out, struct diag_list *diags);

enum engine_class ddl_engine_class(struct str name);
/* True when a TTL clause has an element that deletes rows (the default action). `where` is it. */
bool ddl_ttl_deletes(const struct source_set *sources, struct span ttl, struct arena *arena,
                     struct span *where);
/* The expressions of a key, `a` or `(a, b)`, at its top-level commas. */
struct span_list {
	LIST_OF(struct span) list;
};
void ddl_split(const struct source_set *sources, struct span span, struct arena *arena,
               struct span_list *out);

#endif
