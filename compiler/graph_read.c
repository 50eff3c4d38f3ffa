/*
 * graph_read.c: a plan from its JSON form.
 *
 * A plan is user input: every member's type is checked, unknown kinds and versions are
 * refused, sizes are bounded (jansson bounds the depth at 2048, this reader at two bodies), the
 * parameters that a statement uses are found anew, members that the form does not have are refused, and what graph_write_json() makes of the result
 * has to have the hashes that the plan says.
 */
#include <jansson.h>

#include "compiler/graph.h"

struct reader {
	struct arena *arena;
	struct diag_list *diags;
	const char *path;
	bool good;
};

static void bad(struct reader *reader, const char *where, const char *what)
{
	struct diag *diag;

	if (!reader->good)
		return; /* one is enough: the rest follows from it */
	reader->good = false;
	diag = diag_add_global(reader->diags, BF903, "%s: '%s' %s", reader->path, where, what);
	diag_hint(reader->diags, diag, "make the plan anew with 'bfc compile --emit json'");
}

static struct str text_of(struct reader *reader, const json_t *value)
{
	return arena_str(reader->arena,
	                 (struct str){json_string_value(value), json_string_length(value)});
}

static struct str get_text(struct reader *reader, const json_t *object, const char *name,
                           bool needed)
{
	const json_t *value = json_object_get(object, name);

	if (!value && !needed)
		return (struct str){NULL, 0};
	if (!json_is_string(value)) {
		bad(reader, name, "is missing or is no string");
		return (struct str){NULL, 0};
	}
	return text_of(reader, value);
}

static bool get_true(struct reader *reader, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (value && !json_is_boolean(value))
		bad(reader, name, "is neither true nor false");
	return json_is_true(value);
}

static uint32_t as_u32(struct reader *reader, const json_t *value, const char *name)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0 || number > (json_int_t)UINT32_MAX) {
		bad(reader, name, "is no number of 0 to 4294967295");
		return 0;
	}
	return (uint32_t)number;
}

static const json_t *get_list(struct reader *reader, const json_t *object, const char *name,
                              bool needed)
{
	const json_t *value = json_object_get(object, name);

	if ((!value && needed) || (value && !json_is_array(value)))
		bad(reader, name, "is missing or is no list");
	return json_is_array(value) ? value : NULL;
}

static void get_names(struct reader *reader, const json_t *object, const char *name,
                      struct str **names, size_t *count)
{
	const json_t *list = get_list(reader, object, name, false);

	*count = json_array_size(list);
	*names = arena_array(reader->arena, struct str, *count);
	for (size_t i = 0; i < *count; i++) {
		if (!json_is_string(json_array_get(list, i)))
			bad(reader, name, "has an element that is no string");
		else
			(*names)[i] = text_of(reader, json_array_get(list, i));
	}
}

/* A member that nobody reads would look as if it meant something. `known` ends with NULL. */
static void only(struct reader *reader, const json_t *object, const char *where,
                 const char *const *known)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object)) {
		bad(reader, where, "is no object");
		return;
	}
	json_object_foreach((json_t *)object, name, value)
	{
		size_t i = 0;

		while (known[i] && strcmp(known[i], name) != 0)
			i++;
		if (!known[i])
			bad(reader, name, "is no member that a plan has there");
	}
}

/* The index of a word among the names that a function gives to 0 … last. */
static unsigned get_word(struct reader *reader, const json_t *object, const char *name,
                         const char *(*word)(unsigned), unsigned last)
{
	struct str text = get_text(reader, object, name, true);

	for (unsigned i = 0; i <= last; i++)
		if (str_is(text, word(i)))
			return i;
	bad(reader, name, "is a word that this version does not know");
	return 0;
}

static const char *kind_word(unsigned i)
{
	return step_kind_name((enum step_kind)i);
}

static const char *phase_word(unsigned i)
{
	return step_phase_name((enum step_phase)i);
}

static const char *repeat_word(unsigned i)
{
	return step_repeat_name((enum step_repeat)i);
}

static const char *pin_word(unsigned i)
{
	return probe_pin_name((enum probe_pin)i);
}

