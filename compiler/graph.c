#include "compiler/graph.h"

#define uthash_fatal(text) out_of_memory()
#include <uthash.h>

#include "compiler/base/sha256.h"

/* Reasons stand where the SQL emitter prints them: emit_sql.c, pinned_reasons. */
const struct setting graph_pinned_settings[] = {
        {STR("async_insert"), STR("0")},
        {STR("insert_deduplicate"), STR("0")},
        {STR("deduplicate_blocks_in_dependent_materialized_views"), STR("0")},
        {STR("materialized_views_ignore_errors"), STR("0")},
        {STR("insert_null_as_default"), STR("1")},
        {STR("use_structure_from_insertion_table_in_table_functions"), STR("0")},
        {STR("input_format_allow_errors_num"), STR("0")},
        {STR("input_format_allow_errors_ratio"), STR("0")},
        {STR("skip_unavailable_shards"), STR("0")},
        {STR("timeout_overflow_mode"), STR("'throw'")},
        {STR("timeout_overflow_mode_leaf"), STR("'throw'")},
        {STR("read_overflow_mode"), STR("'throw'")},
        {STR("read_overflow_mode_leaf"), STR("'throw'")},
        {STR("group_by_overflow_mode"), STR("'throw'")},
        {STR("sort_overflow_mode"), STR("'throw'")},
        {STR("result_overflow_mode"), STR("'throw'")},
        {STR("set_overflow_mode"), STR("'throw'")},
        {STR("join_overflow_mode"), STR("'throw'")},
        {STR("transfer_overflow_mode"), STR("'throw'")},
        {STR("distinct_overflow_mode"), STR("'throw'")},
        {STR("final"), STR("0")},
        {STR("limit"), STR("0")},
        {STR("offset"), STR("0")},
        {STR("apply_deleted_mask"), STR("1")},
        {STR("use_query_cache"), STR("0")},
        {STR("session_timezone"), STR("''")},
        {STR("mutations_sync"), STR("1")},
        {STR("alter_sync"), STR("1")},
        {STR("max_parts_to_move"), STR("100000")},
        {STR("max_partitions_per_insert_block"), STR("0")},
        {STR("max_table_size_to_drop"), STR("0")},
        {STR("max_partition_size_to_drop"), STR("0")},
        {STR("allow_suspicious_low_cardinality_types"), STR("1")},
        {STR("allow_suspicious_fixed_string_types"), STR("1")},
        {STR("allow_suspicious_variant_types"), STR("1")},
        {STR("allow_suspicious_ttl_expressions"), STR("1")},
        {STR("allow_suspicious_primary_key"), STR("1")},
        {{NULL, 0}, {NULL, 0}},
};

const char *step_kind_name(enum step_kind kind)
{
	static const char *const names[] = {"run", "probe", "each", "gate", "assert"};

	return names[kind];
}

const char *step_phase_name(enum step_phase phase)
{
	static const char *const names[] = {"ensure",  "stage",  "load",
	                                    "publish", "finish", "check"};

	return names[phase];
}

const char *step_repeat_name(enum step_repeat repeat)
{
	static const char *const names[] = {"if_not_exists",  "if_exists", "new_name",
	                                    "observes_first", "read_only", "moves_rest",
	                                    "replaces",       "sets",      "never"};

	return names[repeat];
}

const char *probe_pin_name(enum probe_pin pin)
{
	static const char *const names[] = {"run", "attempt", "seal", "never"};

	return names[pin];
}

const char *step_when_name(enum step_when when)
{
	static const char *const names[] = {"once",   "every_run", "resumed", "restarted",
	                                    "before", "short",     "split"};

	return names[when];
}

bool step_is_of_shortage(const struct step *step)
{
	return step->when == WHEN_SHORT || step->when == WHEN_SPLIT;
}

bool step_is_late(const struct step *step)
{
	return step->when == WHEN_RESUMED || step->when == WHEN_RESTARTED ||
	       step_is_of_shortage(step);
}

const char *each_kind_name(enum each_kind kind)
{
	static const char *const names[] = {"chunks", "rows"};

	return names[kind];
}

const char *gate_kind_name(enum gate_kind kind)
{
	static const char *const names[] = {"asked", "still", "person", "command"};

	return names[kind];
}

bool step_acts(const struct step *step)
{
	return step->kind == STEP_GATE && (step->gate == GATE_PERSON || step->gate == GATE_COMMAND);
}

struct str step_text(const struct step *step)
{
	return step_acts(step) ? step->act : step->sql;
}

