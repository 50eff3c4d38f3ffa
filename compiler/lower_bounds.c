/*
 * lower_bounds.c: `chunk by COLUMN every N UNIT`: the query that finds the ranges.
 *
 * The server does the calendar: addMonths and the like on the column's own type and time zone,
 * so that a day of 23 hours is a day. A range is half-open; the last one ends at the split, or at
 * `to`, or else behind the newest row. A bound that would pass its type's end is refused: it would
 * wrap around and lose rows.
 */
#include "compiler/lower_internal.h"

/* More chunks than this are a mistake in the unit. */
#define BOUNDS_MAX "100000"

#define PASSES_END                                                                                 \
	"'the chunks pass the end of the column\\'s type: say to, or chunk by another column'"

struct unit_words {
	const char *add;  /* addDays */
	const char *diff; /* dateDiff's unit */
	const char *interval;
};

static const struct unit_words units[] = {
        [UNIT_SECOND] = {"addSeconds", "second", "SECOND"},
        [UNIT_MINUTE] = {"addMinutes", "minute", "MINUTE"},
        [UNIT_HOUR] = {"addHours", "hour", "HOUR"},
        [UNIT_DAY] = {"addDays", "day", "DAY"},
        [UNIT_WEEK] = {"addWeeks", "week", "WEEK"},
        [UNIT_MONTH] = {"addMonths", "month", "MONTH"},
        [UNIT_QUARTER] = {"addQuarters", "quarter", "QUARTER"},
        [UNIT_YEAR] = {"addYears", "year", "YEAR"},
};

static bool is_time(const struct model_chunk *chunk)
{
	return chunk->type.class != TYPE_INTEGER;
}

/* A value of the chunk column as the type that bounds are computed in. */
static struct str as_bound(struct fill *fill, struct str value)
{
	const struct type_info *type = &fill->backfill->chunk.type;
	struct graph_build *build = fill->build;

	if (type->class == TYPE_INTEGER)
		return build_text(build, "toInt256(%s)", value);
	if (type->class == TYPE_DATETIME)
		/* The source may have a wider type: what is older than 1970 goes to the first
		 * chunk. */
		return build_text(build,
		                  "CAST(greatest(toDateTime64(%s, 0, 'UTC'), "
		                  "toDateTime64('1970-01-01 00:00:00', 0, 'UTC')) AS %s)",
		                  value, type->bare);
	if (type->class == TYPE_DATE)
		return build_text(build,
		                  "CAST(greatest(toDate32(%s), toDate32('1970-01-01')) AS %s)",
		                  value, type->bare);
	return build_text(build, "CAST(%s AS %s)", value, type->bare);
}

/* Whether the source's newest value wrapped around, or stopped short, on its way into the type. */
static const char *newest_lost(const struct fill *fill)
{
	switch (fill->backfill->chunk.type.class) {
	case TYPE_DATETIME:
		return "toDateTime64(bfc_newest, 0, 'UTC') > toDateTime64(last, 0, 'UTC')";
	case TYPE_DATE:
		return "toDate32(bfc_newest) > toDate32(last)";
	default:
		return NULL;
	}
}

/* Start of the range that a value is in: ranges fall on the clock's and calendar's own steps. */
static struct str aligned(struct fill *fill, struct str value)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	struct graph_build *build = fill->build;
	unsigned long long every = chunk->every;

	if (!is_time(chunk))
		return build_text(build, "%s - positiveModulo(%s, %u)", value, value, every);
	return build_text(build, "CAST(toStartOfInterval(%s, INTERVAL %u %z) AS %s)", value, every,
	                  units[chunk->unit].interval, chunk->type.bare);
}

static struct str stepped(struct fill *fill, const char *offset)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	unsigned long long every = chunk->every;

	if (!is_time(chunk))
		return build_text(fill->build, "start + toInt256(%z) * %u", offset, every);
	return build_text(fill->build, "%z(start, (%z) * %u)", units[chunk->unit].add, offset,
	                  every);
}