static const char *when_word(unsigned i)
{
	return step_when_name((enum step_when)i);
}

static const char *each_word(unsigned i)
{
	return each_kind_name((enum each_kind)i);
}

static const char *gate_word(unsigned i)
{
	return gate_kind_name((enum gate_kind)i);
}

static void read_params(struct reader *reader, const json_t *root, struct graph *graph)
{
	static const char *const members[] = {"name",     "type",      "default", "secret",
	                                      "from_env", "from_file", NULL};
	const json_t *list = get_list(reader, root, "parameters", true);

	graph->param_count = json_array_size(list);
	graph->params = arena_array(reader->arena, struct param, graph->param_count);
	for (size_t i = 0; i < graph->param_count; i++) {
		const json_t *object = json_array_get(list, i);
		struct param *param = &graph->params[i];

		only(reader, object, "parameters", members);
		param->name = get_text(reader, object, "name", true);
		param->type = get_text(reader, object, "type", true);
		param->has_default = json_object_get(object, "default");
		param->value = get_text(reader, object, "default", false);
		param->secret = get_true(reader, object, "secret");
		param->from_env = get_text(reader, object, "from_env", false);
		param->from_file = get_text(reader, object, "from_file", false);
	}
}

static void read_pinned(struct reader *reader, const json_t *root)
{
	const json_t *object = json_object_get(root, "pinned_settings");
	size_t count = 0;

	for (const struct setting *setting = graph_pinned_settings; setting->name.n; setting++) {
		struct str value = get_text(reader, object, setting->name.p, true);

		count++;
		if (reader->good && !str_eq(value, setting->value))
			bad(reader, setting->name.p,
			    "is not pinned to the value that this version needs");
	}
	if (json_object_size(object) != count)
		bad(reader, "pinned_settings", "are not those that this version pins");
}

static void read_warnings(struct reader *reader, const json_t *root, struct graph *graph)
{
	static const char *const members[] = {"code", "text", "hint", NULL};
	const json_t *list = get_list(reader, root, "warnings", true);
	struct diag *warnings = arena_array(reader->arena, struct diag, json_array_size(list));

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *object = json_array_get(list, i);
		const struct diag_info *info = diag_find(get_text(reader, object, "code", true));
		struct str hint = get_text(reader, object, "hint", false);

		only(reader, object, "warnings", members);
		if (!info) {
			bad(reader, "code", "is no diagnostic of this version");
			break;
		}
		for (unsigned k = 0; k < DIAG_CODE_COUNT; k++)
			if (diag_info((enum diag_code)k) == info)
				warnings[i].code = (enum diag_code)k;
		warnings[i].severity = SEVERITY_WARNING;
		warnings[i].text =
		        arena_strdup(reader->arena, get_text(reader, object, "text", true));
		warnings[i].hint = hint.p ? hint.p : NULL;
	}
	graph->warnings = warnings;
	graph->warning_count = json_array_size(list);
}

static const struct step **read_steps(struct reader *reader, const json_t *list, unsigned depth,
                                      size_t *count);

static void read_rows(struct reader *reader, const json_t *object, struct each *each)
{
	const json_t *list = get_list(reader, object, "rows", true);

	each->row_count = json_array_size(list);
	each->rows = arena_array(reader->arena, struct graph_row, each->row_count);
	for (size_t i = 0; i < each->row_count && reader->good; i++) {
		const json_t *row = json_array_get(list, i);

		if (!json_is_array(row) || json_array_size(row) != each->column_count) {
			bad(reader, "rows", "has a row with other columns than 'columns'");
			return;
		}
		each->rows[i].values = arena_array(reader->arena, struct str, each->column_count);
		for (size_t k = 0; k < each->column_count; k++) {
			if (!json_is_string(json_array_get(row, k)))
				bad(reader, "rows", "has a value that is no string");
			else
				each->rows[i].values[k] = text_of(reader, json_array_get(row, k));
		}
	}
}

