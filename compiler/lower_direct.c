/*
 * lower_direct.c: `using direct unsafe`: one INSERT … SELECT a chunk, straight into what is live.
 *
 * Nothing is staged, so nothing can be thrown away: a chunk whose INSERT was sent and not answered with
 * success may be in, wholly or partly. It is never sent again (REPEAT_NEVER); the run stops and
 * names it. `bfc abort --in-doubt loaded|absent` takes a person's word for it.
 *
 * Live views fire on the INSERT, all of them. So one that shall not get the history (`ignore view`), or
 * that gets it from the table later on (its own `backfill view`), must not be there.
 */
#include "compiler/lower_internal.h"

#include "compiler/base/sqltext.h"

#define DIRECT_WHY                                                                                 \
	"Straight into what is live: readers and views see the rows as they come, and nothing is " \
	"compared before. It is never sent twice: when its outcome is not known the run stops, "   \
	"as "                                                                                      \
	"all, some or none of the chunk's rows may be there."

bool fill_is_direct(const struct fill *fill)
{
	return fill->backfill->strategy == STRATEGY_DIRECT;
}

void lower_direct_grants(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, "grants");
	struct str grants = STR("");
	size_t targets = fill->backfill->reads ? fill->backfill->view_count : 1;

	for (size_t i = 0; i < targets; i++) {
		const struct model_table *table = fill->backfill->reads
		                                          ? fill->backfill->views[i]->target
		                                          : fill->backfill->table;

		grants = build_text(build, "%s%zINSERT ON %n.%n", grants, i ? ", " : "",
		                    table->database, table->name);
	}
	step->when = WHEN_EVERY_RUN;
	step->title = STR("the user may insert into what is filled");
	step->why = STR("A grant that is missing would stop the run in its middle. It reads only.");
	step->hint = build_text(build, "grant what is missing: GRANT %s TO the user of this run",
	                        grants);
	build_sql(build, step, build_text(build, "CHECK GRANT %s", grants));
}

/* ('db', 'v'), … of views that must not fire. */
static struct str unwanted_views(struct fill *fill)
{
	const struct model *model = fill->lowering->model;
	struct graph_build *build = fill->build;
	struct str pairs = STR("");

	for (size_t i = 0; i < model->ignored_view_count; i++)
		pairs = build_text(build, "%s%z(%q, %q)", pairs, pairs.n ? ", " : "",
		                   model->ignored_views[i].database.text,
		                   model->ignored_views[i].name.text);
	for (size_t i = fill->number; i < model->backfill_count; i++)
		for (size_t k = 0; k < model->backfills[i]->view_count; k++)
			pairs = build_text(build, "%s%z(%q, %q)", pairs, pairs.n ? ", " : "",
			                   model->backfills[i]->views[k]->database,
			                   model->backfills[i]->views[k]->name);
	return pairs;
}

void lower_direct_views(struct fill *fill)
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct graph_build *build = fill->build;
	struct str views = unwanted_views(fill), tables = STR("");
	struct step *step;

	if (!views.n)
		return;
	for (size_t i = 0; i < closure->table_count; i++)
		tables = build_text(build, "%s%z(%q, %q)", tables, i ? ", " : "",
		                    closure->tables[i]->database, closure->tables[i]->name);
	step = fill_preflight_step(fill, STEP_ASSERT, "views.unwanted");
	step->title = STR("no view fires that shall not get this history");
	step->why = STR("An INSERT into a live table fires every view on it. It is looked at once, "
	                "before the first chunk, and reads only.");
	step->hint =
	        STR("use `using duplicate`, which fires no live view; or drop the view and make "
	            "it again afterwards");
	build_sql(
	        build, step,
	        build_text(
	                build,
	                "SELECT\n    empty(found) AS ok,\n"
	                "    concat('would get the history: ', arrayStringConcat(found, ', ')) AS "
	                "message\nFROM\n(\n"
	                "    SELECT groupArray(concat(database, '.', name)) AS found\n"
	                "    FROM system.tables\n    WHERE (database, name) IN\n    (\n"
	                "        SELECT arrayJoin(arrayZip(dependencies_database, "
	                "dependencies_table))\n        FROM system.tables\n"
	                "        WHERE (database, name) IN (%s)\n    )\n"
	                "        AND (database, name) IN (%s)\n)",
	                tables, views));
	if (fill->wait != NO_STEP)
		build_dep(build, step, fill->wait);
}

/* The user's own settings alone: nothing staged is counted here. */
static struct str settings(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	struct str list = STR("");

	for (size_t i = 0; i < backfill->setting_count; i++)
		list = build_text(fill->build, "%s%z %s = %s", list, i ? "," : "SETTINGS",
		                  backfill->settings[i].name, backfill->settings[i].value);
	return list.n ? build_text(fill->build, "%s\n", list) : list;
}

static struct step *insert_step(struct fill *fill, struct str name)
{
	struct step *step = fill_body_step(fill, STEP_RUN, PHASE_LOAD, "%s", name);

	step->repeat = REPEAT_NEVER;
	step->heavy = true;
	step->why = STR(DIRECT_WHY);
	return step;
}

static void lower_table_chunk(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_table *live = backfill->table;
	struct graph_build *build = fill->build;
	struct str where = fill_where(fill, true), columns;
	struct step *step;

	columns = fill_column_list(fill, backfill->insert_columns, backfill->insert_column_count);
	if (backfill->chunk.kind == CHUNK_FILES)
		lower_chunk_listing(fill);
	step = insert_step(fill, STR("load"));
	step->title = build_text(build, "insert the chunk into %n.%n", live->database, live->name);
	build_sql(build, step,
	          build_text(build,
	                     "INSERT INTO %n.%n\n(\n    %s\n)\n%sSELECT\n    %s\nFROM\n%s%z%s",
	                     live->database, live->name, columns, settings(fill), columns,
	                     fill_source(fill, true), where.n ? "\n" : "", where));
	if (backfill->chunk.kind == CHUNK_FILES)
		lower_chunk_listing_same(fill);
}

static void lower_view_chunk(struct fill *fill, const struct model_view *view)
{
	struct graph_build *build = fill->build;
	const struct model_table *target = view->target;
	struct str columns = fill_column_list(fill, view->columns, view->column_count);
	struct step *step = insert_step(fill, build_text(build, "load.%s", view->name));

	step->title = build_text(build, "insert the query of %n.%n over the chunk into %n.%n",
	                         view->database, view->name, target->database, target->name);
	build_sql(build, step,
	          build_text(build,
	                     "INSERT INTO %n.%n\n(\n    %s\n)\n%sSELECT\n    %s\nFROM\n(\n%s\n)",
	                     target->database, target->name, columns, settings(fill), columns,
	                     fill_history_query(fill, view, NULL)));
}

void lower_direct_body(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;

	lower_waits(fill);
	if (!backfill->reads)
		lower_table_chunk(fill);
	for (size_t i = 0; i < backfill->view_count; i++)
		lower_view_chunk(fill, backfill->views[i]);
}
