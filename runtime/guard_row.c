#include "runtime/guard_row.h"

#include <stdlib.h>

#include "compiler/base/json_value.h"

static json_t *step_to_json(const struct step *step)
{
	json_t *json = json_object();

	json_put_text(json, "id", step->id);
	json_put_text(json, "title", step->title);
	json_put_text(json, "hint", step->hint);
	json_put_u64(json, "kind", step->kind);
	json_put_u64(json, "gate", step->gate);
	json_put_u64(json, "limit_seconds", step->limit_seconds);
	json_put_text(json, "sql", step->sql);
	json_put_text(json, "act", step->act);
	return json;
}

static json_t *list_to_json(const struct step *const *steps, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_push(list, step_to_json(steps[i]));
	return list;
}

/* Ids of the steps that are to do again, and which of them pin values. */
static void put_steps(json_t *json, const struct graph *graph, const struct guard_state *state)
{
	json_t *steps = json_array(), *values = json_object();

	for (size_t i = state->first; i <= state->closes; i++) {
		const struct step *step = graph->steps[i];
		json_t *names;

		json_push(steps, json_stringn(step->id.p, step->id.n));
		if (step->kind != STEP_PROBE || !step->one_row)
			continue;
		names = json_array();
		for (size_t k = 0; k < step->output_count; k++)
			json_push(names, json_stringn(step->outputs[k].p, step->outputs[k].n));
		json_object_setn_new(values, step->id.p, step->id.n, names);
	}
	json_put(json, "steps", steps);
	json_put(json, "values", values);
}

struct str guard_row_text(struct exec *exec, const struct guard_state *state)
{
	const struct guard *guard = state->guard;
	json_t *json = json_object();
	struct str copy;
	char *text;

	json_put_u64(json, "guard", 1);
	json_put(json, "restored", json_boolean(state->restored));
	json_put_text(json, "plan", exec->plan);
	json_put_text(json, "what", guard->what);
	json_put_text(json, "left", guard->left);
	json_put_text(json, "keeps", guard->keeps);
	json_put_text(json, "closes", guard->closes);
	if (exec->graph)
		put_steps(json, exec->graph, state);
	json_put(json, "undo", list_to_json(guard->undo, guard->undo_count));
	json_put(json, "restore", list_to_json(guard->restore, guard->restore_count));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (!text)
		out_of_memory();
	copy = arena_str(&exec->arena, str_of(text));
	free(text);
	return copy;
}

bool guard_is_row(struct str pinned)
{
	return str_starts(pinned, STR("{\"guard\":1,"));
}

struct str guard_row_word(struct exec *exec, const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	if (!json_is_string(value))
		return STR("");
	return arena_str(&exec->arena,
	                 (struct str){json_string_value(value), json_string_length(value)});
}

const struct step **guard_row_steps(struct exec *exec, const json_t *list, size_t *count)
{
	const struct step **steps =
	        arena_array(&exec->arena, const struct step *, json_array_size(list) + 1);

	*count = json_array_size(list);
	for (size_t i = 0; i < *count; i++) {
		const json_t *json = json_array_get(list, i);
		struct step *step = arena_new(&exec->arena, struct step);
		json_int_t kind = json_integer_value(json_object_get(json, "kind"));
		json_int_t gate = json_integer_value(json_object_get(json, "gate"));

		step->id = guard_row_word(exec, json, "id");
		step->title = guard_row_word(exec, json, "title");
		step->hint = guard_row_word(exec, json, "hint");
		step->sql = guard_row_word(exec, json, "sql");
		step->act = guard_row_word(exec, json, "act");
		step->kind = kind == STEP_GATE     ? STEP_GATE
		             : kind == STEP_ASSERT ? STEP_ASSERT
		                                   : STEP_RUN;
		step->gate = gate == GATE_COMMAND ? GATE_COMMAND : GATE_PERSON;
		step->limit_seconds =
		        (unsigned)json_integer_value(json_object_get(json, "limit_seconds"));
		graph_scan_uses(&exec->arena, step->sql, &step->uses, &step->use_count);
		steps[i] = step;
	}
	return steps;
}