static void read_objects(struct reader *reader, const json_t *object, struct each *each)
{
	static const char *const members[] = {"param", "database", "original", "view", NULL};
	const json_t *list = get_list(reader, object, "objects", true);

	each->object_count = json_array_size(list);
	each->objects = arena_array(reader->arena, struct staged_object, each->object_count);
	for (size_t i = 0; i < each->object_count; i++) {
		const json_t *item = json_array_get(list, i);

		only(reader, item, "objects", members);
		each->objects[i].param = get_text(reader, item, "param", true);
		each->objects[i].database = get_text(reader, item, "database", true);
		each->objects[i].original = get_text(reader, item, "original", true);
		each->objects[i].is_view = get_true(reader, item, "view");
	}
}

static struct each *read_each(struct reader *reader, const json_t *object, unsigned depth)
{
	static const char *const members[] = {"kind",    "over", "only_column", "only_value",
	                                      "columns", "rows", "workers",     "objects",
	                                      "body",    NULL};
	struct each *each = arena_new(reader->arena, struct each);
	const json_t *body = get_list(reader, object, "body", true);

	only(reader, object, "each", members);
	each->kind = (enum each_kind)get_word(reader, object, "kind", each_word, EACH_ROWS);
	each->over = get_text(reader, object, "over", false);
	each->only_column = get_text(reader, object, "only_column", false);
	each->only_value = get_text(reader, object, "only_value", false);
	get_names(reader, object, "columns", &each->columns, &each->column_count);
	if (!each->over.n)
		read_rows(reader, object, each);
	if (each->kind == EACH_CHUNKS) {
		each->workers = as_u32(reader, json_object_get(object, "workers"), "workers");
		read_objects(reader, object, each);
	}
	if (depth >= 2)
		bad(reader, "body", "is nested deeper than two");
	else if (body)
		each->body = read_steps(reader, body, depth + 1, &each->body_count);
	return each;
}

static void read_deps(struct reader *reader, const json_t *object, struct step *step,
                      size_t position)
{
	const json_t *list = get_list(reader, object, "deps", false);

	step->dep_count = json_array_size(list);
	step->deps = arena_array(reader->arena, uint32_t, step->dep_count);
	for (size_t i = 0; i < step->dep_count; i++) {
		step->deps[i] = as_u32(reader, json_array_get(list, i), "deps");
		if (step->deps[i] >= position)
			bad(reader, "deps", "names a step that does not come before");
	}
}

static void read_uses(struct reader *reader, const json_t *object, struct step *step)
{
	static const char *const members[] = {"name", "type", NULL};
	const json_t *list = get_list(reader, object, "uses", false);

	step->use_count = json_array_size(list);
	step->uses = arena_array(reader->arena, struct use, step->use_count);
	for (size_t i = 0; i < step->use_count; i++) {
		only(reader, json_array_get(list, i), "uses", members);
		step->uses[i].name = get_text(reader, json_array_get(list, i), "name", true);
		step->uses[i].type = get_text(reader, json_array_get(list, i), "type", true);
	}
}

static void read_gate(struct reader *reader, const json_t *object, struct step *step)
{
	const json_t *limit = json_object_get(object, "limit_seconds");

	if (json_object_get(object, "gate"))
		step->gate =
		        (enum gate_kind)get_word(reader, object, "gate", gate_word, GATE_COMMAND);
	step->act = get_text(reader, object, "act", false);
	if (limit)
		step->limit_seconds = as_u32(reader, limit, "limit_seconds");
}

