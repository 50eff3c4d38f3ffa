/*
 * lower_halves.c: two chunks in the place of one that the server has no memory for.
 *
 * A query over the chunk's own row, of the same columns: it reads no history, so that it can't fail
 * as the chunk did, and its rows are journaled, so that it is asked once. A range is halved in the
 * middle of its values; its edge goes with the half that keeps it. Of files, each half names its
 * own; other braces of the pattern stay. A partition is halved by rows, at the key of one of its
 * granules, which the table's index has (measured on 26.7: mergeTreeIndex() takes a parameter, and needs no
 * more rights than the table). So a single granule stays whole; as do a partition whose key is the same
 * in all of them, NULLs and a chunk without ends to speak of.
 */
#include "compiler/lower_internal.h"

/* Measured on 26.7: toInt64() of a Date, Date32, DateTime and DateTime64 is days or seconds, and the
 * cast back is the same day or second; the wider integers need toInt256(), which DateTime64 lacks. */
static struct str middle(struct fill *fill)
{
	const char *number = fill->backfill->chunk.unit != UNIT_NONE ? "toInt64" : "toInt256";
	struct graph_build *build = fill->build;

	return point_cast_nullable(fill, &fill->chunk_point,
	                           build_text(build, "intDiv(%z(%s) + %z(%s) + 1, 2)", number,
	                                      point_pinned(fill, &fill->chunk_point, fill->lo),
	                                      number,
	                                      point_pinned(fill, &fill->chunk_point, fill->hi)));
}

/* The last range has its newest row in it: {hi} is no end of it. */
static struct str range_sql(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct str text = point_text(fill, &fill->chunk_point, STR("assumeNotNull(middle)"));

	return build_text(build,
	                  "SELECT\n    if(half = 1, {%s:String}, %s) AS %n,\n"
	                  "    if(half = 1, %s, {%s:String}) AS %n,\n    multiIf(\n"
	                  "        half = 1 AND {%s:String} IN ('first', 'only'), 'first',\n"
	                  "        half = 2 AND {%s:String} IN ('last', 'only'), 'last',\n"
	                  "        '') AS %n\nFROM\n(\n    SELECT\n        %s AS middle,\n"
	                  "        arrayJoin([1, 2]) AS half\n)\nWHERE {%s:String} != 'null'\n"
	                  "    AND middle > %s\n"
	                  "    AND (middle < %s OR {%s:String} IN ('last', 'only'))\nORDER BY half",
	                  fill->lo, text, fill->lo, text, fill->hi, fill->hi, fill->edge,
	                  fill->edge, fill->edge, middle(fill), fill->edge,
	                  point_pinned(fill, &fill->chunk_point, fill->lo),
	                  point_pinned(fill, &fill->chunk_point, fill->hi), fill->edge);
}

/* {000..009} or {a,b}, the first of them: {000,001,…} and the rest, or the one name that is left. */
static struct str files_sql(struct fill *fill)
{
	return build_text(
	        fill->build,
	        "WITH\n    extractGroups({%s:String}, '^([^{}]*)\\\\{([^{}]+)\\\\}(.*)$') AS "
	        "parts,\n"
	        "    splitByString('..', parts[2]) AS ends,\n"
	        "    if(length(ends) = 2,\n"
	        "        arrayMap(n -> leftPad(toString(n), length(ends[1]), '0'),\n"
	        "            range(toUInt64OrZero(ends[1]), toUInt64OrZero(ends[2]) + 1)),\n"
	        "        splitByChar(',', parts[2])) AS names,\n"
	        "    intDiv(length(names) + 1, 2) AS middle\n"
	        "SELECT\n    concat(parts[1],\n"
	        "        if(length(own) = 1, own[1], concat('{', arrayStringConcat(own, ','), "
	        "'}')),\n"
	        "        parts[3]) AS %n,\n"
	        "    toString(intDiv({%s:UInt64} * length(own), length(names))) AS %n\n"
	        "FROM\n(\n    SELECT\n"
	        "        arrayJoin([arraySlice(names, 1, middle), arraySlice(names, middle + 1)]) "
	        "AS own\n)\nWHERE length(names) > 1",
	        fill->files, fill->files, fill->files_expected, fill->files_expected);
}

/* Of listed paths each half has its own; an archive's entries can't be told apart by their number. */
static struct str listed_sql(struct fill *fill)
{
	return build_text(
	        fill->build,
	        "WITH\n    splitByChar('\\n', {%s:String}) AS paths,\n"
	        "    intDiv(length(paths) + 1, 2) AS middle\n"
	        "SELECT\n    arrayStringConcat(own, '\\n') AS %n,\n"
	        "    toString(length(own)) AS %n\nFROM\n(\n    SELECT\n"
	        "        arrayJoin([arraySlice(paths, 1, middle), arraySlice(paths, middle + 1)]) "
	        "AS own\n)\nWHERE length(paths) > 1 AND length(paths) = {%s:UInt64}",
	        fill->files, fill->files, fill->files_expected, fill->files_expected);
}

