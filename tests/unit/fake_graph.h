/*
 * fake_graph.h: small plans by hand, in the shapes that lowering gives the strategies.
 *
 * Purpose: the executor's tests run the same graph on fake_server.h and, in cases_model.py, on a real
 * server: its SQL is real, the fake goes by step ids. A live table t (n UInt64, by n % 2), a table
 * u behind a view of t; history is n < 1000 (the split), in chunks. FAKE_PAUSE: t has its history, and
 * rows come to it; the view is made in the pause. Ownership: the graph lives in the arena.
 */
#ifndef BFC_FAKE_GRAPH_H
#define BFC_FAKE_GRAPH_H

#include "compiler/graph.h"

#define FAKE_ROWS_A_CHUNK 10
/* Past every n there ever is. */
#define FAKE_ROWS_MOST 1000000
#define FAKE_STAGED_SETTINGS                                                                       \
	" SETTINGS assign_part_uuids = 1, max_bytes_to_merge_at_max_space_in_pool = 1, "           \
	"max_bytes_to_merge_at_min_space_in_pool = 1"

enum fake_plan { FAKE_DUPLICATE, FAKE_HOLD, FAKE_DIRECT, FAKE_PAUSE };

struct graph *fake_plan_new(struct arena *arena, enum fake_plan plan, const char *migration,
                            unsigned chunks, unsigned workers);
struct graph *fake_graph_new(struct arena *arena, const char *migration, unsigned chunks,
                             unsigned workers);
/* A step by id, to be changed before the graph is run. */
struct step *fake_graph_step(struct graph *graph, const char *id);

#endif
