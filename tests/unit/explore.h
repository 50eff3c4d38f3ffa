/*
 * explore.h: every order of events of runs on the fake server, with faults in between.
 *
 * Purpose: the claims at the heads of runtime/attempt.c, guard.c and compiler/lower_hold.c, checked by
 * going everywhere and not by argument. Runs are played again and again, each time with another list of
 * decisions: which request arrives next, which answer comes next, where a fault strikes, how a command
 * ends, when rows come from elsewhere. Depth first; a state of client and server that was seen before
 * is not gone into again. After each end, runs that nothing disturbs, with a person who does what the
 * messages ask for; then the live tables hold each row once, the views are as declared, ingest runs,
 * nothing staged and no lock is left, and each chunk's journal rows are in an order that makes sense.
 *   explore.c         the search                 explore_events.c  what may happen, and does
 *   explore_play.c    the wire and the commands  explore_end.c     what is done and asked at an end
 *   explore_state.c   states as numbers
 * Invariants
 * - What the executor keeps is read through exec_internal.h, for the state's hash alone. Left out
 *   of the hash: the clock (a pause is there or not, however long), numbers of journal rows,
 *   numbers of INSERTs. Two states of one hash go on alike, but for pauses' lengths.
 * - Who sleeps may sleep in a command, too, which then does what it does when the other run is over.
 * - The clock stands while something is under way, but where a task pauses: then "first the pause
 *   ends" is one more decision.
 * Failure: explore_all() stops at the first wrong end and says how to get there.
 */
#ifndef BFC_EXPLORE_H
#define BFC_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>

#include "fake_graph.h"

struct explore {
	enum fake_plan plan;
	unsigned chunks, workers;
	unsigned faults;  /* that strike while the client lives, at most */
	unsigned deaths;  /* of clients, one after the other; 0: one */
	bool apart;       /* a request arrives and is answered at different moments */
	unsigned late;    /* a dead client's request still comes, at every late-th request of the
	                   * next run; 0: it never does */
	unsigned refused; /* a load fails with this code, as a fault; 0: none */
	unsigned memory_rows; /* a load of more is too large; 0: none is */
	bool aborts;          /* `bfc abort` after an end, too */
	unsigned sleeps;      /* the client sleeps, and another takes over meanwhile, so often */
	bool gives_up;        /* … while it starts: an abort */
	unsigned inserts;     /* rows that come from elsewhere, FAKE_PAUSE */
	bool resumed;         /* somebody resumes ingest in the pause, as a fault */
	size_t limit;         /* runs, picked with a fixed seed; 0: until all is seen */
	/* out */
	size_t runs, states, ends, left; /* left: paths not gone */
	char why[400];
};

/* True: all ends were right. */
bool explore_all(struct explore *explore);

#endif
