/*
 * lower_null.c: `using null_engine`: one pass over the chunk for all views.
 *
 * The chunk streams through a Null table that has the columns that the views use and nothing else.
 * Copies of the views fire on it, block by block, and fill duplicates of their targets: memory is a
 * block's, whatever the size of the chunk.
 */
#include "compiler/lower_internal.h"
#include "compiler/needed_columns.h"

static void lower_pipe(struct fill *fill, const struct needed_columns *needed)
{
	const struct model_table *table = fill->backfill->reads;
	struct graph_build *build = fill->build;
	struct str name = fill_staged_name(fill, table->database, fill->pipe);
	struct step *step = fill_body_step(fill, STEP_RUN, PHASE_STAGE, "stage.%s", table->name);
	struct buf columns;

	step->repeat = REPEAT_NEW_NAME;
	step->title = build_text(build, "a Null table in the place of %n.%n", table->database,
	                         table->name);
	step->why = STR("It passes rows on to the copies of the views and keeps none. It has the "
	                "columns that they use.");
	if (needed->whole) {
		step->why =
		        STR("It passes rows on to the copies of the views and keeps none. It has "
		            "all of the table's columns, as the migration does not list them.");
		build_sql(build, step,
		          build_text(build, "CREATE TABLE %s AS %n.%n\nENGINE = Null", name,
		                     table->database, table->name));
		return;
	}
	buf_init(&columns, BUF_CEILING_OUTPUT);
	needed_columns_declare(needed, fill->lowering->model->sources, &columns);
	build_sql(build, step,
	          build_text(build, "CREATE TABLE %s\n(\n    %s\n)\nENGINE = Null", name,
	                     buf_str(&columns)));
	buf_release(&columns);
}

static struct step *lower_insert(struct fill *fill, const struct needed_columns *needed)
{
	const struct model_table *table = fill->backfill->reads;
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_RUN, PHASE_LOAD, "load");
	struct str where = fill_where(fill, true), columns = STR("*"), into = STR("");

	if (!needed->whole) {
		columns = fill_column_list(fill, needed->inserted.items, needed->inserted.count);
		into = build_text(build, "\n(\n    %s\n)", columns);
	}
	step->repeat = REPEAT_NEW_NAME;
	step->heavy = true;
	step->title = build_text(build, "stream the chunk out of %n.%n through the views' copies",
	                         table->database, table->name);
	step->why =
	        STR("Once for all views. optimize_on_insert = 0: a group is staged once a block, "
	            "and combined after the move.");
	build_sql(build, step,
	          build_text(build,
	                     "INSERT INTO %s%s\n%s,\n    insert_allow_materialized_columns = 1\n"
	                     "SELECT\n    %s\nFROM %s%z%s",
	                     fill_staged_name(fill, table->database, fill->pipe), into,
	                     fill_settings(fill), columns, fill_source(fill, true),
	                     where.n ? "\n" : "", where));
	return step;
}

struct step *lower_null_load(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	struct needed_columns needed;

	needed_columns_find(fill->lowering->model->sources, backfill->views, backfill->view_count,
	                    fill->build->arena, &needed);
	lower_pipe(fill, &needed);
	for (size_t i = backfill->closure.view_count; i-- > 0;)
		fill_stage_view(fill, &fill->views[i]);
	return lower_insert(fill, &needed);
}