static const struct step *read_step(struct reader *reader, const json_t *object, unsigned depth,
                                    size_t position)
{
	static const char *const members[] = {
	        "id",      "kind",    "phase", "when", "repeat", "resume_point",  "title", "why",
	        "hint",    "file",    "line",  "deps", "heavy",  "sql",           "uses",  "pin",
	        "outputs", "one_row", "each",  "gate", "act",    "limit_seconds", NULL};
	struct step *step = arena_new(reader->arena, struct step);
	const json_t *line = json_object_get(object, "line"),
	             *each = json_object_get(object, "each");

	only(reader, object, "steps", members);
	step->id = get_text(reader, object, "id", true);
	step->kind = (enum step_kind)get_word(reader, object, "kind", kind_word, STEP_ASSERT);
	step->phase = (enum step_phase)get_word(reader, object, "phase", phase_word, PHASE_CHECK);
	step->when = (enum step_when)get_word(reader, object, "when", when_word, WHEN_LAST);
	step->repeat =
	        (enum step_repeat)get_word(reader, object, "repeat", repeat_word, REPEAT_NEVER);
	step->resume_point = get_true(reader, object, "resume_point");
	step->title = get_text(reader, object, "title", true);
	step->why = get_text(reader, object, "why", false);
	step->hint = get_text(reader, object, "hint", false);
	step->origin.file = get_text(reader, object, "file", false);
	step->origin.line = line ? as_u32(reader, line, "line") : 0;
	step->heavy = get_true(reader, object, "heavy");
	step->sql = get_text(reader, object, "sql", false);
	read_deps(reader, object, step, position);
	read_uses(reader, object, step);
	if (step->kind == STEP_PROBE) {
		step->pin = (enum probe_pin)get_word(reader, object, "pin", pin_word, PIN_NEVER);
		get_names(reader, object, "outputs", &step->outputs, &step->output_count);
		step->one_row = get_true(reader, object, "one_row");
	}
	if (step->kind == STEP_EACH)
		step->each = read_each(reader, each, depth);
	if (step->kind == STEP_GATE)
		read_gate(reader, object, step);
	return step;
}

static const struct step **read_steps(struct reader *reader, const json_t *list, unsigned depth,
                                      size_t *count)
{
	const struct step **steps =
	        arena_array(reader->arena, const struct step *, json_array_size(list));

	*count = json_array_size(list);
	for (size_t i = 0; i < *count && reader->good; i++)
		steps[i] = read_step(reader, json_array_get(list, i), depth, i);
	return steps;
}

static void read_guards(struct reader *reader, const json_t *root, struct graph *graph)
{
	static const char *const members[] = {"id",     "first",   "opens", "keeps",
	                                      "closes", "what",    "left",  "within_seconds",
	                                      "undo",   "restore", NULL};
	const json_t *list = get_list(reader, root, "guards", false);
	struct guard *guards = arena_array(reader->arena, struct guard, json_array_size(list));

	for (size_t i = 0; i < json_array_size(list) && reader->good; i++) {
		const json_t *object = json_array_get(list, i);
		struct guard *guard = &guards[i];

		only(reader, object, "guards", members);
		guard->id = get_text(reader, object, "id", true);
		guard->first = get_text(reader, object, "first", true);
		guard->opens = get_text(reader, object, "opens", true);
		guard->keeps = get_text(reader, object, "keeps", true);
		guard->closes = get_text(reader, object, "closes", true);
		guard->what = get_text(reader, object, "what", true);
		guard->left = get_text(reader, object, "left", true);
		guard->within_seconds =
		        as_u32(reader, json_object_get(object, "within_seconds"), "within_seconds");
		guard->undo = read_steps(reader, get_list(reader, object, "undo", true), 0,
		                         &guard->undo_count);
		guard->restore = read_steps(reader, get_list(reader, object, "restore", true), 0,
		                            &guard->restore_count);
	}
	graph->guards = guards;
	graph->guard_count = json_array_size(list);
}

static struct graph *read_graph(struct reader *reader, const json_t *root)
{
	static const char *const members[] = {
	        "format",   "version",    "hash",    "checksum",  "migration",  "description",
	        "tag",      "strategies", "touched", "databases", "parameters", "pinned_settings",
	        "warnings", "steps",      "guards",  NULL};
	struct graph *graph = arena_new(reader->arena, struct graph);

	only(reader, root, "plan", members);
	graph->arena = reader->arena;
	graph->migration = get_text(reader, root, "migration", true);
	graph->description = get_text(reader, root, "description", false);
	get_names(reader, root, "strategies", &graph->strategies, &graph->strategy_count);
	get_names(reader, root, "touched", &graph->touched, &graph->touched_count);
	get_names(reader, root, "databases", &graph->databases, &graph->database_count);
	read_params(reader, root, graph);
	read_pinned(reader, root);
	read_warnings(reader, root, graph);
	graph->steps =
	        read_steps(reader, get_list(reader, root, "steps", true), 0, &graph->step_count);
	read_guards(reader, root, graph);
	return graph;
}

