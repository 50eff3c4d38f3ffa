/*
 * explore.h: every order of events of a run on the fake server, with faults in between.
 *
 * Purpose: the claim at the head of runtime/attempt.c, checked by going everywhere and not by
 * argument. A run is played again and again, each time with another list of decisions: which
 * request arrives next, which answer comes next, where a fault strikes. Depth first; a state of
 * client and server that was seen before is not gone into again. After each end, one more run that
 * nothing disturbs; then the live tables hold each row once, nothing staged and no lock is left.
 * Invariants
 * - What the executor keeps is read through exec_internal.h, for the state's hash alone. Left out
 *   of the hash: the clock (a pause is there or not, however long), numbers of journal rows,
 *   numbers of INSERTs. Two states of one hash go on alike, but for pauses' lengths.
 * - The clock stands while something is under way, but where a task pauses: then "first the pause
 *   ends" is one more decision.
 * Failure: explore_all() stops at the first wrong end and says how to get there.
 */
#ifndef BFC_EXPLORE_H
#define BFC_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>

struct explore {
	unsigned chunks, workers;
	unsigned faults;  /* that strike while the client lives, at most */
	bool apart;       /* a request arrives and is answered at different moments */
	unsigned late;    /* a dead client's request still comes, at every late-th request of the
	                   * next run; 0: it never does */
	unsigned refused; /* a load fails with this code, as a fault; 0: none */
	unsigned memory_rows; /* a load of more is too large; 0: none is */
	size_t limit;         /* runs, picked with a fixed seed; 0: until all is seen */
	/* out */
	size_t runs, states, ends, left; /* left: paths not gone */
	char why[400];
};

/* True: all ends were right. */
bool explore_all(struct explore *explore);

#endif
