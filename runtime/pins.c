/* Rows of probes: from replies (which nobody vouches for) and from the journal. */
#include <jansson.h>
#include <stdlib.h>

#include "runtime/exec_internal.h"

const struct pinned *pins_find(struct task *task, struct str probe)
{
	const struct step *step = graph_find(task->exec->graph, probe);

	if (!step)
		return NULL;
	if (task->pins && task->pins[step->number])
		return task->pins[step->number];
	return task->exec->pins[step->number];
}

static struct str keep(struct arena *arena, struct str value)
{
	return value.p ? arena_str(arena, value) : (struct str){0};
}

const struct pinned *pins_from_reply(struct arena *arena, const struct step *step,
                                     const struct reply *reply, struct str *why)
{
	struct pinned *pinned = arena_new(arena, struct pinned);
	int *from = arena_array(arena, int, step->output_count + 1);

	for (size_t i = 0; i < step->output_count; i++) {
		const char *name = arena_strdup(arena, step->outputs[i]);

		from[i] = reply_column(reply, name);
		if (from[i] < 0) {
			*why = str_of(arena_printf(arena, "the answer has no column '%s'", name));
			return NULL;
		}
	}
	if (step->one_row && reply->row_count != 1) {
		*why = str_of(arena_printf(arena, "the answer has %zu rows in place of one",
		                           reply->row_count));
		return NULL;
	}
	pinned->columns = step->outputs;
	pinned->column_count = step->output_count;
	pinned->row_count = reply->row_count;
	pinned->values = arena_array(arena, struct str, reply->row_count * step->output_count + 1);
	for (size_t row = 0; row < reply->row_count; row++) {
		for (size_t i = 0; i < step->output_count; i++)
			pinned->values[row * step->output_count + i] =
			        keep(arena, reply_value(reply, row, from[i]));
	}
	return pinned;
}

const struct pinned *pins_literal(struct arena *arena, const struct each *each)
{
	struct pinned *pinned = arena_new(arena, struct pinned);

	pinned->columns = each->columns;
	pinned->column_count = each->column_count;
	pinned->row_count = each->row_count;
	pinned->values = arena_array(arena, struct str, each->row_count * each->column_count + 1);
	for (size_t row = 0; row < each->row_count; row++) {
		for (size_t i = 0; i < each->column_count; i++)
			pinned->values[row * each->column_count + i] = each->rows[row].values[i];
	}
	return pinned;
}

void pins_bind(struct scope *scope, const struct step *step, const struct pinned *rows)
{
	if (!step->one_row)
		return;
	for (size_t i = 0; i < rows->column_count; i++)
		scope_set(scope, rows->columns[i], rows->values[i], false);
}

bool pins_row_taken(const struct each *each, const struct pinned *rows, size_t row)
{
	if (!each->only_column.n)
		return true;
	for (size_t i = 0; i < rows->column_count; i++) {
		if (str_eq(rows->columns[i], each->only_column))
			return str_eq(rows->values[row * rows->column_count + i], each->only_value);
	}
	return false;
}

/* --- JSON: {"step id": [["v", null, …], …], …} --- */

static json_t *rows_to_json(const struct pinned *pinned)
{
	json_t *rows = json_array();

	for (size_t row = 0; row < pinned->row_count; row++) {
		json_t *values = json_array();

		for (size_t i = 0; i < pinned->column_count; i++) {
			struct str value = pinned->values[row * pinned->column_count + i];
			json_t *text = value.p ? json_stringn(value.p, value.n) : json_null();

			json_array_append_new(values, text ? text : json_null());
		}
		json_array_append_new(rows, values);
	}
	return rows;
}

struct str pins_to_json(struct task *task, const struct step *only)
{
	const struct step *node = task->node->step;
	json_t *json = json_object();
	struct str copy;
	char *text;

	if (only) {
		json_object_setn_new(json, only->id.p, only->id.n,
		                     rows_to_json(task->exec->pins[only->number]));
	} else {
		for (size_t i = 0; i < node->each->body_count; i++) {
			const struct step *step = node->each->body[i];

			if (task->pins[step->number])
				json_object_setn_new(json, step->id.p, step->id.n,
				                     rows_to_json(task->pins[step->number]));
		}
	}
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (!text)
		out_of_memory();
	copy = arena_str(&task->arena, str_of(text));
	free(text);
	return copy;
}

struct str pins_of_split(struct task *task)
{
	const struct step *step = task->node->halves;
	json_t *json = json_object();
	struct str copy;
	char *text;

	json_object_setn_new(json, step->id.p, step->id.n, rows_to_json(task->pins[step->number]));
	json_object_set_new(json, "smaller", json_integer(task->smaller));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (!text)
		out_of_memory();
	copy = arena_str(&task->arena, str_of(text));
	free(text);
	return copy;
}

static const struct pinned *rows_from_json(struct arena *arena, const struct step *step,
                                           const json_t *rows)
{
	struct pinned *pinned = arena_new(arena, struct pinned);

	if (!json_is_array(rows) || (step->one_row && json_array_size(rows) != 1))
		return NULL;
	pinned->columns = step->outputs;
	pinned->column_count = step->output_count;
	pinned->row_count = json_array_size(rows);
	pinned->values = arena_array(arena, struct str, pinned->row_count * step->output_count + 1);
	for (size_t row = 0; row < pinned->row_count; row++) {
		const json_t *values = json_array_get(rows, row);

		if (json_array_size(values) != step->output_count)
			return NULL;
		for (size_t i = 0; i < step->output_count; i++) {
			const json_t *value = json_array_get(values, i);

			if (json_is_string(value))
				pinned->values[row * step->output_count + i] =
				        arena_str(arena, (struct str){json_string_value(value),
				                                      json_string_length(value)});
		}
	}
	return pinned;
}

const struct pinned *pins_of_step(struct arena *arena, const struct step *step, struct str text)
{
	json_t *json = json_loadb(text.p ? text.p : "", text.n, JSON_ALLOW_NUL, NULL);
	const json_t *rows = json_object_getn(json, step->id.p, step->id.n);
	const struct pinned *pinned = rows ? rows_from_json(arena, step, rows) : NULL;

	json_decref(json);
	return pinned;
}

bool pins_from_json(struct exec *exec, struct task *task, struct str text)
{
	struct arena *arena = task ? &task->arena : &exec->arena;
	json_t *json = json_loadb(text.p ? text.p : "", text.n, JSON_ALLOW_NUL, NULL);
	bool ok = json_is_object(json);
	const char *id;
	json_t *rows;

	json_object_foreach(json, id, rows)
	{
		const struct step *step = graph_find(exec->graph, str_of(id));
		const struct pinned *pinned;

		pinned =
		        step && step->kind == STEP_PROBE ? rows_from_json(arena, step, rows) : NULL;
		if (!pinned) {
			ok = false;
			break;
		}
		if (task)
			task->pins[step->number] = pinned;
		else
			exec->pins[step->number] = pinned;
		pins_bind(task ? &task->scope : &exec->scope, step, pinned);
	}
	json_decref(json);
	return ok;
}