static struct str bound_text(struct fill *fill, const char *value)
{
	enum type_class class = fill->backfill->chunk.type.class;
	bool zone = class == TYPE_DATETIME || class == TYPE_DATETIME64;

	return build_text(fill->build, zone ? "toString(toTimeZone(%z, 'UTC'))" : "toString(%z)",
	                  value);
}

/* Where the last range ends, or an empty text: behind the newest row. */
static struct str end_of_all(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_chunk *chunk = &backfill->chunk;
	struct graph_build *build = fill->build;
	struct str split = STR(""), to = STR("");

	if (backfill->split.kind != SPLIT_NONE && str_eq(backfill->split.column, chunk->column))
		split = as_bound(fill, build_text(build, "{%s:%s}", fill->split, fill->split_type));
	if (chunk->to_sql.n)
		to = as_bound(fill,
		              build_text(build, "CAST(%s AS %s)", chunk->to_sql, chunk->type.bare));
	if (split.n && to.n)
		return build_text(build, "least(%s, %s)", split, to);
	return split.n ? split : to;
}

/* Oldest and newest value of the source, as far as it is history, one row. The source's columns are
 * in sight: the names have to be none of theirs. */
static struct str extent_sql(struct fill *fill)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	struct graph_build *build = fill->build;
	struct str where = fill_where(fill, false), more = STR("");

	if (chunk->from_sql.n)
		more = build_text(build, "%z%n >= CAST(%s AS %s)",
		                  where.n ? "\n    AND " : "WHERE ", chunk->column, chunk->from_sql,
		                  chunk->type.bare);
	if (chunk->to_sql.n)
		more = build_text(build, "%s%z%n < CAST(%s AS %s)", more,
		                  where.n || more.n ? "\n    AND " : "WHERE ", chunk->column,
		                  chunk->to_sql, chunk->type.bare);
	return build_text(build,
	                  "        SELECT\n            assumeNotNull(min(%n)) AS bfc_oldest,\n"
	                  "            assumeNotNull(max(%n)) AS bfc_newest,\n"
	                  "            count(%n) AS bfc_valued\n        FROM\n%s\n%s%s",
	                  chunk->column, chunk->column, chunk->column, fill_source(fill, false),
	                  where, more);
}

/* Rows (start, newest): where the first range begins; none when there is nothing. */
static struct str start_sql(struct fill *fill)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	struct graph_build *build = fill->build;
	struct str oldest = as_bound(fill, STR("bfc_oldest"));
	struct str start = aligned(fill, oldest);

	const char *lost = newest_lost(fill);

	if (chunk->from_sql.n)
		start = as_bound(fill, build_text(build, "CAST(%s AS %s)", chunk->from_sql,
		                                  chunk->type.bare));
	return build_text(build,
	                  "    SELECT\n        %s AS start,\n        %s AS last\n    FROM\n    (\n"
	                  "%s\n    )\n    WHERE bfc_valued > 0%z%z%z",
	                  start, as_bound(fill, STR("bfc_newest")), extent_sql(fill),
	                  lost ? "\n        AND throwIf(bfc_valued > 0 AND " : "", lost ? lost : "",
	                  lost ? ", " PASSES_END ") = 0" : "");
}

/* One more than there can be: it has no rows, unless the range before it stopped short at the end
 * of the column's type. */
static struct str count_sql(struct fill *fill)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	unsigned long long every = chunk->every;

	if (!is_time(chunk))
		return build_text(fill->build, "toUInt64(least(intDiv(last - start, %u), %z) + 2)",
		                  every, BOUNDS_MAX);
	return build_text(fill->build,
	                  "toUInt64(least(intDiv(dateDiff('%z', start, last), %u), %z) + 2)",
	                  units[chunk->unit].diff, every, BOUNDS_MAX);
}

