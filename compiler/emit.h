/*
 * emit.h: the formats that a plan is shown in: a table of functions, one file each.
 *
 * Invariants: deterministic bytes; an emitter prints the graph and looks at nothing else.
 * `out` may be one that drains: nothing in it is looked at again.
 * Failure: false when `out` overflowed its ceiling.
 */
#ifndef BFC_EMIT_H
#define BFC_EMIT_H

#include "compiler/graph.h"

struct emitter {
	const char *name; /* as --emit takes it */
	const char *help;
	bool (*emit)(const struct graph *graph, struct buf *out);
};

/* Ends with a NULL name. */
extern const struct emitter emitters[];
const struct emitter *emitter_find(const char *name);

bool emit_sql(const struct graph *graph, struct buf *out);
bool emit_json(const struct graph *graph, struct buf *out);
bool emit_dot(const struct graph *graph, struct buf *out);
bool emit_mermaid(const struct graph *graph, struct buf *out);
bool emit_markdown(const struct graph *graph, struct buf *out);
bool emit_html(const struct graph *graph, struct buf *out);

#endif
