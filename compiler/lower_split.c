/*
 * lower_split.c: `split on`: the point before which rows are history, found once and pinned.
 */
#include "compiler/lower_internal.h"

/* Asked before the split is pinned: a value that fails its own check must not stay. */
static void lower_earliest_known(struct fill *fill)
{
	const struct model_table *live = fill->backfill->table;
	struct graph_build *build = fill->build;
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, "split.known");
	struct str column = fill->split_point.column;

	step->title = STR("the live table has a row");
	step->why = STR("An empty table has no oldest row. It reads only.");
	step->hint = STR("write a literal: 'split on COLUMN at '2024-01-01 00:00:00''");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    count(%n) > 0 AS ok,\n    %q AS message\nFROM %n.%n",
	                     column,
	                     build_text(build, "%n.%n is empty, so it has no earliest %n",
	                                live->database, live->name, column),
	                     live->database, live->name));
	if (fill->wait != NO_STEP)
		build_dep(build, step, fill->wait);
}

static void lower_earliest(struct fill *fill)
{
	const struct model_table *live = fill->backfill->table;
	struct graph_build *build = fill->build;
	struct str column = fill->split_point.column;
	struct step *probe;

	lower_earliest_known(fill);
	probe = fill_preflight_step(fill, STEP_PROBE, "split");
	probe->pin = PIN_RUN;
	probe->one_row = true;
	probe->resume_point = true;
	probe->title = build_text(build, "the split: the oldest %n of %n.%n", column,
	                          live->database, live->name);
	probe->why = STR("History is what is older than the oldest live row. It is asked once and "
	                 "pinned, as later it would find history that this run has published.");
	build_outputs(build, probe, &fill->split, 1);
	build_sql(build, probe,
	          build_text(build, "SELECT %s AS %n\nFROM %n.%n",
	                     point_text(fill, &fill->split_point,
	                                build_text(build, "min(%n)", column)),
	                     fill->split, live->database, live->name));
	fill_wait_for_preflight(fill, probe);
}

/* A live table with rows on the history's side is refused. */
static void lower_empty(struct fill *fill)
{
	const struct model_table *live = fill->backfill->table;
	struct graph_build *build = fill->build;
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, "empty");

	step->title = build_text(build, "%n.%n has nothing yet on the history's side of the split",
	                         live->database, live->name);
	step->why =
	        STR("Rows that are there already and come with the history again would be double. "
	            "It reads only, and is looked at once: later the history itself is there.");
	step->hint = STR(
	        "take an earlier split, or say 'overlap is fine' after it when these rows are not "
	        "in the source");
	build_sql(
	        build, step,
	        build_text(build,
	                   "SELECT\n    count() = 0 AS ok,\n"
	                   "    concat(%q, toString(count()), ' rows older than ', {%s:String}) AS "
	                   "message\nFROM %n.%n\nWHERE %n < %s",
	                   build_text(build, "%n.%n already has ", live->database, live->name),
	                   fill->split, live->database, live->name, fill->split_point.column,
	                   point_pinned(fill, &fill->split_point, fill->split)));
	fill_wait_for_preflight(fill, step);
	if (fill->wait != NO_STEP)
		build_dep(build, step, fill->wait);
}

static void lower_literal(struct fill *fill)
{
	const struct model_split *split = &fill->backfill->split;
	struct graph_build *build = fill->build;
	struct step *probe;

	lower_point_literal(fill, &fill->split_point, "split.suits", split->literal_sql);
	probe = fill_preflight_step(fill, STEP_PROBE, "split");
	probe->pin = PIN_RUN;
	probe->one_row = true;
	probe->resume_point = true;
	probe->title = STR("the split, as the migration says it, in UTC");
	probe->why =
	        STR("A literal means what it means in the column's own time zone; pinned in UTC it "
	            "means the same everywhere.");
	build_outputs(build, probe, &fill->split, 1);
	build_sql(
	        build, probe,
	        build_text(build, "SELECT %s AS %n",
	                   point_text(fill, &fill->split_point,
	                              point_literal(fill, &fill->split_point, split->literal_sql)),
	                   fill->split));
	if (fill->split_point.asked)
		fill_wait_for_preflight(fill, probe);
	if (!split->overlap_is_fine)
		lower_empty(fill);
}

void lower_split(struct fill *fill)
{
	const struct model_split *split = &fill->backfill->split;

	fill->split = build_param(fill->build, fill->number, "split");
	fill->split_point =
	        lower_point(fill, fill->backfill->table, split->column, &split->type, "split");
	if (split->kind == SPLIT_EARLIEST)
		lower_earliest(fill);
	else
		lower_literal(fill);
}