/* A granule's key is that of its first row: with one that is above the least, no half is empty. A key
 * that is no text, or a very long one, is left alone. */
static struct str partition_sql(struct fill *fill)
{
	const struct model_table *table = fill->backfill->chunk.table;
	struct point *point = &fill->chunk_point;
	struct graph_build *build = fill->build;
	struct str name = fill->frozen.n ? build_text(build, "{%s:String}", fill->frozen)
	                                 : build_text(build, "%q", table->name);
	struct str text = point_text(fill, point, STR("middle"));

	return build_text(
	        build,
	        "SELECT\n    {%s:String} AS %n,\n    if(half = 1, {%s:String}, %s) AS %n,\n"
	        "    if(half = 1, %s, {%s:String}) AS %n,\n    multiIf(\n"
	        "        half = 1 AND {%s:String} IN ('first', 'only'), 'first',\n"
	        "        half = 2 AND {%s:String} IN ('last', 'only'), 'last',\n        '') AS %n\n"
	        "FROM\n(\n    SELECT\n        argMin(key, abs(toInt64(total) - 2 * "
	        "toInt64(before))) "
	        "AS middle,\n        arrayJoin(if(count() = 0, [], [1, 2])) AS half\n    FROM\n    "
	        "(\n        SELECT\n            key, min(key) OVER () AS least, sum(granule) OVER "
	        "() "
	        "AS total,\n            sum(granule) OVER (ORDER BY key) - granule AS before\n"
	        "        FROM\n        (\n            SELECT\n                marks.%n AS key, "
	        "sum(rows_in_granule) AS granule\n            FROM mergeTreeIndex(%q, %s) AS "
	        "marks\n"
	        "            WHERE rows_in_granule > 0\n                AND part_name IN\n"
	        "                (\n                    SELECT name\n                    FROM "
	        "system.parts\n                    WHERE active\n                        AND "
	        "database = %q\n                        AND table = %s\n                        "
	        "AND "
	        "partition_id = {%s:String}\n                )\n                AND (marks.%n >= "
	        "%s OR "
	        "{%s:String} IN ('first', 'only'))\n                AND (marks.%n < %s OR "
	        "{%s:String} IN "
	        "('last', 'only'))\n                AND isValidUTF8(toString(marks.%n))\n          "
	        "      "
	        "AND length(toString(marks.%n)) < 1000\n            GROUP BY key\n        )\n    "
	        ")\n"
	        "    WHERE key > least\n)\nORDER BY half",
	        fill->partition, fill->partition, fill->lo, text, fill->lo, text, fill->hi,
	        fill->hi, fill->edge, fill->edge, fill->edge, point->column, table->database, name,
	        table->database, name, fill->partition, point->column,
	        point_pinned(fill, point, fill->lo), fill->edge, point->column,
	        point_pinned(fill, point, fill->hi), fill->edge, point->column, point->column);
}

void lower_halves(struct fill *fill)
{
	enum ast_chunk_kind kind = fill->backfill->chunk.kind;
	struct graph_build *build = fill->build;
	struct str outputs[4], text;
	size_t count = 0;
	struct step *step;

	if (kind != CHUNK_COLUMN && kind != CHUNK_FILES && !fill_splits_partitions(fill))
		return;
	step = fill_body_step(fill, STEP_PROBE, PHASE_STAGE, "halves");
	step->when = WHEN_SPLIT;
	step->pin = PIN_ATTEMPT;
	step->title = STR("two chunks in the place of one that does not fit in memory");
	step->why =
	        STR("Only when the server has no memory for the chunk, with one thread and small "
	            "blocks either. The journal has its rows before they are loaded. It reads "
	            "only.");
	if (kind == CHUNK_FILES) {
		text = fill_lists_files(fill) ? listed_sql(fill) : files_sql(fill);
		outputs[count++] = fill->files;
		outputs[count++] = fill->files_expected;
	} else {
		text = kind == CHUNK_PARTITION ? partition_sql(fill) : range_sql(fill);
		if (kind == CHUNK_PARTITION)
			outputs[count++] = fill->partition;
		outputs[count++] = fill->lo;
		outputs[count++] = fill->hi;
		outputs[count++] = fill->edge;
	}
	build_outputs(build, step, outputs, count);
	build_sql(build, step, text);
}
