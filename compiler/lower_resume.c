/*
 * lower_resume.c: what makes an interrupted move safe to go on with.
 *
 * A part keeps its UUID through a move. So a resume drops from the duplicate what the live table has by
 * UUID, makes sure that nothing hides, and moves the rest.
 *
 * What an inactive part of that UUID in the live table says (measured on 26.7):
 *   remove_time = 0                  a move that failed, a full disk say, was rolled back: it never
 *                                    arrived. Its files come back to life when the server restarts
 *                                    before it has cleaned them up (after 30 s to 5 minutes), and
 *                                    until then another move is refused: `settled` waits.
 *   later than modification_time,    it was active and something took its place (a merge, a
 *   or later than the server's start mutation, somebody's DROP): it had arrived.
 *   as modification_time             this start of the server found it covered by another part. It
 *                                    was merged into that one, or was rolled back and a merge
 *                                    reached across it: not told here, `evidence` decides.
 *
 * What can hide: a moved part whose row in system.parts is gone, because it was merged away or
 * mutated and the inactive part was cleaned up since. A moved part gets a block number above every
 * one that the live table had at the seal (block numbers are given out over the whole table). So
 * only a merged or mutated active part that reaches beyond that number can hold it; and it does not
 * when each block number that it covers beyond the seal is still listed, as a part as it was
 * inserted: those were compared by UUID.
 */
#include "compiler/lower_publish.h"

/* What a move that failed left behind: the chunk's parts in the live tables, and in the duplicates
 * the empty parts that were to take their places. */
static struct str rolled_back(struct fill *fill)
{
	struct str staged = publish_staged(fill), live = publish_live(fill);

	return build_text(
	        fill->build,
	        "FROM system.parts\nWHERE NOT active\n"
	        "    AND _state != 'Temporary'\n"
	        "    AND toUInt32(remove_time) = 0\n"
	        "    AND ((database, table) IN (%s)\n"
	        "        AND uuid IN\n        (\n"
	        "            SELECT uuid\n            FROM system.parts\n"
	        "            WHERE active\n                AND rows > 0\n"
	        "                AND (database, table) IN (%s)\n"
	        "        )\n        OR (database, table, min_block_number) IN\n        (\n"
	        "            SELECT database, table, min_block_number\n"
	        "            FROM system.parts\n"
	        "            WHERE active\n                AND rows > 0\n"
	        "                AND (database, table) IN (%s)\n        ))",
	        live, staged, staged);
}

void lower_settled(struct publish *publish)
{
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_GATE, PHASE_PUBLISH, "settled");

	step->when = WHEN_RESUMED;
	step->title = STR("nothing is left of a move that failed");
	step->why = STR(
	        "A move that could not be finished, for want of space say, was rolled back. Its "
	        "parts stay inactive until the server has cleaned them up, which takes half a "
	        "minute, and up to five (max_cleanup_delay_period) where little happens to the "
	        "tables: a part moved again would be double if the server restarted before. It "
	        "reads only.");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    count() = 0 AS ok,\n"
	                     "    concat(toString(count()), ' parts of a move that failed are not "
	                     "cleaned up by the server yet') AS message\n%s",
	                     rolled_back(fill)));
}

static struct step *lower_arrived_parts(struct publish *publish, const struct staged_table *staged)
{
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	const struct model_table *table = staged->table;
	struct str part = build_param(build, fill->number, "already_part_%s", table->name);
	struct step *probe =
	        fill_body_step(fill, STEP_PROBE, PHASE_PUBLISH, "already.%s", table->name);

