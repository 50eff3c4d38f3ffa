/*
 * guard.h: what is put back at any end of a run; the plan says what (struct guard in graph.h).
 *
 * Purpose: as long as a guard is open something of the world outside is not as it was: ingest is
 * paused. Every end of a run closes it, and what no end could do (kill -9) the next `apply` or
 * `abort` does. guard.c says why that is right at each moment.
 * Invariants: the guard's row `begun` is durable before the step that opens it is sent, and has all
 * that `abort`, which has no plan, needs; the row of the step that is kept is durable before
 * anything is put back. Ownership: the exec's arena.
 */
#ifndef BFC_GUARD_H
#define BFC_GUARD_H

#include "compiler/graph.h"

struct exec;
struct task;
struct journal_entry;

struct guard_state {
	const struct guard *guard;
	size_t first, opens, keeps, closes; /* positions in graph->steps */
	bool open;
	bool restored; /* open all the same: not all that was begun could be taken back */
	uint32_t attempt;
	uint64_t since_ms;    /* when this run opened it; 0: an earlier one did … */
	uint64_t closing_row; /* of the journal: with it durable, nothing holds up what closes it */
	uint64_t earlier_ms;  /* … so long before this run began */
};

/* A run of another plan has left one open: stops the exec. To ask before any row is written. */
bool guards_of_other_plan(struct exec *exec);
/* The journal is read: an earlier run's open guards. Takes back what is not worth keeping. False:
 * the exec was stopped. */
bool guards_start(struct exec *exec);
/* The top-level step at `position` is about to be sent: writes a row first where one is needed. */
void guards_before(struct exec *exec, struct task *task, size_t position);
/* … and is done. */
void guards_done(struct exec *exec, size_t position);
/* `within`, checked each turn. */
void guards_turn(struct exec *exec);
uint64_t guards_deadline_ms(const struct exec *exec);
/* One is open for longer than it may be. */
bool guards_late(const struct exec *exec);
/* The run is stopping: puts everything back, and says so in the result. */
void guards_end(struct exec *exec);
/* `bfc abort`: the same from the journal alone. False: the exec was stopped. */
bool guards_abort(struct exec *exec);
/* A row of a guard: it is read even where a plan's other rows have become void. */
bool guard_is_row(struct str pinned);

#endif