static struct str ranges_sql(struct fill *fill)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	struct graph_build *build = fill->build;
	struct str end = end_of_all(fill);
	struct str ends = bound_text(fill, "ends");
	/* What the type can't hold wraps around or stops short when the parameter's text is read,
	 * without a word. */
	struct str lost =
	        build_text(build, "%z%s != toString(CAST(%s AS %s))",
	                   end.n ? "ends <= last AND " : "", ends, ends, fill->chunk_type);

	return build_text(
	        build,
	        "SELECT\n    %s AS %n,\n    %s AS %n,\n    %s AS %n\nFROM\n(\n    SELECT\n"
	        "        number,\n        %s AS begins,\n        %s AS ends,\n        last\n"
	        "    FROM\n    (\n%s\n    )\n    ARRAY JOIN range(%s) AS number\n)\n"
	        "WHERE begins <= last\n"
	        "    AND throwIf(begins <= last AND number >= %z, 'more than %z chunks: take "
	        "larger "
	        "steps') = 0\n"
	        "    AND throwIf(begins <= last AND (ends <= begins OR %s), " PASSES_END ") = 0",
	        bound_text(fill, "begins"), fill->lo,
	        end.n ? build_text(build, "if(ends > last, %s, %s)",
	                           bound_text(fill, arena_strdup(build->arena, end)), ends)
	              : ends,
	        fill->hi, chunk->from_sql.n ? STR("''") : STR("if(number = 0, 'first', '')"),
	        fill->edge, stepped(fill, "number"), stepped(fill, "number + 1"), start_sql(fill),
	        count_sql(fill), BOUNDS_MAX, BOUNDS_MAX, lost);
}

/* One more chunk for rows without a value, when there are any. */
static struct str null_sql(struct fill *fill)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	struct graph_build *build = fill->build;
	struct str where = fill_where(fill, false);
	struct str zero = bound_text(
	        fill, arena_strdup(build->arena, build_text(build, "defaultValueOfTypeName(%q)",
	                                                    fill->chunk_type)));

	return build_text(build,
	                  "SELECT\n    %s AS %n,\n    %s AS %n,\n    'null' AS %n\nFROM\n(\n"
	                  "    SELECT countIf(%n IS NULL) AS bfc_nulls\n    FROM\n%s\n%s\n)\nWHERE "
	                  "bfc_nulls > 0",
	                  zero, fill->lo, zero, fill->hi, fill->edge, chunk->column,
	                  fill_source(fill, false), where);
}

void lower_bounds(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct str outputs[3], sql;
	struct step *probe = fill_preflight_step(fill, STEP_PROBE, "bounds");
	uint32_t at = (uint32_t)fill->lowering->top.list.count - 1;

	outputs[0] = fill->lo = build_param(build, fill->number, "lo");
	outputs[1] = fill->hi = build_param(build, fill->number, "hi");
	outputs[2] = fill->edge = build_param(build, fill->number, "edge");
	fill->chunk_type = fill_type_name(fill, &fill->backfill->chunk.type);
	fill->bounds = probe->id;
	probe->pin = PIN_RUN;
	probe->resume_point = true;
	probe->title =
	        build_text(build, "the ranges of %n, a chunk each", fill->backfill->chunk.column);
	probe->why =
	        STR("Found once and pinned, so that every resume has the same chunks. It reads the "
	            "column of the whole source.");
	sql = ranges_sql(fill);
	if (fill->backfill->nulls == NULLS_HISTORY)
		sql = build_text(build, "SELECT *\nFROM\n(\n%s\nUNION ALL\n%s\n)\n", sql,
		                 null_sql(fill));
	else
		sql = build_text(build, "%s\n", sql);
	sql = build_text(build,
	                 "%sORDER BY\n    %n = 'null' DESC,\n    %n = 'first' DESC,\n    %z\n"
	                 "SETTINGS enable_extended_results_for_datetime_functions = 1",
	                 sql, fill->edge, fill->edge,
	                 arena_strdup(build->arena, build_text(build, "CAST(%n AS %s)", fill->lo,
	                                                       fill->chunk_type)));
	build_outputs(build, probe, outputs, 3);
	build_sql(build, probe, sql);
	for (size_t i = 0; i < fill->preflight.count; i++)
		if (fill->preflight.items[i] != at)
			build_dep(build, probe, fill->preflight.items[i]);
	if (fill->wait != NO_STEP)
		build_dep(build, probe, fill->wait);
}