	probe->when = WHEN_RESUMED;
	probe->pin = PIN_NEVER;
	probe->title = build_text(build, "parts that an interrupted move brought to %n.%n already",
	                          table->database, staged->to);
	probe->why = STR("A part keeps its UUID through a move. What the live table has, or had "
	                 "until a merge or the like took its place, has arrived. What a move that "
	                 "failed brought has not. It reads only.");
	build_outputs(build, probe, &part, 1);
	build_sql(build, probe,
	          build_text(
	                  build,
	                  "SELECT name AS %n\nFROM system.parts\nWHERE active\n    AND rows > 0\n"
	                  "    AND database = %q\n    AND table = {%s:String}\n"
	                  "    AND uuid IN\n    (\n        SELECT uuid\n        FROM system.parts\n"
	                  "        WHERE database = %q\n            AND table = %q\n"
	                  "            AND (active\n"
	                  "                OR remove_time > modification_time\n"
	                  "                OR remove_time > now() - uptime() + 1)\n"
	                  "    )\nORDER BY name",
	                  part, table->database, staged->param, table->database, staged->to));
	return probe;
}

void lower_already(struct publish *publish, const struct staged_table *staged)
{
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	const struct model_table *table = staged->table;
	struct step *probe = lower_arrived_parts(publish, staged);
	struct step *each =
	        fill_body_step(fill, STEP_EACH, PHASE_PUBLISH, "arrived.%s", table->name);
	struct step_list body = {{0}};
	struct step *drop;

	each->when = WHEN_RESUMED;
	each->repeat = REPEAT_OBSERVES_FIRST;
	each->title = STR("take them out of the duplicate");
	each->why =
	        STR("Moved again they would be double. The list is asked anew each time, so a part "
	            "is dropped only while the live table has it.");
	each->each->kind = EACH_ROWS;
	each->each->over = probe->id;
	each->each->columns = probe->outputs;
	each->each->column_count = 1;
	drop = build_step(build, &body, STEP_RUN, PHASE_PUBLISH,
	                  build_id(build, "b%u.%z.arrived.%s.drop",
	                           (unsigned long long)fill->number, fill->part, table->name));
	drop->origin = fill->origin;
	drop->repeat = REPEAT_OBSERVES_FIRST;
	drop->title = STR("drop one part that has arrived");
	drop->why = STR("Its rows are in the live table.");
	build_sql(build, drop,
	          build_text(build, "ALTER TABLE %s\nDROP PART {%s:String}",
	                     fill_staged_name(fill, table->database, staged->param),
	                     probe->outputs[0]));
	each->each->body = (const struct step **)body.list.items;
	each->each->body_count = 1;
}

/* Whether the live rows of a chunk's range are this chunk's alone, so that counting them decides.
 */
static bool is_exclusive(const struct fill *fill, const struct model_table *table)
{
	const struct model_backfill *backfill = fill->backfill;

	return table == backfill->table && str_is(table->engine, "MergeTree") && !table->ttl.n &&
	       backfill->split.kind != SPLIT_NONE && !backfill->split.overlap_is_fine &&
	       backfill->nulls != NULLS_HISTORY &&
	       (backfill->chunk.kind == CHUNK_COLUMN || backfill->chunk.kind == CHUNK_NONE ||
	        publish_is_last(fill));
}

/* What settles a doubt where a condition can say which live rows are the chunk's. */
static struct str counted_sql(struct publish *publish, const struct staged_table *staged)
{
	struct fill *fill = publish->fill;
	const struct model_table *table = staged->table;

	if (!is_exclusive(fill, table))
		return STR("");
	return build_text(fill->build,
	                  "\n        OR left_rows + (\n            SELECT count()\n"
	                  "            FROM %n.%n\n            WHERE _partition_id = "
	                  "{%s:String}\n            AND %s\n        ) = {%s:UInt64}",
	                  table->database, staged->to, publish->columns[SEAL_PARTITION],
	                  fill_live_range(fill), publish->columns[SEAL_ROWS]);
}

static struct str evidence_sql(struct publish *publish, const struct staged_table *staged)
{
	struct graph_build *build = publish->fill->build;
	const struct model_table *table = staged->table;
	const struct str *c = publish->columns;

