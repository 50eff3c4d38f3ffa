/*
 * fake_world.h: a fake server, a plan for it, and one run after the other against them.
 *
 * Purpose: what the tests of the executor begin with. Ownership: fake_world_release() frees all; a
 * result is the caller's.
 */
#ifndef BFC_FAKE_WORLD_H
#define BFC_FAKE_WORLD_H

#include "fake_graph.h"
#include "fake_transport.h"
#include "runtime/exec.h"

struct fake_world {
	struct fake_server server;
	struct arena arena;
	struct graph *graph;
	/* Is shown each request of the runs to come; NULL: nobody looks. */
	void (*look)(void *state, const struct request *request);
	void *look_state;
	/* Of the runs to come; NULL: no one to ask, and no commands. */
	const struct outside *outside;
	/* A dead client's: arrives at the next run's late_at-th request; 0: none. */
	struct request late;
	unsigned late_at;
};

void fake_world_init_plan(struct fake_world *world, enum fake_plan plan, unsigned chunks,
                          unsigned workers);
void fake_world_init(struct fake_world *world, unsigned chunks, unsigned workers);
void fake_world_release(struct fake_world *world);
/* One `bfc apply`; the number of its requests comes back. */
size_t fake_world_apply(struct fake_world *world, struct fake_fault fault,
                        struct exec_result *result);

/* One `bfc abort`. */
void fake_world_abort(struct fake_world *world, enum exec_doubt word, struct exec_result *result);

#endif
