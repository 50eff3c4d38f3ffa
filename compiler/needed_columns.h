/*
 * needed_columns.h: which columns of a trigger table its views read.
 *
 * Purpose: `using null_engine` streams history through a Null table that has only what the views
 * use. A column too many is a small cost, one too few a failed load, or with `*` a wrong
 * one: whatever might be a column's name counts as one.
 *
 * How to use it (measured on 26.7; tests/corpus runs every view this way too):
 *   CREATE TABLE n (<needed_columns_declare()>) ENGINE = Null
 *   INSERT INTO n (<inserted>) SETTINGS insert_allow_materialized_columns = 1
 *   SELECT <inserted> FROM trigger_table WHERE …
 * Conditions of split and chunk stand in that SELECT, so their columns are no business of this.
 * With `whole`, nobody knows the columns before the plan runs: CREATE TABLE n AS trigger_table
 * ENGINE = Null, and `*` in place of both lists.
 *
 * Invariants
 * - Columns keep their kinds, because `*` leaves ALIAS and MATERIALIZED columns out:
 *   an ALIAS column is computed in the Null table too, from its expression's columns, which are
 *   then needed as well; a MATERIALIZED column is not computed again but inserted as it is stored
 *   (its expression may have been changed since), yet CREATE wants the columns that it names.
 * - `*` and t.* are all ordinary columns but those of their own EXCEPT; COLUMNS('…') also sees ALIAS
 *   and MATERIALIZED ones, and so do the asterisk_include_… settings and {p:Identifier}.
 * - Never empty: `SELECT count() FROM t` gets one cheap column, so that there are rows.
 * - Nested columns are declared as written and inserted by their parts, `n.a`.
 * Ownership: the arena.
 */
#ifndef BFC_NEEDED_COLUMNS_H
#define BFC_NEEDED_COLUMNS_H

#include "compiler/base/buf.h"
#include "compiler/model.h"

struct needed_columns {
	bool whole; /* the table's columns are not declared: both lists are empty */
	LIST_OF(const struct model_column *) list; /* in the table's order */
	LIST_OF(struct str) inserted;              /* names for INSERT and SELECT, unquoted */
};

/* The columns that any of the views needs; all of them read one table. */
void needed_columns_find(const struct source_set *sources, const struct model_view *const *views,
                         size_t view_count, struct arena *arena, struct needed_columns *out);
/* What stands between the parentheses of CREATE TABLE n (…). */
void needed_columns_declare(const struct needed_columns *needed, const struct source_set *sources,
                            struct buf *out);

#endif