/* The uses are derived: a plan that hides one would send a statement without its value. */
static bool uses_are_true(const struct step *const *steps, size_t count, struct arena *scratch)
{
	for (size_t i = 0; i < count; i++) {
		struct use *uses;
		size_t found;

		graph_scan_uses(scratch, steps[i]->sql, &uses, &found);
		if (found != steps[i]->use_count)
			return false;
		for (size_t k = 0; k < found; k++)
			if (!str_eq(uses[k].name, steps[i]->uses[k].name))
				return false;
		if (steps[i]->each &&
		    !uses_are_true(steps[i]->each->body, steps[i]->each->body_count, scratch))
			return false;
	}
	return true;
}

static bool guards_are_true(const struct graph *graph, struct arena *scratch)
{
	for (size_t i = 0; i < graph->guard_count; i++) {
		const struct guard *guard = &graph->guards[i];

		if (!uses_are_true(guard->undo, guard->undo_count, scratch) ||
		    !uses_are_true(guard->restore, guard->restore_count, scratch))
			return false;
	}
	return true;
}

static bool read_header(struct reader *reader, const json_t *root)
{
	const json_t *version = json_object_get(root, "version");
	struct diag *diag;

	if (!json_is_object(root) || !str_is(get_text(reader, root, "format", true), "bfc-plan")) {
		bad(reader, "format", "is not 'bfc-plan'");
		return false;
	}
	if (json_is_integer(version) && json_integer_value(version) == GRAPH_FORMAT_VERSION)
		return true;
	diag = diag_add_global(reader->diags, BF902, "%s: the plan is not of format version %d",
	                       reader->path, GRAPH_FORMAT_VERSION);
	diag_hint(reader->diags, diag, "compile the .bf file with this bfc");
	return reader->good = false;
}

static bool is_sealed(struct reader *reader, const json_t *root, const struct graph *graph)
{
	struct str hash = get_text(reader, root, "hash", true);
	struct str checksum = get_text(reader, root, "checksum", true);
	struct str tag = get_text(reader, root, "tag", true);
	char found[65];

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	/* The usual name of a build for fuzzers, which guess no SHA-256. */
	(void)found;
	return reader->good;
#endif
	graph_checksum(graph, found);
	return str_eq(hash, str_of(graph->hash)) && str_eq(checksum, str_of(found)) &&
	       str_eq(tag, str_of(graph->tag));
}

static struct graph *read_root(struct reader *reader, const json_t *root)
{
	struct graph *graph;
	struct diag *diag;

	if (!read_header(reader, root))
		return NULL;
	graph = read_graph(reader, root);
	if (reader->good && (!uses_are_true(graph->steps, graph->step_count, reader->arena) ||
	                     !guards_are_true(graph, reader->arena)))
		bad(reader, "uses", "are not the parameters that the statements have");
	if (!reader->good || !graph_finish(graph, BF903, reader->diags))
		return NULL;
	if (is_sealed(reader, root, graph))
		return graph;
	if (!reader->good)
		return NULL;
	diag = diag_add_global(reader->diags, BF904,
	                       "%s: the plan's content does not match its hash", reader->path);
	diag_hint(reader->diags, diag, "change the .bf file and compile it again");
	return NULL;
}

struct graph *graph_read_json(struct arena *arena, const char *path, struct str text,
                              struct diag_list *diags)
{
	struct reader reader = {.arena = arena, .diags = diags, .path = path, .good = true};
	struct graph *graph;
	json_error_t error;
	json_t *root = json_loadb(text.p ? text.p : "", text.n,
	                          JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

	if (!root) {
		diag_hint(diags,
		          diag_add_global(diags, BF901, "%s:%d: not JSON: %s", path, error.line,
		                          error.text),
		          "make the plan anew with 'bfc compile --emit json'");
		return NULL;
	}
	graph = read_root(&reader, root);
	json_decref(root);
	return graph;
}
