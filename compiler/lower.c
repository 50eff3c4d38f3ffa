#include "compiler/lower.h"

#define uthash_fatal(text) out_of_memory()
#include <uthash.h>

#include "compiler/base/sha256.h"
#include "compiler/base/sqltext.h"
#include "compiler/lower_internal.h"

struct object_entry {
	const void *object;
	uint32_t position;
	LIST_OF(const struct model_view *) readers;
	UT_hash_handle hh;
};

static struct object_entry *entry_of(struct lowering *lowering, const void *object)
{
	struct object_entry *entry;

	HASH_FIND_PTR(lowering->objects, &object, entry);
	if (entry)
		return entry;
	entry = arena_new(&lowering->build.scratch, struct object_entry);
	entry->object = object;
	entry->position = NO_STEP;
	HASH_ADD_PTR(lowering->objects, object, entry);
	return entry;
}

void lower_remember(struct lowering *lowering, const void *object, uint32_t position)
{
	entry_of(lowering, object)->position = position;
}

uint32_t lower_recall(const struct lowering *lowering, const void *object)
{
	struct object_entry *entry;

	HASH_FIND_PTR(lowering->objects, &object, entry);
	return entry ? entry->position : NO_STEP;
}

void lower_add_reader(struct lowering *lowering, const struct model_table *table,
                      const struct model_view *view)
{
	struct object_entry *entry = entry_of(lowering, table);

	*list_add(&lowering->build.scratch, &entry->readers) = view;
}

size_t lower_readers(const struct lowering *lowering, const struct model_table *table,
                     const struct model_view *const **views)
{
	struct object_entry *entry;

	HASH_FIND_PTR(lowering->objects, &table, entry);
	*views = entry ? entry->readers.items : NULL;
	return entry ? entry->readers.count : 0;
}

/* A path as it stands in a plan: as seen from the migration's folder, or without folders. However the file was
 * named and wherever the library is, the same source has to come to the same plan. */
