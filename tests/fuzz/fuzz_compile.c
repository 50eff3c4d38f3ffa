/*
 * fuzz_compile.c: any bytes through everything that `bfc compile` does: parser, checks, hazards,
 * lowering, every emitter.
 *
 * Beside crashes and hangs it looks for plans that break their own rules: a program without errors
 * has to have a plan, unless its size is the matter, and that plan's JSON form reads back to the
 * same bytes.
 */
#include <stdlib.h>

#include "compiler/check.h"
#include "compiler/emit.h"
#include "compiler/lower.h"
#include "compiler/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void emit_all(const struct graph *graph)
{
	for (const struct emitter *emitter = emitters; emitter->name; emitter++) {
		struct buf out;

		buf_init(&out, BUF_CEILING_OUTPUT);
		if (!emitter->emit(graph, &out))
			abort();
		buf_release(&out);
	}
}

static void there_and_back(const struct graph *graph)
{
	struct arena arena;
	struct diag_list diags;
	struct buf first, second;
	const struct graph *again;

	arena_init(&arena);
	diag_list_init(&diags, &arena);
	buf_init(&first, BUF_CEILING_OUTPUT);
	buf_init(&second, BUF_CEILING_OUTPUT);
	graph_write_json(graph, &first);
	again = graph_read_json(&arena, "plan.json", buf_str(&first), &diags);
	if (!again)
		abort();
	graph_write_json(again, &second);
	if (!str_eq(buf_str(&first), buf_str(&second)))
		abort();
	buf_release(&first);
	buf_release(&second);
	arena_release(&arena);
}

/* What is refused after the model was found good: sizes, names that are no text, a strategy that
 * is not built. Anything else is a rule that the plan breaks. */
static bool may_refuse(const struct diag_list *diags)
{
	for (size_t i = 0; i < diags->list.count; i++)
		if (diags->list.items[i].code == BF900)
			return false;
	return diags->errors;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena, plan;
	struct source_set sources;
	struct diag_list diags;
	struct source *source;
	const struct ast *ast;
	const struct model *model = NULL;
	const struct graph *graph;

	arena_init(&arena);
	arena_init(&plan);
	source_set_init(&sources, &arena);
	diag_list_init(&diags, &arena);
	source = source_from_text(&sources, "fuzz.bf", (struct str){(const char *)data, size},
	                          &diags);
	ast = parse_source(&sources, source, &arena, &diags);
	if (!diag_failed(&diags))
		model = check_program(&sources, ast, STR("fuzz"), &arena, &diags);
	if (model && !diag_failed(&diags)) {
		graph = lower_model(model, &plan, &diags);
		if (!graph && !may_refuse(&diags))
			abort();
		if (graph) {
			emit_all(graph);
			there_and_back(graph);
		}
	}
	source_set_release(&sources);
	arena_release(&plan);
	arena_release(&arena);
	return 0;
}
