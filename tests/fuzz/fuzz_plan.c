/*
 * fuzz_plan.c: any bytes as a plan.json: read, and where it is one, through every emitter and back.
 *
 * No fuzzer guesses a SHA-256: built with FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION the reader does
 * not compare it (graph_read.c), so that what comes after it is reached.
 */
#include <stdlib.h>

#include "compiler/emit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was written from a plan that was read is a plan with the same bytes. */
static void there_and_back(const struct graph *graph, struct arena *arena)
{
	struct diag_list diags;
	struct buf first, second;
	const struct graph *again;

	diag_list_init(&diags, arena);
	buf_init(&first, BUF_CEILING_OUTPUT);
	buf_init(&second, BUF_CEILING_OUTPUT);
	graph_write_json(graph, &first);
	again = graph_read_json(arena, "again.json", buf_str(&first), &diags);
	if (!again)
		abort();
	graph_write_json(again, &second);
	if (!str_eq(buf_str(&first), buf_str(&second)))
		abort();
	buf_release(&first);
	buf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct diag_list diags;
	const struct graph *graph;

	arena_init(&arena);
	diag_list_init(&diags, &arena);
	graph = graph_read_json(&arena, "plan.json", (struct str){(const char *)data, size},
	                        &diags);
	/* Either a plan or a reason. */
	if (!graph == !diag_failed(&diags))
		abort();
	if (graph) {
		there_and_back(graph, &arena);
		for (const struct emitter *emitter = emitters; emitter->name; emitter++) {
			struct buf out;

			buf_init(&out, BUF_CEILING_OUTPUT);
			if (!emitter->emit(graph, &out))
				abort();
			buf_release(&out);
		}
	}
	arena_release(&arena);
	return 0;
}
