/*
 * scope.h: what a parameter's name stands for.
 *
 * Purpose: names are unique over a graph (graph.h), so a scope is a list of name and value, and an
 * outer scope that is asked next. The run's scope has the params and the rows of top-level probes,
 * a task's has the staged names, the row of each loop that it is in, and the probes of its body.
 * Ownership: the list grows in the arena given to scope_init(); values are borrowed and have to
 * stay as long as the scope.
 * Failure: scope_find() returns NULL for an unknown name.
 */
#ifndef BFC_SCOPE_H
#define BFC_SCOPE_H

#include "compiler/base/arena.h"
#include "compiler/graph.h"
#include "runtime/transport.h"

struct scope {
	struct arena *arena;
	const struct scope *outer;
	LIST_OF(struct binding) list;
};

void scope_init(struct scope *scope, struct arena *arena, const struct scope *outer);
/* Binds the name, or binds it anew. */
void scope_set(struct scope *scope, struct str name, struct str value, bool secret);
const struct binding *scope_find(const struct scope *scope, struct str name);
/*
 * The values of the step's `uses`, in `arena`. False when one is unknown or NULL; `missing`
 * is then its name.
 */
bool scope_collect(const struct scope *scope, const struct step *step, struct arena *arena,
                   const struct binding **params, size_t *count, struct str *missing);

#endif
