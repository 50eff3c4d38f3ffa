/*
 * lower_pause.h: what the two files of `using pause_and_attach` share; nobody else includes it.
 *
 * Invariants: the steps are one chain, in the order in which pause_… are called; names of
 * parameters are empty until the step that gives them is made. Texts live in the build's arena.
 */
#ifndef BFC_LOWER_PAUSE_H
#define BFC_LOWER_PAUSE_H

#include "compiler/lower_internal.h"

struct pausing {
	struct fill *fill;
	const struct model_table *table;
	struct guard *guard;
	uint32_t after;     /* the newest step of the chain */
	struct str feeders; /* names alone … */
	struct str fed_by;  /* … with their databases */
	struct str mark, targets, part;
	struct str *aside; /* names for the snapshot, and for each view, that were never used */
	struct step_list undo, restore;
};

/* A new step that waits for the newest of the chain. */
struct step *pause_chain(struct pausing *pausing, enum step_kind kind, struct str name);

/* lower_pause_proof.c: steps of the pause. */
void pause_quiet(struct pausing *pausing);
void pause_mark(struct pausing *pausing);
void pause_links(struct pausing *pausing);
void pause_frozen(struct pausing *pausing);
void pause_whole(struct pausing *pausing);
/* ('db', 't'), … of the tables to fill. */
struct str pause_targets(struct pausing *pausing);
/* An assert's SELECT: the views that were made since `mark` have written nothing. */
struct str pause_nothing_counted(struct pausing *pausing);

#endif
