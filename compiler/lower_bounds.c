/*
 * lower_bounds.c: `chunk by COLUMN every N UNIT`: the query that finds the ranges.
 *
 * A chunk begins where the source has rows, on a step of the clock, the calendar or the integers,
 * and reaches to where the next one begins: a gap of a hundred years costs nothing, and a row that
 * comes into a gap later is in a chunk all the same. The server does the calendar, on the column's
 * own type and time zone, so that a day of 23 hours is a day. One pass reads one column: grouping by
 * the step takes longer than finding the extent alone, but reading it takes most of that from files.
 */
#include "compiler/lower_internal.h"

/* More chunks than this are a mistake in the unit. */
#define BOUNDS_MAX "100000"
/* What the query has room for: one more, so that it can tell. */
#define BOUNDS_ROOM "100001"

static bool is_time(const struct model_chunk *chunk)
{
	return chunk->unit != UNIT_NONE;
}

/* The same as toStartOfInterval() of one unit in a third of its processor time (40 M rows: 0.06 and 0.17 s;
 * 26.7 has the same values for 7 million moments in each of eight time zones). */
static const char *plain_step(const struct fill *fill)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	bool has_time = chunk->type.class == TYPE_DATETIME || chunk->type.class == TYPE_DATETIME64;

	if (chunk->every != 1 || !has_time)
		return NULL;
	return chunk->unit == UNIT_MINUTE ? "toStartOfMinute"
	       : chunk->unit == UNIT_HOUR ? "toStartOfHour"
	       : chunk->unit == UNIT_DAY  ? "toStartOfDay"
	                                  : NULL;
}

/* Where the range that a value is in begins. It may be before the type's begin, and then wraps
 * around: the first range has no lower end. */
static struct str step_of(struct fill *fill, struct str value)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	struct graph_build *build = fill->build;
	unsigned long long every = chunk->every;

	if (plain_step(fill))
		return build_text(build, "%z(%s)", plain_step(fill), value);
	if (is_time(chunk))
		return build_text(build, "toStartOfInterval(%s, INTERVAL %u %z)", value, every,
		                  ast_unit_word(chunk->unit));
	return build_text(build, "%s - positiveModulo(%s, %u)", value, value, every);
}

/* What is read may have another type than the column, or NULL. A cast costs as much as the rest of the
 * query, and hides from the server that a table is sorted by the column (40 M rows: 0.36 s of
 * processor time with it, 0.13 without). */
static struct str value_of(struct fill *fill)
{
	const struct point *point = &fill->chunk_point;
	struct str column = build_text(fill->build, "%n", point->column);

	if (fill->backfill->reads && !point->asked && !point->type->nullable)
		return column;
	return point_cast_nullable(fill, point, column);
}

/* True when the column's type can't hold a value of the source: cast, it is another one. A cast to
 * a coarser type stays within the day. */
static struct str is_changed(struct fill *fill, const char *value, const char *cast)
{
	if (!is_time(&fill->backfill->chunk))
		return build_text(fill->build, "%z != %z", value, cast);
	return build_text(fill->build,
	                  "abs(dateDiff('day', toDateTime64(%z, 0, 'UTC'), "
	                  "toDateTime64(%z, 0, 'UTC'))) > 1",
	                  value, cast);
}

/* Rows (begins, oldest, newest), one a range that has rows. The source's columns are in sight in
 * the innermost query: names of its own begin with bfc_. */
static struct str steps_sql(struct fill *fill)
{
	const struct point *point = &fill->chunk_point;
	struct graph_build *build = fill->build;
	struct str where = fill_where(fill, false);
	struct str column = build_text(build, "%n", point->column);
	bool nulls = fill->backfill->nulls == NULLS_HISTORY;

	return build_text(
	        build,
	        "        SELECT\n            %s AS begins,\n"
	        "            min(bfc_value) AS lowest,\n"
	        "            max(bfc_value) AS highest,\n"
	        "            %s AS oldest,\n            %s AS newest\n        FROM\n        (\n"
	        "            SELECT\n                %s AS bfc_value,\n"
	        "                %s AS bfc_begins\n            FROM\n%s%z%s\n        )\n"
	        "%z        GROUP BY bfc_begins",
	        point_cast_nullable(fill, point, STR("bfc_begins")),
	        point_cast_nullable(fill, point, STR("lowest")),
	        point_cast_nullable(fill, point, STR("highest")), column,
	        step_of(fill, value_of(fill)), fill_source(fill, false), where.n ? "\n" : "", where,
	        nulls ? "" : "        WHERE bfc_value IS NOT NULL\n");
}