/* Names that something defines, or ids: an index over strings that live elsewhere. */
struct name_entry {
	struct str name;
	UT_hash_handle hh;
};

struct checker {
	struct graph *graph;
	struct diag_list *diags;
	enum diag_code code;
	struct arena scratch;
	struct name_entry *ids;
	struct name_entry *probes;
	struct name_entry *params;
	uint32_t next_number;
	bool good;
};

static bool name_add(struct checker *checker, struct name_entry **set, struct str name)
{
	struct name_entry *entry;

	HASH_FIND(hh, *set, name.p, name.n, entry);
	if (entry)
		return false;
	entry = arena_new(&checker->scratch, struct name_entry);
	entry->name = name;
	HASH_ADD_KEYPTR(hh, *set, entry->name.p, entry->name.n, entry);
	return true;
}

static bool name_has(struct name_entry *set, struct str name)
{
	struct name_entry *entry;

	HASH_FIND(hh, set, name.p, name.n, entry);
	return entry;
}

static void broken(struct checker *checker, struct str where, const char *what, struct str subject)
{
	checker->good = false;
	diag_add_global(checker->diags, checker->code, "step '%.*s': %s '%.*s'", STR_ARG(where),
	                what, STR_ARG(subject));
}

static void define(struct checker *checker, struct str where, struct str name)
{
	if (!name.n)
		broken(checker, where, "a parameter without a name", where);
	else if (!name_add(checker, &checker->params, name))
		broken(checker, where, "a second parameter", name);
}

static bool id_is_good(struct str id)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '.' || c == '-'))
			return false;
	}
	return id.n > 0;
}

/* First pass: numbers, ids, what defines names. */
static void check_identity(struct checker *checker, const struct step *step, uint32_t position)
{
	struct step *mutable = (struct step *)step; /* not yet sealed: this is the one place */

	mutable->number = checker->next_number++;
	if (!id_is_good(step->id) || !name_add(checker, &checker->ids, step->id))
		broken(checker, step->id,
		       "an id that is taken or has other bytes than A-Za-z0-9_.-:", step->id);
	for (size_t i = 0; i < step->dep_count; i++)
		if (step->deps[i] >= position)
			broken(checker, step->id,
			       "depends on a step that does not come before it:", step->id);
	if ((step->kind == STEP_EACH) != (step->each != NULL))
		broken(checker, step->id, "only a step over rows has a body:", step->id);
	if ((step->kind == STEP_EACH || step_acts(step)) != (step->sql.n == 0))
		broken(checker, step->id,
		       "a statement where none belongs, or none where one does:", step->id);
	if (step_acts(step) != (step->act.n != 0))
		broken(checker, step->id,
		       "only a gate for a person or a command has something to do:", step->id);
	if ((step->when == WHEN_BEFORE || step->when == WHEN_SHORT) &&
	    (step->kind != STEP_GATE || step_acts(step)))
		broken(checker, step->id, "what comes before a chunk is no question:", step->id);
	if (step->kind == STEP_PROBE) {
		name_add(checker, &checker->probes, step->id);
		for (size_t i = 0; step->one_row && i < step->output_count; i++)
			define(checker, step->id, step->outputs[i]);
	}
}

static void check_each(struct checker *checker, const struct step *step)
{
	const struct each *each = step->each;

	if (each->over.n && !name_has(checker->probes, each->over))
		broken(checker, step->id,
		       "goes over a probe that does not come before it:", each->over);
	if (each->over.n && each->row_count)
		broken(checker, step->id, "has rows of its own and a probe:", each->over);
	for (size_t i = 0; i < each->object_count; i++)
		define(checker, step->id, each->objects[i].param);
}

static void pass_identity(struct checker *checker, const struct step *const *steps, size_t count,
                          unsigned depth)
{
	for (size_t i = 0; i < count; i++) {
		const struct step *step = steps[i];

		check_identity(checker, step, (uint32_t)i);
		if (!step->each)
			continue;
		check_each(checker, step);
		if (depth >= 2 || (step->each->kind == EACH_CHUNKS && depth))
			broken(checker, step->id, "bodies nested too deeply in", step->id);
		else
			pass_identity(checker, step->each->body, step->each->body_count, depth + 1);
	}
}

static size_t position_of(const struct graph *graph, struct str id)
{
	for (size_t i = 0; i < graph->step_count; i++)
		if (str_eq(graph->steps[i]->id, id))
			return i;
	return SIZE_MAX;
}