	return build_text(
	        build,
	        "WITH\n    (\n        SELECT sum(rows)\n        FROM system.parts\n"
	        "        WHERE active\n            AND database = %q\n"
	        "            AND table = {%s:String}\n"
	        "            AND partition_id = {%s:String}\n    ) AS left_rows,\n    (\n"
	        "        SELECT arraySort(groupUniqArray(min_block_number))\n"
	        "        FROM system.parts\n        WHERE database = %q\n"
	        "            AND table = %q\n            AND level = 0\n"
	        "            AND min_block_number = max_block_number\n"
	        "            AND data_version = min_block_number\n"
	        "            AND min_block_number > {%s:Int64}\n    ) AS listed,\n    (\n"
	        "        SELECT groupArray(name)\n        FROM system.parts\n"
	        "        WHERE database = %q\n            AND table = %q\n"
	        "            AND partition_id = {%s:String}\n"
	        "            AND (active\n"
	        "                AND max_block_number > {%s:Int64}\n"
	        "                AND (level > 0 OR data_version != min_block_number)\n"
	        "                AND length(arrayFilter(block -> block BETWEEN "
	        "min_block_number AND "
	        "max_block_number, listed))\n"
	        "                    != max_block_number - greatest(min_block_number - 1, "
	        "{%s:Int64})\n"
	        "                OR uuid IN\n                (\n"
	        "                    SELECT uuid\n                    FROM system.parts\n"
	        "                    WHERE active\n"
	        "                        AND rows > 0\n"
	        "                        AND database = %q\n"
	        "                        AND table = {%s:String}\n"
	        "                ))\n    ) AS doubtful\n"
	        "SELECT\n    left_rows = 0\n        OR empty(doubtful)%s AS ok,\n"
	        "    concat('partition ', {%s:String}, ': ', toString(left_rows), ' of ', "
	        "{%s:String}, ' rows are still staged in ', {%s:String},\n"
	        "        %q, "
	        "arrayStringConcat(doubtful, ', ')) AS message",
	        table->database, staged->param, c[SEAL_PARTITION], table->database, staged->to,
	        c[SEAL_BLOCK], table->database, staged->to, c[SEAL_PARTITION], c[SEAL_BLOCK],
	        c[SEAL_BLOCK], table->database, staged->param, counted_sql(publish, staged),
	        c[SEAL_PARTITION], c[SEAL_ROWS], staged->param,
	        build_text(build, ", and %n.%n has parts that may hold them already: ",
	                   table->database, staged->to));
}

void lower_evidence(struct publish *publish, const struct staged_table *staged)
{
	struct graph_build *build = publish->fill->build;
	const struct model_table *table = staged->table;
	struct step *each, *step = publish_loop(publish, staged, "evidence", &each);

	each->when = WHEN_RESTARTED;
	each->repeat = REPEAT_READ_ONLY;
	each->title = build_text(build, "nothing of the rest is hidden in %n.%n", table->database,
	                         staged->to);
	each->why = STR(
	        "After a restart of the server a moved part may have been merged away and its UUID "
	        "forgotten. Moving it again would double it, and dropping one that never arrived "
	        "would lose it, so a doubt stops the run. It reads only.");
	step->kind = STEP_ASSERT;
	step->repeat = REPEAT_READ_ONLY;
	step->title = STR("one partition: nothing is left, or nothing can hide what is left");
	step->why = build_text(
	        build,
	        "A merged or mutated part that reaches beyond the seal's last block number could "
	        "hide a moved part, unless every block that it covers is listed as it was "
	        "inserted. A part that was inactive already when the server started may have been "
	        "merged or rolled back. %z",
	        is_exclusive(publish->fill, table)
	                ? "A doubt is settled by counting the live rows of the chunk's own range: "
	                  "with those still staged they are the seal's."
	                : "Which live rows are this chunk's can't be told here by a condition, so "
	                  "a doubt stays one.");
	step->hint = STR(
	        "nothing was touched: the staged tables hold the rest of the chunk. Compare the "
	        "partition with its source; when the rest is missing in the live table, move it "
	        "with ALTER TABLE … MOVE PARTITION, when it is there, drop it from the staged "
	        "table; then run the same command again");
	build_sql(build, step, evidence_sql(publish, staged));
}
