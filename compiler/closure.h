/*
 * closure.h: what an insert into a table reaches.
 *
 * Purpose: language.md, "The downstream closure": a backfill's table, every view that fires on it,
 * their targets, the views on those, and so on.
 * Invariants: tables stand breadth first, the starts first; a view stands once, after all views
 * that fire before it on a shortest way; a table that two ways reach stands once. Only views
 * with both `reads` and `target` count.
 * Ownership: the arena; closure_index_release() frees the index.
 * Failure: none; circles are found by closure_cycle(), the walk itself ends all the same.
 */
#ifndef BFC_CLOSURE_H
#define BFC_CLOSURE_H

#include "compiler/model.h"

struct closure_node;

struct closure_index {
	struct arena *arena;
	struct closure_node *nodes; /* one a table that some view reads or writes */
};

void closure_index_init(struct closure_index *index, const struct model_view *const *views,
                        size_t count, struct arena *arena);
void closure_index_release(struct closure_index *index);

/* Of several starts, each of which may stand in the list again. Views whose `backfill view` has a
 * number above `number` are left out: their turn comes later. */
struct model_closure closure_of(const struct closure_index *index,
                                const struct model_table *const *starts, size_t count,
                                unsigned number);

/* Views on the longest way into the table: tables in this order stand as rows flow. Of a table on
 * a circle it says nothing. */
size_t closure_depth(const struct closure_index *index, const struct model_table *table);

struct view_list {
	LIST_OF(const struct model_view *) list;
};
/* A circle that was not told before, in firing order; false when there is none (left). */
bool closure_cycle(struct closure_index *index, struct view_list *cycle);

#endif
