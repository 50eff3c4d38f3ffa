/*
 * emit_overview.h: a plan of any size as a graph that a person can take in.
 *
 * Purpose: steps that belong together become one node: a table with its comparison, checks that
 * wait for the same things, the duplicates of a chunk. Mermaid, markdown and the drawing in html
 * show these nodes; dot shows every step.
 * Invariants: at most OVERVIEW_MAX nodes; each node is a run of steps in the graph's order, so the
 * nodes have no cycle and each one's predecessors stand before it. What only takes part after an
 * interruption is left out of a body's overview.
 * Ownership: the arena.
 * Failure: none.
 */
#ifndef BFC_EMIT_OVERVIEW_H
#define BFC_EMIT_OVERVIEW_H

#include "compiler/graph.h"

enum {
	OVERVIEW_MAX = 40,
	/* Leads that a label names; further ones are counted. */
	OVERVIEW_LINES = 4,
};

struct overview_node {
	const struct step **leads; /* those to name: of a table and its comparison the table */
	size_t lead_count;
	size_t step_count;         /* all of them */
	const struct each *chunks; /* of the node's one step, when that is an EACH_CHUNKS */
	uint32_t *before;          /* nodes that it waits for */
	size_t before_count;
};

struct overview {
	struct overview_node *nodes;
	size_t count;
	size_t late; /* steps left out, because they matter after an interruption only */
};

struct overview overview_of_graph(const struct graph *graph, struct arena *arena);
/* The body of an EACH_CHUNKS: node i waits for node i - 1. */
struct overview overview_of_body(const struct each *each, struct arena *arena);

struct dependencies {
	uint32_t *items;
	size_t count;
};

/* Takes out of each list what follows from its other entries. Entries are smaller than the list's
 * own index. Past a few thousand lists they stay as they are. */
void overview_reduce(struct dependencies *lists, size_t count, struct arena *arena);

#endif
