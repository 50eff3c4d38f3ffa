/*
 * lower_halves.c: two chunks in the place of one that the server has no memory for.
 *
 * A query over the chunk's own row, of the same columns: it reads no history, so that it can't fail
 * as the chunk did, and its rows are journaled, so that it is asked once. A range is halved in the
 * middle of its values; its edge goes with the half that keeps it. Of files, each half names its
 * own; other braces of the pattern stay. A partition, NULLs and a chunk without ends to speak of stay
 * whole.
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

void lower_halves(struct fill *fill)
{
	bool files = fill->backfill->chunk.kind == CHUNK_FILES;
	struct graph_build *build = fill->build;
	struct str outputs[3];
	struct step *step;

	if (fill->backfill->chunk.kind != CHUNK_COLUMN && !files)
		return;
	step = fill_body_step(fill, STEP_PROBE, PHASE_STAGE, "halves");
	step->when = WHEN_SPLIT;
	step->pin = PIN_ATTEMPT;
	step->title = STR("two chunks in the place of one that does not fit in memory");
	step->why =
	        STR("Only when the server has no memory for the chunk, with one thread and small "
	            "blocks either. The journal has its rows before they are loaded. It reads "
	            "only.");
	outputs[0] = files ? fill->files : fill->lo;
	outputs[1] = files ? fill->files_expected : fill->hi;
	outputs[2] = fill->edge;
	build_outputs(build, step, outputs, files ? 2 : 3);
	build_sql(build, step,
	          !files                   ? range_sql(fill)
	          : fill_lists_files(fill) ? listed_sql(fill)
	                                   : files_sql(fill));
}
