/*
 * explore_state.h: states of the fake server and of the executor as numbers, for explore.c.
 *
 * Purpose: to know a state when it comes again. Ownership: nothing is kept but the set's numbers.
 */
#ifndef BFC_EXPLORE_STATE_H
#define BFC_EXPLORE_STATE_H

#include "fake_transport.h"
#include "runtime/exec_internal.h"

uint64_t mix(uint64_t hash, uint64_t n);
uint64_t mix_str(uint64_t hash, struct str text);
uint64_t server_state(const struct fake_server *server);
uint64_t exec_state(const struct exec *exec);

struct seen {
	uint64_t *items; /* 0: free */
	size_t count, size;
};
/* False: it was there. */
bool seen_add(struct seen *seen, uint64_t state);
void seen_release(struct seen *seen);

#endif
