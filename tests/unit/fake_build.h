/*
 * fake_build.h: the pieces of which the plans of fake_graph.h are made.
 *
 * Purpose: what several shapes have in common: steps, a seal and its moves, chunks, the sweep.
 * Ownership: all of it lives in the arena; a list that is given to a step is the step's from then on.
 */
#ifndef BFC_FAKE_BUILD_H
#define BFC_FAKE_BUILD_H

#include "compiler/graph.h"

struct fake_list {
	LIST_OF(const struct step *) steps;
};

struct step *fake_add(struct arena *arena, struct fake_list *list, const char *id,
                      enum step_kind kind, enum step_phase phase, const char *sql);
/* Ends with NULL. */
void fake_outputs(struct arena *arena, struct step *step, const char *const *names);
struct each *fake_each(struct arena *arena, struct step *step, enum each_kind kind,
                       const char *over, const char *const *columns, const struct fake_list *body);

/* How parts go from a staged table to where they belong. */
struct fake_move {
	const char *part; /* "b1.chunk": what the ids begin with */
	const char *t;    /* the live table that they are sealed as */
	const char *from; /* the parameter with the staged table's name */
	const char *to;
};
void fake_add_moves(struct arena *arena, struct fake_list *body, const struct fake_move *move);
/* `t`, `u`: parameters with the staged tables' names; t may be NULL. */
void fake_add_seal(struct arena *arena, struct fake_list *body, const char *part, const char *t,
                   const char *u);
void fake_add_moved(struct arena *arena, struct fake_list *body, const char *part, const char *t,
                    const char *u);
struct each *fake_add_chunks(struct arena *arena, struct fake_list *list, const char *id,
                             const char *over, unsigned workers, const struct fake_list *body);
void fake_add_object(struct arena *arena, struct each *each, const char *param,
                     const char *original);
/* The database, t and u. */
void fake_add_tables(struct arena *arena, struct fake_list *list);
void fake_add_sweep(struct arena *arena, struct fake_list *list);

/* --- fake_graph_pause.c --- */
void fake_add_pause(struct arena *arena, struct graph *graph, struct fake_list *list,
                    unsigned chunks, unsigned workers);

#endif
