/*
 * lower_view_duplicate.c: `backfill view … using duplicate`: the views' own queries, over the chunk
 * of the table that they read, into duplicates of their targets.
 */
#include "compiler/lower_internal.h"

#include "compiler/types.h"

/* As a value of the column itself: functions look at its time zone. */
static struct str bound(struct fill *fill, struct str param)
{
	struct str pinned = point_pinned(fill, &fill->chunk_point, param);

	if (str_eq(fill->chunk_point.own, fill->chunk_point.utc))
		return pinned;
	return point_cast(fill, &fill->chunk_point, pinned);
}

/* The greatest value below the chunk's end; finer ones than the type has do no harm. */
static struct str last_value(struct fill *fill)
{
	const struct type_info *type = &fill->backfill->chunk.type;
	struct str end = bound(fill, fill->hi);

	if (type->class != TYPE_DATETIME64)
		return build_text(fill->build, "%s - 1", end);
	return build_text(fill->build, "%s - toInterval%z(1)", end,
	                  type->scale <= 3   ? "Millisecond"
	                  : type->scale <= 6 ? "Microsecond"
	                                     : "Nanosecond");
}

/* Whether chunks are stretches of a time whose type is known, just as the table has it. */
static bool has_stretches(const struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_chunk *chunk = &backfill->chunk;
	const struct model_column *column;

	if (chunk->kind != CHUNK_COLUMN || chunk->unit == UNIT_NONE || fill->chunk_point.asked)
		return false;
	column = lower_column(backfill->reads, chunk->column);
	return column && type_text_equal(column->type, chunk->type.bare) &&
	       (chunk->type.class == TYPE_DATE || chunk->type.class == TYPE_DATE32 ||
	        chunk->type.class == TYPE_DATETIME || chunk->type.class == TYPE_DATETIME64);
}

/* The times that the view rounds down and groups by, if chunks may have one of them each. Who chooses
 * the analyzer gets the query as it is. */
static bool rounds(struct fill *fill, const struct model_view *view, struct roundings *calls,
                   struct rounded *rounded)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	uint64_t unit = ast_unit_seconds(chunk->unit);

	if (!has_stretches(fill) || fill_sets(fill, "enable_analyzer") ||
	    fill_sets(fill, "allow_experimental_analyzer") || chunk->every > UINT64_MAX / unit)
		return false;
	rewrite_find_roundings(fill->lowering->model->sources, view->query, &view->trigger,
	                       chunk->column, chunk->every * unit, fill->build->arena, calls);
	*rounded =
	        (struct rounded){.calls = calls,
	                         .within = build_text(fill->build, "{%s:String} = ''", fill->edge),
	                         .first = bound(fill, fill->lo),
	                         .last = last_value(fill)};
	/* Results have 32 bits, and less: of times that are far apart they can be equal. */
	if (chunk->type.class == TYPE_DATETIME64 || chunk->type.class == TYPE_DATE32)
		rounded->within = build_text(fill->build, "%s\n    AND toYear(%s) = toYear(%s)",
		                             rounded->within, rounded->first, rounded->last);
	return calls->list.count > 0;
}

static struct str load_why(struct fill *fill, const struct roundings *calls)
{
	struct str why = STR("What the view would have written, had it been there. Columns go by "
	                     "name, as they do in a view.");

	if (!calls->list.count)
		return why;
	return build_text(
	        fill->build,
	        "%s Where all of the chunk has one %s, that is a constant: the same groups "
	        "by fewer keys. The old analyzer would not take it for one.",
	        why, span_text(fill->lowering->model->sources, calls->list.items[0].call));
}

static struct step *lower_view_load(struct fill *fill, const struct model_view *view)
{
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_RUN, PHASE_LOAD, "load.%s", view->name);
	struct str columns = fill_column_list(fill, view->columns, view->column_count);
	struct roundings calls = {0};
	struct rounded rounded;
	bool once = rounds(fill, view, &calls, &rounded);

	step->repeat = REPEAT_NEW_NAME;
	step->heavy = true;
	step->title =
	        build_text(build, "the query of %n.%n over the chunk, into the duplicate of %n.%n",
	                   view->database, view->name, view->target->database, view->target->name);
	step->why = load_why(fill, &calls);
	build_sql(build, step,
	          build_text(build,
	                     "INSERT INTO %s\n(\n    %s\n)\n%s%z\nSELECT\n    %s\nFROM\n(\n%s\n)",
	                     fill_staged_name(fill, view->target->database,
	                                      fill_staged_param(fill, view->target)),
	                     columns, fill_settings(fill), once ? ",\n    enable_analyzer = 1" : "",
	                     columns, fill_history_query(fill, view, once ? &rounded : NULL)));
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