static struct str end_text(struct fill *fill, const char *value)
{
	struct str end = str_of(value);

	if (fill->backfill->nulls == NULLS_HISTORY)
		end = build_text(fill->build, "ifNull(%z, %s)", value,
		                 point_any(fill, &fill->chunk_point));
	return point_text(fill, &fill->chunk_point, end);
}

static struct str bounds_sql(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct str label = build_text(build, "%n.%n.%n", fill->chunk_point.table->database,
	                              fill->chunk_point.table->name, fill->chunk_point.column);

	return build_text(
	        build,
	        "SELECT\n    %s AS %n,\n    %s AS %n,\n    multiIf(\n"
	        "        begins IS NULL, 'null',\n        chunks = 1, 'only',\n"
	        "        number = 1, 'first',\n        number = chunks, 'last',\n"
	        "        '') AS %n\nFROM\n(\n    SELECT\n        *,\n"
	        "        row_number() OVER in_order AS number,\n"
	        "        lead(begins) OVER in_order AS next,\n"
	        "        count() OVER (PARTITION BY begins IS NULL) AS chunks\n    FROM\n    "
	        "(\n%s\n"
	        "    )\n    WINDOW in_order AS (PARTITION BY begins IS NULL ORDER BY oldest)\n)\n"
	        "WHERE throwIf(chunks > " BOUNDS_MAX ", 'more than " BOUNDS_MAX
	        " chunks: take larger steps') = 0\n"
	        "    AND throwIf(ifNull(%s\n        OR %s, 0),\n        %q) = 0\n"
	        "ORDER BY begins IS NULL DESC, number\n"
	        "SETTINGS enable_extended_results_for_datetime_functions = 1,\n"
	        "    optimize_aggregation_in_order = 1,\n"
	        "    max_rows_to_group_by = " BOUNDS_ROOM ", group_by_overflow_mode = 'any'",
	        end_text(fill, "if(number = 1, oldest, begins)"), fill->lo,
	        end_text(fill, "if(number = chunks, newest, next)"), fill->hi, fill->edge,
	        steps_sql(fill), is_changed(fill, "lowest", "oldest"),
	        is_changed(fill, "highest", "newest"),
	        build_text(build,
	                   "the source has values that the type of %s cannot hold: leave them out "
	                   "with where (…), or convert them in the source",
	                   label));
}

/* The same column, the same type: it is asked for once. */
static struct point chunk_point(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_chunk *chunk = &backfill->chunk;

	if (str_eq(fill->split_point.column, chunk->column))
		return fill->split_point;
	return lower_point(fill, backfill->reads ? backfill->reads : backfill->table, chunk->column,
	                   &chunk->type, "bounds");
}

void lower_bounds(struct fill *fill)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	struct graph_build *build = fill->build;
	struct str outputs[3];
	struct step *probe;

	fill->chunk_point = chunk_point(fill);
	lower_point_unit(fill, &fill->chunk_point, "bounds.suits", chunk->unit);
	lower_point_literal(fill, &fill->chunk_point, "bounds.from", chunk->from_sql);
	lower_point_literal(fill, &fill->chunk_point, "bounds.to", chunk->to_sql);
	probe = fill_preflight_step(fill, STEP_PROBE, "bounds");
	outputs[0] = fill->lo = build_param(build, fill->number, "lo");
	outputs[1] = fill->hi = build_param(build, fill->number, "hi");
	outputs[2] = fill->edge = build_param(build, fill->number, "edge");
	fill->bounds = probe->id;
	probe->pin = PIN_RUN;
	probe->resume_point = true;
	probe->title = build_text(build, "the ranges of %n, a chunk each", chunk->column);
	probe->why = STR(
	        "Found once and pinned, so that every resume has the same chunks: it reads that "
	        "column of the whole source, once. A chunk begins where there are rows and ends "
	        "where the next one begins; the first has no lower end and the last no upper "
	        "one, so that every row of the history is in one of them. Their ends here are "
	        "the oldest and the newest row.");
	build_outputs(build, probe, outputs, 3);
	build_sql(build, probe, bounds_sql(fill));
	fill_wait_for_preflight(fill, probe);
	if (fill->wait != NO_STEP)
		build_dep(build, probe, fill->wait);
}
