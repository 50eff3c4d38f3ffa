#include "compiler/emit.h"

bool emit_json(const struct graph *graph, struct buf *out)
{
	graph_write_json(graph, out);
	return !out->overflow;
}
