/*
 * lower_duplicate.c: `backfill table … using duplicate`.
 *
 * Per chunk and attempt, under names that were never used: a duplicate of each table of the
 * closure, a copy of each view between them, the load, the verification, the seal,
 * the moves, the drops (plan.md, "Lowering"). The order of the body is the order of execution.
 */
#include "compiler/lower_internal.h"

#include "compiler/base/sqltext.h"

/* Lists of columns are broken at this column. */
enum { LIST_WIDTH = 96 };

struct step *fill_body_step(struct fill *fill, enum step_kind kind, enum step_phase phase,
                            const char *template, ...)
{
	struct graph_build *build = fill->build;
	va_list args;
	struct str name;
	struct step *step;

	va_start(args, template);
	name = build_textv(build, template, args);
	va_end(args);
	step = build_step(
	        build, &fill->body, kind, phase,
	        build_id(build, "b%u.%z.%s", (unsigned long long)fill->number, fill->part, name));
	step->origin = fill->origin;
	return step;
}

struct str fill_staged_name(struct fill *fill, struct str database, struct str param)
{
	return build_text(fill->build, "%n.{%s:Identifier}", database, param);
}

struct str fill_staged_param(const struct fill *fill, const struct model_table *table)
{
	const struct model_closure *closure = &fill->backfill->closure;

	if (table == fill->backfill->reads)
		return fill->pipe;
	for (size_t i = 0; i < closure->table_count; i++)
		if (closure->tables[i] == table)
			return fill->tables[i].param;
	return STR("");
}

void fill_params(struct fill *fill)
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct graph_build *build = fill->build;

	fill->tables = arena_array(build->arena, struct staged_table, closure->table_count);
	for (size_t i = 0; i < closure->table_count; i++) {
		const struct model_table *table = closure->tables[i];

		fill->tables[i] = (struct staged_table){
		        .param = build_param(build, fill->number, "dup_%s", table->name),
		        .table = table,
		        .has_parts = table->engine_class != ENGINE_NULL,
		        .to = table->name,
		};
	}
	fill->views = arena_array(build->arena, struct staged_view, closure->view_count);
	for (size_t i = 0; i < closure->view_count; i++)
		fill->views[i] = (struct staged_view){
		        .param = build_param(build, fill->number, "copy_%s",
		                             closure->views[i]->name),
		        .view = closure->views[i],
		};
}

void fill_stage_table(struct fill *fill, const struct staged_table *staged)
{
	const struct model_table *table = staged->table;
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_RUN, PHASE_STAGE, "stage.%s", table->name);

	step->repeat = REPEAT_NEW_NAME;
	step->title = build_text(build, "a duplicate of %n.%n", table->database, table->name);
	step->why =
	        staged->has_parts
	                ? STR("The chunk is loaded beside the live table. Parts get UUIDs, which a "
	                      "move "
	                      "keeps, and are never merged: that is how an interrupted move is "
	                      "told apart. No insert is taken for a repetition of another, or "
	                      "slowed "
	                      "down by many parts.")
	                : STR("It passes rows on to the copies of the views and keeps none.");
	build_sql(build, step,
	          build_text(build, "CREATE TABLE %s AS %n.%n%z",
	                     fill_staged_name(fill, table->database, staged->param),
	                     table->database, table->name,
	                     staged->has_parts ? "\n" FILL_STAGED_SETTINGS : ""));
}

void fill_stage_view(struct fill *fill, const struct staged_view *staged)
{
	const struct model_view *view = staged->view;
	struct graph_build *build = fill->build;
	struct str reads =
	        fill_staged_name(fill, view->reads->database, fill_staged_param(fill, view->reads));
	struct str query =
	        rewrite_query(fill->lowering->model->sources, view->query, &view->trigger,
	                      view->query_database, reads, STR(""), build->arena);
	struct step *step = fill_body_step(fill, STEP_RUN, PHASE_STAGE, "stage.%s", view->name);

	step->repeat = REPEAT_NEW_NAME;
	step->title = build_text(build, "a copy of %n.%n between the duplicates", view->database,
	                         view->name);
	step->why = STR(
	        "Live views never fire on a move, so the history's part of their targets is made "
	        "here. Views that read other views' targets come first.");
	build_sql(build, step,
	          build_text(build, "CREATE MATERIALIZED VIEW %s\nTO %s%z%s%z\nAS\n%s",
	                     fill_staged_name(fill, view->database, staged->param),
	                     fill_staged_name(fill, view->target->database,
	                                      fill_staged_param(fill, view->target)),
	                     view->column_text.n ? "\n(\n" : "", view->column_text,
	                     view->column_text.n ? "\n)" : "", query));
}