static bool undo_is_plain(const struct step *const *steps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (steps[i]->dep_count || (steps[i]->kind != STEP_RUN &&
		                            steps[i]->kind != STEP_ASSERT && !step_acts(steps[i])))
			return false;
	return true;
}

static void pass_guards(struct checker *checker)
{
	const struct graph *graph = checker->graph;

	for (size_t i = 0; i < graph->guard_count; i++) {
		const struct guard *guard = &graph->guards[i];
		size_t first = position_of(graph, guard->first),
		       opens = position_of(graph, guard->opens),
		       keeps = position_of(graph, guard->keeps),
		       closes = position_of(graph, guard->closes);

		if (closes == SIZE_MAX || first > opens || opens > keeps || keeps > closes)
			broken(checker, guard->id,
			       "a guard whose steps are not in order:", guard->closes);
		if (!id_is_good(guard->id) || !name_add(checker, &checker->ids, guard->id))
			broken(checker, guard->id, "an id that is taken:", guard->id);
		pass_identity(checker, guard->undo, guard->undo_count, 0);
		pass_identity(checker, guard->restore, guard->restore_count, 0);
		if (!undo_is_plain(guard->undo, guard->undo_count) ||
		    !undo_is_plain(guard->restore, guard->restore_count))
			broken(checker, guard->id, "a guard's step that is not plain in",
			       guard->id);
	}
}

/* Columns of several loops may share a name (two loops over one seal), so they go in apart. */
static void pass_columns(struct checker *checker, const struct step *const *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct each *each = steps[i]->each;

		if (!each)
			continue;
		for (size_t k = 0; k < each->column_count; k++)
			name_add(checker, &checker->params, each->columns[k]);
		pass_columns(checker, each->body, each->body_count);
	}
}

static void pass_uses(struct checker *checker, const struct step *const *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < steps[i]->use_count; k++)
			if (!name_has(checker->params, steps[i]->uses[k].name))
				broken(checker, steps[i]->id,
				       "uses a parameter that nothing gives:",
				       steps[i]->uses[k].name);
		if (steps[i]->each)
			pass_uses(checker, steps[i]->each->body, steps[i]->each->body_count);
	}
}

static bool seal(struct graph *graph, struct diag_list *diags)
{
	char digest[65];
	bool too_large;

	sha256_hex(graph->migration, digest);
	memcpy(graph->tag, digest, 8);
	graph->tag[8] = '\0';
	if (graph_seal(graph, &too_large))
		return true;
	if (too_large)
		diag_add_global(diags, BF900, "the plan of '%.*s' is larger than 4 GiB",
		                STR_ARG(graph->migration));
	else
		diag_hint(diags,
		          diag_add_global(diags, BF905, "a name in '%.*s' is not UTF-8",
		                          STR_ARG(graph->migration)),
		          "give the table, view or column a name that is UTF-8 text");
	return false;
}

bool graph_finish(struct graph *graph, enum diag_code code, struct diag_list *diags)
{
	struct checker checker = {.graph = graph, .diags = diags, .code = code, .good = true};

	arena_init(&checker.scratch);
	for (size_t i = 0; i < graph->param_count; i++)
		define(&checker, STR("param"), graph->params[i].name);
	pass_identity(&checker, graph->steps, graph->step_count, 0);
	/* Arrays by number have room for these; the guards' steps are numbered behind them. */
	graph->step_total = checker.next_number;
	pass_guards(&checker);
	pass_columns(&checker, graph->steps, graph->step_count);
	pass_uses(&checker, graph->steps, graph->step_count);
	for (size_t i = 0; i < graph->guard_count; i++) {
		pass_uses(&checker, graph->guards[i].undo, graph->guards[i].undo_count);
		pass_uses(&checker, graph->guards[i].restore, graph->guards[i].restore_count);
	}
	HASH_CLEAR(hh, checker.ids);
	HASH_CLEAR(hh, checker.probes);
	HASH_CLEAR(hh, checker.params);
	arena_release(&checker.scratch);
	return checker.good && seal(graph, diags);
}

static const struct step *find_in(const struct step *const *steps, size_t count, struct str id)
{
	for (size_t i = 0; i < count; i++) {
		const struct step *found = NULL;

		if (str_eq(steps[i]->id, id))
			return steps[i];
		if (steps[i]->each)
			found = find_in(steps[i]->each->body, steps[i]->each->body_count, id);
		if (found)
			return found;
	}
	return NULL;
}

const struct step *graph_find(const struct graph *graph, struct str id)
{
	return find_in(graph->steps, graph->step_count, id);
}
