/*
 * fake_graph.h: a small plan by hand, in the shape that lowering gives a `duplicate` backfill.
 *
 * Purpose: the executor's tests run the same graph on fake_transport.h and, by hand, on a real
 * server: its SQL is real, the fake goes by step ids. A live table t (n UInt64, by n % 2), a table
 * u behind a view of t; history is n < 1000 (the split), in chunks. Ownership: the graph lives in
 * the arena.
 */
#ifndef BFC_FAKE_GRAPH_H
#define BFC_FAKE_GRAPH_H

#include "compiler/graph.h"

#define FAKE_ROWS_A_CHUNK 10

struct graph *fake_graph_new(struct arena *arena, const char *migration, unsigned chunks,
                             unsigned workers);
/* A step by id, to be changed before the graph is run. */
struct step *fake_graph_step(struct graph *graph, const char *id);

#endif