/* The columns, as many a line as fit, indented by four. */
struct str fill_column_list(struct fill *fill, const struct str *names, size_t count)
{
	size_t column = 4;
	struct buf out;
	struct str list;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < count; i++) {
		size_t before = out.size;

		sql_add_name(&out, names[i]);
		column += out.size - before + 2;
		buf_addz(&out, i + 1 < count ? "," : "");
		if (i + 1 < count && column + names[i + 1].n + 1 > LIST_WIDTH) {
			buf_addz(&out, "\n    ");
			column = 4;
		} else if (i + 1 < count) {
			buf_addc(&out, ' ');
		}
	}
	list = arena_str(fill->build->arena, buf_str(&out));
	buf_release(&out);
	return list;
}

bool fill_sets(const struct fill *fill, const char *setting)
{
	const struct model_backfill *backfill = fill->backfill;

	for (size_t i = 0; i < backfill->setting_count; i++)
		if (str_is(backfill->settings[i].name, setting))
			return true;
	return false;
}

struct str fill_settings(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	struct graph_build *build = fill->build;
	struct str list = STR("SETTINGS");

	if (!fill_sets(fill, "optimize_on_insert"))
		list = STR("SETTINGS\n    optimize_on_insert = 0");
	for (size_t i = 0; i < backfill->setting_count; i++)
		list = build_text(build, "%s%z\n    %s = %s", list,
		                  list.n > sizeof("SETTINGS") - 1 ? "," : "",
		                  backfill->settings[i].name, backfill->settings[i].value);
	return list;
}

static struct step *lower_load(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_table *live = backfill->table;
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_RUN, PHASE_LOAD, "load");
	struct str where = fill_where(fill, true);
	struct str columns =
	        fill_column_list(fill, backfill->insert_columns, backfill->insert_column_count);

	step->repeat = REPEAT_NEW_NAME;
	step->heavy = true;
	step->title = build_text(build, "load the chunk into the duplicate of %n.%n",
	                         live->database, live->name);
	step->why = STR(
	        "The copies of the views fire on it and fill the duplicates of their targets. "
	        "optimize_on_insert = 0: rows staged are rows read, also where the engine would "
	        "combine them.");
	build_sql(build, step,
	          build_text(build,
	                     "INSERT INTO %s\n(\n    %s\n)\n%s\nSELECT\n    %s\nFROM\n%s%z%s",
	                     fill_staged_name(fill, live->database, fill_staged_param(fill, live)),
	                     columns, fill_settings(fill), columns, fill_source(fill, true),
	                     where.n ? "\n" : "", where));
	return step;
}

static void lower_drop(struct fill *fill, struct str database, struct str param, struct str name)
{
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_RUN, PHASE_FINISH, "drop.%s", name);

	step->repeat = REPEAT_IF_EXISTS;
	step->title = build_text(build, "drop the staged %n", name);
	step->why = STR("It is empty or was given up.");
	build_sql(build, step,
	          build_text(build, "DROP TABLE IF EXISTS %s SYNC",
	                     fill_staged_name(fill, database, param)));
}

void fill_drops(struct fill *fill)
{
	const struct model_closure *closure = &fill->backfill->closure;

	for (size_t i = 0; i < closure->view_count; i++)
		if (fill->views[i].param.n)
			lower_drop(fill, closure->views[i]->database, fill->views[i].param,
			           closure->views[i]->name);
	if (fill->pipe.n)
		lower_drop(fill, fill->backfill->reads->database, fill->pipe,
		           fill->backfill->reads->name);
	for (size_t i = 0; i < closure->table_count; i++)
		lower_drop(fill, closure->tables[i]->database, fill->tables[i].param,
		           closure->tables[i]->name);
}

