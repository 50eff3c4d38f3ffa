/*
 * lower_view_duplicate.c: `backfill view … using duplicate`: the views' own queries, over the chunk
 * of the table that they read, into duplicates of their targets.
 */
#include "compiler/lower_internal.h"

static struct step *lower_view_load(struct fill *fill, const struct model_view *view)
{
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_RUN, PHASE_LOAD, "load.%s", view->name);
	struct str columns = fill_column_list(fill, view->columns, view->column_count);

	step->repeat = REPEAT_NEW_NAME;
	step->heavy = true;
	step->title =
	        build_text(build, "the query of %n.%n over the chunk, into the duplicate of %n.%n",
	                   view->database, view->name, view->target->database, view->target->name);
	step->why =
	        STR("What the view would have written, had it been there. Columns go by name, as "
	            "they do in a view.");
	build_sql(build, step,
	          build_text(
	                  build, "INSERT INTO %s\n(\n    %s\n)\n%s\nSELECT\n    %s\nFROM\n(\n%s\n)",
	                  fill_staged_name(fill, view->target->database,
	                                   fill_staged_param(fill, view->target)),
	                  columns, fill_settings(fill), columns, fill_history_query(fill, view)));
	return step;
}

struct step *lower_query_load(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	struct step *load = NULL;

	for (size_t i = backfill->closure.view_count; i-- > 0;)
		if (fill->views[i].param.n)
			fill_stage_view(fill, &fill->views[i]);
	for (size_t i = 0; i < backfill->view_count; i++)
		load = lower_view_load(fill, backfill->views[i]);
	return load;
}