static const char *plan_path(const struct lowering *lowering, const char *path)
{
	const char *main = lowering->model->sources->list.items[0]->path;
	const char *slash = strrchr(main, '/');
	size_t n = slash ? (size_t)(slash + 1 - main) : 0;

	if (strncmp(path, main, n) == 0 && path[n] != '/')
		return path + n;
	slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

struct origin lower_origin(const struct lowering *lowering, struct span span)
{
	struct place place = span_place(lowering->model->sources, span);
	struct str path = str_of(plan_path(lowering, place.path));

	return (struct origin){arena_str(lowering->build.arena, path), place.line};
}

struct str lower_name(struct lowering *lowering, struct str database, struct str name)
{
	return build_text(&lowering->build, "%n.%n", database, name);
}

struct str lower_scratch_name(const struct lowering *lowering, struct str name)
{
	struct arena *arena = lowering->build.arena;

	return str_of(
	        arena_printf(arena, "bfc_%s_check_%.*s", lowering->graph->tag, STR_ARG(name)));
}

void lower_list_database(struct buf *list, struct str database)
{
	struct buf quoted;

	buf_init(&quoted, BUF_CEILING_OUTPUT);
	sql_add_string(&quoted, database);
	if (!list->size || str_find(buf_str(list), buf_str(&quoted)) < 0) {
		buf_addz(list, list->size ? ", " : "");
		buf_add(list, buf_str(&quoted));
	}
	buf_release(&quoted);
}

void lower_scratch_used(struct lowering *lowering, struct str database, struct str name)
{
	*list_add(lowering->build.arena, &lowering->scratch) =
	        lower_name(lowering, database, lower_scratch_name(lowering, name));
}

void lower_clean(struct lowering *lowering, struct str id, uint32_t first)
{
	struct graph_build *build = &lowering->build;
	struct step *step = build_step(build, &lowering->top, STEP_RUN, PHASE_ENSURE,
	                               build_id(build, "%s", id));
	uint32_t at = (uint32_t)lowering->top.list.count - 1;
	struct buf list;

	buf_init(&list, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < lowering->scratch.count; i++) {
		buf_addz(&list, i ? ",\n    " : "");
		buf_add(&list, lowering->scratch.items[i]);
	}
	lowering->scratch.count = 0;
	step->repeat = REPEAT_IF_EXISTS;
	step->title = STR("drop the scratch twins");
	build_sql(build, step,
	          build_text(build, "DROP TABLE IF EXISTS\n    %s\nSYNC", buf_str(&list)));
	buf_release(&list);
	if (lowering->clean != NO_STEP)
		build_dep(build, step, lowering->clean);
	for (uint32_t k = first; k < at; k++)
		build_dep(build, step, k);
	lowering->clean = at;
}

static void lower_server(struct lowering *lowering)
{
	struct graph_build *build = &lowering->build;
	struct step *step = build_step(build, &lowering->top, STEP_ASSERT, PHASE_ENSURE,
	                               build_id(build, "ensure.server"));

	step->when = WHEN_EVERY_RUN;
	step->title = STR("the server is new enough");
	step->why = STR("Some of what the plan needs (part UUIDs that survive a move, CHECK GRANT, "
	                "formatQuery) came with versions up to 25.3.");
	step->hint = STR("update the server, or use another one");
	build_sql(build, step,
	          STR("SELECT\n"
	              "    toUInt32OrZero(splitByChar('.', version())[1]) * 100\n"
	              "        + toUInt32OrZero(splitByChar('.', version())[2]) >= 2503 AS ok,\n"
	              "    concat('the server is ClickHouse ', version(),\n"
	              "        ', and bfc needs 25.3 or newer (tested on 26.7)') AS message"));
	lowering->server = 0;
}

static void lower_sweep(struct lowering *lowering, const char *tag)
{
	struct graph_build *build = &lowering->build;
	struct step *probe, *each, *drop;
	struct str columns[2];
	struct buf list;

	buf_init(&list, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < lowering->graph->database_count; i++) {
		buf_addz(&list, i ? ", " : "");
		sql_add_string(&list, lowering->graph->databases[i]);
	}
	columns[0] = build_param(build, 1, "sweep_database");
	columns[1] = build_param(build, 1, "sweep_name");
	probe = build_step(build, &lowering->top, STEP_PROBE, PHASE_FINISH,
	                   build_id(build, "finish.leftovers"));
	probe->pin = PIN_NEVER;
	probe->when = WHEN_EVERY_RUN;
	probe->title = STR("look for staged tables and views of attempts that were given up");
	probe->why = STR("An attempt that was cut short may leave objects behind. All their names "
	                 "begin with this migration's tag.");
	build_outputs(build, probe, columns, 2);
	build_sql(build, probe,
	          build_text(build,
	                     "SELECT\n    database AS %n,\n    name AS %n\nFROM system.tables\n"
	                     "WHERE database IN (%s)\n    AND startsWith(name, 'bfc_%z_')\n"
	                     "ORDER BY engine LIKE '%%View' DESC, database, name",
	                     columns[0], columns[1], buf_str(&list), tag));
	buf_release(&list);
	if (lowering->clean != NO_STEP)
		build_dep(build, probe, lowering->clean);
	if (lowering->last != NO_STEP)
		build_dep(build, probe, lowering->last);
	each = build_step(build, &lowering->top, STEP_EACH, PHASE_FINISH,
	                  build_id(build, "finish.sweep"));
	each->when = WHEN_EVERY_RUN;
	each->repeat = REPEAT_IF_EXISTS;
	each->title = STR("drop them");
	each->why = STR("Views go first, so that nothing fires on a table that is being dropped. "
	                "Every chunk was published or thrown away by now, so nothing in them is "
	                "wanted.");
	each->each->kind = EACH_ROWS;
	each->each->over = probe->id;
	each->each->columns = probe->outputs;
	each->each->column_count = 2;
	lowering->last = (uint32_t)lowering->top.list.count - 1;
	build_dep(build, each, lowering->last - 1);
	{
		struct step_list body = {{0}};

		drop = build_step(build, &body, STEP_RUN, PHASE_FINISH,
		                  build_id(build, "finish.sweep.drop"));
		drop->repeat = REPEAT_IF_EXISTS;
		drop->title = STR("drop one leftover");
		build_sql(build, drop,
		          build_text(build,
		                     "DROP TABLE IF EXISTS {%s:Identifier}.{%s:Identifier} SYNC",
		                     columns[0], columns[1]));
		each->each->body = (const struct step **)body.list.items;
		each->each->body_count = 1;
	}
}

static void lower_checks(struct lowering *lowering)
{
	struct graph_build *build = &lowering->build;

	for (size_t i = 0; i < lowering->model->check_count; i++) {
		const struct model_check *check = lowering->model->checks[i];
		struct step *step =
		        build_step(build, &lowering->top, STEP_ASSERT, PHASE_CHECK,
		                   build_id(build, "check.%u", (unsigned long long)i + 1));

		step->origin = lower_origin(lowering, check->span);
		step->title = check->text.n ? arena_str(build->arena, check->text)
		                            : STR("a check of the migration's author");
		step->hint =
		        STR("look at the data before anything else is built on it: the history is "
		            "loaded and published, this check says that it is not as expected");
		build_sql(build, step,
		          rewrite_qualify(lowering->model->sources, check->query, check->database,
		                          build->arena));
		if (i || lowering->last != NO_STEP)
			build_dep(build, step, (uint32_t)lowering->top.list.count - 2);
		else
			for (uint32_t k = 0; k + 1 < lowering->top.list.count; k++)
				build_dep(build, step, k);
	}
}

static void lower_warnings(struct lowering *lowering)
{
	const struct diag_list *diags = lowering->model->diags;
	struct arena *arena = lowering->build.arena;
	LIST_OF(struct diag) list = {0};

	for (size_t i = 0; diags && i < diags->list.count; i++) {
		const struct diag *diag = &diags->list.items[i];
		struct diag *copy;

		if (diag->severity != SEVERITY_WARNING)
			continue;
		copy = list_add(arena, &list);
		*copy = (struct diag){.code = diag->code, .severity = diag->severity};
		if (diag->has_span) {
			struct place place = span_place(lowering->model->sources, diag->span);

			copy->text =
			        arena_printf(arena, "%s:%u: %s", plan_path(lowering, place.path),
			                     place.line, diag->text);
		} else {
			copy->text = arena_strdup(arena, str_of(diag->text));
		}
		if (diag->hint)
			copy->hint = arena_strdup(arena, str_of(diag->hint));
	}
	lowering->graph->warnings = list.items;
	lowering->graph->warning_count = list.count;
}

struct name_set_entry {
	struct str name;
	UT_hash_handle hh;
};

static void touch(struct lowering *lowering, struct name_set_entry **set, struct str database,
                  struct str name)
{
	struct graph *graph = lowering->graph;
	struct name_set_entry *entry = arena_new(&lowering->build.scratch, struct name_set_entry),
	                      *old;

	entry->name = lower_name(lowering, database, name);
	HASH_FIND(hh, *set, entry->name.p, entry->name.n, old);
	if (old)
		return;
	HASH_ADD_KEYPTR(hh, *set, entry->name.p, entry->name.n, entry);
	graph->touched[graph->touched_count++] = entry->name;
}

/* Live objects that the plan creates or fills. */
static void lower_touched(struct lowering *lowering)
{
	const struct model *model = lowering->model;
	struct name_set_entry *set = NULL;
	size_t max = model->table_count + model->view_count;

	for (size_t i = 0; i < model->backfill_count; i++)
		max += model->backfills[i]->closure.table_count;
	lowering->graph->touched = arena_array(lowering->build.arena, struct str, max);
	for (size_t i = 0; i < model->table_count; i++)
		if (!model->tables[i]->external)
			touch(lowering, &set, model->tables[i]->database, model->tables[i]->name);
	for (size_t i = 0; i < model->view_count; i++)
		touch(lowering, &set, model->views[i]->database, model->views[i]->name);
	for (size_t i = 0; i < model->backfill_count; i++) {
		const struct model_closure *closure = &model->backfills[i]->closure;

		for (size_t k = 0; k < closure->table_count; k++)
			touch(lowering, &set, closure->tables[k]->database,
			      closure->tables[k]->name);
	}
	HASH_CLEAR(hh, set);
}

static void header_strategies(struct lowering *lowering)
{
	static const struct {
		enum ast_strategy strategy, with;
		const char *name;
	} names[] = {
	        {STRATEGY_DUPLICATE, STRATEGY_DUPLICATE, "duplicate"},
	        {STRATEGY_NULL_ENGINE, STRATEGY_NULL_ENGINE, "null_engine"},
	        {STRATEGY_DIRECT, STRATEGY_DIRECT, "direct"},
	        {STRATEGY_PAUSE_AND_ATTACH, STRATEGY_DUPLICATE, "pause_and_attach with duplicate"},
	        {STRATEGY_PAUSE_AND_ATTACH, STRATEGY_NULL_ENGINE,
	         "pause_and_attach with null_engine"}};
	enum { STRATEGIES = sizeof(names) / sizeof(*names) };
	const struct model *model = lowering->model;
	struct graph *graph = lowering->graph;

	graph->strategies = arena_array(lowering->build.arena, struct str, STRATEGIES);
	for (size_t i = 0; i < STRATEGIES; i++) {
		bool used = false;

		for (size_t k = 0; k < model->backfill_count && !used; k++)
			used = model->backfills[k]->strategy == names[i].strategy &&
			       model->backfills[k]->with == names[i].with;
		if (used)
			graph->strategies[graph->strategy_count++] = str_of(names[i].name);
	}
}

static void lower_header(struct lowering *lowering)
{
	const struct model *model = lowering->model;
	struct graph *graph = lowering->graph;
	struct arena *arena = lowering->build.arena;

	graph->arena = arena;
	graph->migration = arena_str(arena, model->migration);
	graph->description = arena_str(arena, model->description);
	graph->params = arena_array(arena, struct param, model->param_count);
	graph->param_count = model->param_count;
	for (size_t i = 0; i < model->param_count; i++) {
		const struct param *from = &model->params[i];
		struct param *to = &graph->params[i];

		*to = *from;
		to->name = arena_str(arena, from->name);
		to->type = arena_str(arena, from->type);
		to->value = arena_str(arena, from->value);
		to->from_env = arena_str(arena, from->from_env);
		to->from_file = arena_str(arena, from->from_file);
		build_reserve_param(&lowering->build, to->name);
	}
	graph->databases = arena_array(arena, struct str, model->database_count);
	graph->database_count = model->database_count;
	for (size_t i = 0; i < model->database_count; i++)
		graph->databases[i] = arena_str(arena, model->databases[i]);
	header_strategies(lowering);
}

const struct graph *lower_model(const struct model *model, struct arena *arena,
                                struct diag_list *diags)
{
	struct lowering lowering = {
	        .model = model, .diags = diags, .last = NO_STEP, .clean = NO_STEP};
	char tag[65];
	bool good;

	graph_build_init(&lowering.build, arena);
	lowering.graph = arena_new(arena, struct graph);
	lower_header(&lowering);
	sha256_hex(lowering.graph->migration, tag);
	memcpy(lowering.graph->tag, tag, 8);
	lower_server(&lowering);
	lower_tables(&lowering);
	lower_views(&lowering);
	lower_touched(&lowering);
	for (size_t i = 0; i < model->backfill_count; i++)
		(model->backfills[i]->reads ? lower_view_fill
		                            : lower_duplicate)(&lowering, model->backfills[i]);
	if (model->backfill_count || lowering.clean != NO_STEP)
		lower_sweep(&lowering, lowering.graph->tag);
	lower_checks(&lowering);
	lower_warnings(&lowering);
	lowering.graph->steps = (const struct step **)lowering.top.list.items;
	lowering.graph->step_count = lowering.top.list.count;
	lowering.graph->guards = lowering.guards.items;
	lowering.graph->guard_count = lowering.guards.count;
	HASH_CLEAR(hh, lowering.objects);
	graph_build_release(&lowering.build);
	good = graph_finish(lowering.graph, BF900, diags);
	return good ? lowering.graph : NULL;
}
