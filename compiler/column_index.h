/*
 * column_index.h: finding one of a table's columns by its name.
 *
 * Purpose: tables have dozens of columns and programs thousands of tables, so an index is an array
 * of places, sorted by name, and no hash table with a record for each column.
 * Invariants: of columns with the same name the first is found; names are case-sensitive.
 * Ownership: the arena; the columns stay the caller's, and have to stay where they are.
 * Failure: NULL, or an empty name, where there is none.
 */
#ifndef BFC_COLUMN_INDEX_H
#define BFC_COLUMN_INDEX_H

#include "compiler/model.h"

struct column_index {
	const struct model_column *columns; /* in order of declaration */
	uint32_t *sorted;                   /* their positions, by name */
	size_t count;
};

void column_index_init(struct column_index *index, const struct model_column *columns, size_t count,
                       struct arena *arena);
const struct model_column *column_find(const struct column_index *index, struct str name);
/* For "did you mean": the nearest name, the first of several; empty when none is near. */
struct str column_nearest(const struct column_index *index, struct str name);

#endif