static void lower_body(struct fill *fill)
{
	const struct model_closure *closure = &fill->backfill->closure;

	lower_halves(fill);
	lower_waits(fill);
	for (size_t i = 0; i < closure->table_count; i++)
		fill_stage_table(fill, &fill->tables[i]);
	for (size_t i = closure->view_count; i-- > 0;)
		fill_stage_view(fill, &fill->views[i]);
	if (fill->backfill->chunk.kind == CHUNK_FILES)
		lower_chunk_listing(fill);
	{
		struct step *load = lower_load(fill);

		if (fill->backfill->chunk.kind == CHUNK_FILES)
			lower_chunk_listing_same(fill);
		lower_verify(fill, load);
	}
	lower_publish(fill);
	fill_drops(fill);
}

static void list_objects(struct fill *fill, struct each *each)
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct arena *arena = fill->build->arena;

	each->objects = arena_array(arena, struct staged_object,
	                            closure->table_count + closure->view_count + 1);
	for (size_t i = 0; i < closure->table_count; i++)
		each->objects[each->object_count++] = (struct staged_object){
		        fill->tables[i].param, arena_str(arena, closure->tables[i]->database),
		        arena_str(arena, closure->tables[i]->name), false};
	if (fill->pipe.n)
		each->objects[each->object_count++] = (struct staged_object){
		        fill->pipe, arena_str(arena, fill->backfill->reads->database),
		        arena_str(arena, fill->backfill->reads->name), false};
	for (size_t i = 0; i < closure->view_count; i++) {
		if (!fill->views[i].param.n)
			continue;
		each->objects[each->object_count++] = (struct staged_object){
		        fill->views[i].param, arena_str(arena, closure->views[i]->database),
		        arena_str(arena, closure->views[i]->name), true};
	}
}

struct step *fill_chunks(struct fill *fill, struct str title)
{
	struct lowering *lowering = fill->lowering;
	struct graph_build *build = fill->build;
	struct step *chunks = build_step(build, &lowering->top, STEP_EACH, PHASE_LOAD,
	                                 build_id(build, "b%u.%z", (unsigned long long)fill->number,
	                                          fill_is_direct(fill) ? "direct"
	                                          : fill_holds(fill)   ? "gather"
	                                                               : "chunks"));

	lowering->last = (uint32_t)lowering->top.list.count - 1;
	chunks->origin = fill->origin;
	chunks->repeat = fill_is_direct(fill) ? REPEAT_NEVER : REPEAT_OBSERVES_FIRST;
	chunks->resume_point = true;
	chunks->title = title;
	chunks->why = STR(
	        "Each chunk is staged, loaded, verified and only then moved into the live tables. "
	        "A chunk that is done is never touched again; one that broke off before its "
	        "seal is thrown away and begun anew; after the seal only the moves are finished.");
	if (fill_is_direct(fill))
		chunks->why =
		        STR("Nothing is staged. A chunk that is done is never touched again; one "
		            "that was broken off stops the run, until a person has looked.");
	chunks->each->kind = EACH_CHUNKS;
	chunks->each->workers = fill->backfill->workers;
	lower_chunk_rows(fill, chunks->each);
	if (!fill_is_direct(fill))
		list_objects(fill, chunks->each);
	for (size_t i = 0; i < fill->preflight.count; i++)
		build_dep(build, chunks, fill->preflight.items[i]);
	if (fill->wait != NO_STEP)
		build_dep(build, chunks, fill->wait);
	return chunks;
}

void lower_duplicate(struct lowering *lowering, const struct model_backfill *backfill)
{
	struct fill fill = {.lowering = lowering,
	                    .build = &lowering->build,
	                    .backfill = backfill,
	                    .number = backfill->number,
	                    .part = "chunk",
	                    .wait = lowering->last};
	struct step *chunks;

	fill.origin = lower_origin(lowering, backfill->span);
	fill_params(&fill);
	lower_preflight(&fill);
	lower_hold(&fill);
	chunks = fill_chunks(&fill,
	                     build_text(fill.build,
	                                "load %n.%n and what its views derive, chunk by chunk",
	                                backfill->table->database, backfill->table->name));
	if (fill_is_direct(&fill))
		lower_direct_body(&fill);
	else
		lower_body(&fill);
	chunks->each->body = (const struct step **)fill.body.list.items;
	chunks->each->body_count = fill.body.list.count;
	lower_hold_publish(&fill);
}
