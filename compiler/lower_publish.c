/*
 * lower_publish.c: the seal, the moves, and what makes an interrupted move safe to go on with.
 *
 * MOVE PARTITION is not crash-atomic: a server killed in its middle leaves parts in both tables,
 * and moving again doubles them. A part keeps its UUID through a move. So a resume drops from the
 * duplicate what the live table has by UUID, makes sure that nothing hides, and moves the rest.
 *
 * What an inactive part of that UUID in the live table says (measured on 26.7):
 *   remove_time = 0                  a move that failed, a full disk say, was rolled back: it never
 *                                    arrived. Its files come back to life when the server restarts
 *                                    before it has cleaned them up (after some 30 s), and until
 *                                    then another move is refused: `settled` waits for that.
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
#include "compiler/lower_internal.h"

#include "compiler/base/sqltext.h"

enum seal_column {
	SEAL_TABLE,
	SEAL_PARTITION,
	SEAL_PARTS,
	SEAL_ROWS,
	SEAL_BYTES,
	SEAL_UUIDS,
	SEAL_BLOCK
};
enum { SEAL_COLUMNS = SEAL_BLOCK + 1 };

struct publish {
	struct fill *fill;
	struct str seal_id;
	struct str columns[SEAL_COLUMNS];
};

/* `[…]` of the tables with parts: of a template with %s parameter, %q db, %q name. */
static struct str list_of(struct fill *fill,
                          struct str (*item)(struct fill *, const struct staged_table *))
{
	const struct model_closure *closure = &fill->backfill->closure;
	struct buf out;
	struct str text;
	bool first = true;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < closure->table_count; i++) {
		if (!fill->tables[i].has_parts)
			continue;
		if (!first)
			buf_addz(&out, ", ");
		first = false;
		buf_add(&out, item(fill, &fill->tables[i]));
	}
	text = arena_str(fill->build->arena, buf_str(&out));
	buf_release(&out);
	return text;
}

static struct str staged_pair(struct fill *fill, const struct staged_table *staged)
{
	return build_text(fill->build, "(%q, {%s:String})", staged->table->database, staged->param);
}

static struct str live_pair(struct fill *fill, const struct staged_table *staged)
{
	return build_text(fill->build, "(%q, %q)", staged->table->database, staged->table->name);
}

static struct str live_label(struct fill *fill, const struct staged_table *staged)
{
	return build_text(fill->build, "%q",
	                  lower_name(fill->lowering, staged->table->database, staged->table->name));
}

static void lower_seal(struct publish *publish)
{
	static const char *const names[SEAL_COLUMNS] = {
	        "seal_table", "seal_partition", "seal_parts", "seal_rows",
	        "seal_bytes", "seal_uuids",     "seal_block"};
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_PROBE, PHASE_PUBLISH, "seal");
	struct str *c = publish->columns, staged = list_of(fill, staged_pair);

	for (size_t i = 0; i < SEAL_COLUMNS; i++)
		c[i] = build_param(build, fill->number, "%z", names[i]);
	publish->seal_id = step->id;
	step->pin = PIN_SEAL;
	step->resume_point = true;
	step->title = STR("seal the chunk: its parts, by table and partition");
	step->why = STR(
	        "From here on nothing is loaded again: a resume goes on with the moves. It reads "
	        "only; what it finds is written to the journal before the first move.");
	build_outputs(build, step, c, SEAL_COLUMNS);
	build_sql(
	        build, step,
	        build_text(
	                build,
	                "SELECT\n    [%s][position] AS %n,\n    partition_id AS %n,\n"
	                "    count() AS %n,\n    sum(rows) AS %n,\n    sum(bytes_on_disk) AS %n,\n"
	                "    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS %n,\n"
	                "    any(live.block) AS %n\nFROM\n(\n    SELECT\n"
	                "        indexOf([%s], (database, table)) AS position,\n"
	                "        partition_id, rows, bytes_on_disk, uuid\n    FROM system.parts\n"
	                "    WHERE active\n        AND rows > 0\n"
	                "        AND (database, table) IN (%s)\n) AS staged\nLEFT JOIN\n(\n    "
	                "SELECT\n"
	                "        indexOf([%s], (database, table)) AS position,\n"
	                "        max(max_block_number) AS block\n    FROM system.parts\n"
	                "    WHERE (database, table) IN (%s)\n    GROUP BY position\n"
	                ") AS live ON live.position = staged.position\n"
	                "GROUP BY position, partition_id\nORDER BY position, partition_id",
	                list_of(fill, live_label), c[0], c[1], c[2], c[3], c[4], c[5], c[6], staged,
	                staged, list_of(fill, live_pair), list_of(fill, live_pair)));
}

/* A loop over the seal's rows of one table, with a body of one step. */
static struct step *seal_loop(struct publish *publish, const struct staged_table *staged,
                              const char *name, struct step **each)
{
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	struct step_list body = {{0}};
	struct step *step;

	*each = fill_body_step(fill, STEP_EACH, PHASE_PUBLISH, "%z.%s", name, staged->table->name);
	(*each)->each->kind = EACH_ROWS;
	(*each)->each->over = publish->seal_id;
	(*each)->each->columns = arena_array(build->arena, struct str, SEAL_COLUMNS);
	memcpy((*each)->each->columns, publish->columns, sizeof(publish->columns));
	(*each)->each->column_count = SEAL_COLUMNS;
	(*each)->each->only_column = publish->columns[SEAL_TABLE];
	(*each)->each->only_value =
	        lower_name(fill->lowering, staged->table->database, staged->table->name);
	step = build_step(build, &body, STEP_RUN, PHASE_PUBLISH,
	                  build_id(build, "b%u.chunk.%z.%s.one", (unsigned long long)fill->number,
	                           name, staged->table->name));
	step->origin = fill->origin;
	(*each)->each->body = (const struct step **)body.list.items;
	(*each)->each->body_count = 1;
	return step;
}

/* What a move that failed left behind: the chunk's parts in the live tables, and in the duplicates
 * the empty parts that were to take their places. */
static struct str rolled_back(struct fill *fill)
{
	struct str staged = list_of(fill, staged_pair), live = list_of(fill, live_pair);

	return build_text(fill->build,
	                  "FROM system.parts\n        WHERE NOT active\n"
	                  "            AND _state != 'Temporary'\n"
	                  "            AND toUInt32(remove_time) = 0\n"
	                  "            AND ((database, table) IN (%s)\n"
	                  "                AND uuid IN\n                (\n"
	                  "                    SELECT uuid\n                    FROM system.parts\n"
	                  "                    WHERE active\n                        AND rows > 0\n"
	                  "                        AND (database, table) IN (%s)\n"
	                  "                )\n                OR (database, table, "
	                  "min_block_number) IN\n                (\n"
	                  "                    SELECT database, table, min_block_number\n"
	                  "                    FROM system.parts\n"
	                  "                    WHERE active\n                        AND rows > 0\n"
	                  "                        AND (database, table) IN (%s)\n"
	                  "                ))",
	                  live, staged, staged);
}

/* Less than the executor waits for the answer to a question. */
enum { SETTLE_SECONDS = 50 };

/* Each turn of a recursive query reads system.parts again; a sub-query in WITH is read but once. */
static void lower_settled(struct publish *publish)
{
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_ASSERT, PHASE_PUBLISH, "settled");
	struct str parts = rolled_back(fill);

	step->when = WHEN_RESUMED;
	step->title = STR("wait until nothing is left of a move that failed");
	step->why = STR(
	        "A move that could not be finished, for want of space say, was rolled back. Its "
	        "parts stay inactive until the server has cleaned them up, in half a minute as a "
	        "rule: a part moved again would be double if the server restarted before. It looks "
	        "once a second and reads only.");
	step->hint = STR(
	        "nothing was touched: the staged tables hold the rest of the chunk. The server "
	        "cleans up by itself, unless a long query still reads these parts; then run the "
	        "same command again");
	build_sql(build, step,
	          build_text(build,
	                     "WITH RECURSIVE waited AS\n(\n    SELECT toUInt64(0) AS turn, parts\n"
	                     "    FROM\n    (\n        SELECT count() AS parts\n        %s\n"
	                     "    ) AS seen\n    UNION ALL\n    SELECT turn + 1, seen.parts\n"
	                     "    FROM waited,\n    (\n"
	                     "        SELECT count() AS parts, any(sleep(1)) AS slept\n        %s\n"
	                     "    ) AS seen\n    WHERE waited.parts > 0\n        AND turn < %u\n"
	                     "        AND seen.slept = 0\n)\n"
	                     "SELECT\n    argMax(parts, turn) = 0 AS ok,\n"
	                     "    concat(toString(argMax(parts, turn)), ' parts of a move that "
	                     "failed are not cleaned up yet') AS message\nFROM waited",
	                     parts, parts, (unsigned long long)SETTLE_SECONDS));
}

static void lower_already(struct publish *publish, const struct staged_table *staged)
{
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	const struct model_table *table = staged->table;
	struct str part = build_param(build, fill->number, "already_part_%s", table->name);
	struct step *probe =
	        fill_body_step(fill, STEP_PROBE, PHASE_PUBLISH, "already.%s", table->name);
	struct step *each, *drop;
	struct step_list body = {{0}};

	probe->when = WHEN_RESUMED;
	probe->pin = PIN_NEVER;
	probe->title = build_text(build, "parts that an interrupted move brought to %n.%n already",
	                          table->database, table->name);
	probe->why = STR(
	        "A part keeps its UUID through a move. What the live table has, or had until a "
	        "merge "
	        "or the like took its place, has arrived. What a move that failed brought has not. "
	        "It reads only.");
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
	                  part, table->database, staged->param, table->database, table->name));
	each = fill_body_step(fill, STEP_EACH, PHASE_PUBLISH, "arrived.%s", table->name);
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
	                  build_id(build, "b%u.chunk.arrived.%s.drop",
	                           (unsigned long long)fill->number, table->name));
	drop->origin = fill->origin;
	drop->repeat = REPEAT_OBSERVES_FIRST;
	drop->title = STR("drop one part that has arrived");
	drop->why = STR("Its rows are in the live table.");
	build_sql(build, drop,
	          build_text(build, "ALTER TABLE %s\nDROP PART {%s:String}",
	                     fill_staged_name(fill, table->database, staged->param), part));
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
	       (backfill->chunk.kind == CHUNK_COLUMN || backfill->chunk.kind == CHUNK_NONE);
}

static void lower_evidence(struct publish *publish, const struct staged_table *staged)
{
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	const struct model_table *table = staged->table;
	struct str *c = publish->columns, counted = STR("");
	struct step *each, *step = seal_loop(publish, staged, "evidence", &each);

	each->when = WHEN_RESTARTED;
	each->repeat = REPEAT_READ_ONLY;
	each->title = build_text(build, "nothing of the rest is hidden in %n.%n", table->database,
	                         table->name);
	each->why = STR(
	        "After a restart of the server a moved part may have been merged away and its UUID "
	        "forgotten. Moving it again would double it, and dropping one that never arrived "
	        "would lose it, so a doubt stops the run. It reads only.");
	step->kind = STEP_ASSERT;
	step->repeat = REPEAT_READ_ONLY;
	step->title = STR("one partition: nothing is left, or nothing can hide what is left");
	step->why = STR(
	        "A merged or mutated part that reaches beyond the seal's last block number could "
	        "hide a moved part, unless every block that it covers is listed as it was "
	        "inserted. "
	        "A part that was inactive already when the server started may have been merged or "
	        "rolled back.");
	step->hint = STR(
	        "nothing was touched: the staged tables hold the rest of the chunk. Compare the "
	        "partition with its source; when the rest is missing in the live table, move it "
	        "with ALTER TABLE … MOVE PARTITION, when it is there, drop it from the staged "
	        "table; then run the same command again");
	step->why = build_text(
	        build, "%s %z", step->why,
	        is_exclusive(fill, table)
	                ? "A doubt is settled by counting the live rows of the chunk's own range: "
	                  "with those still staged they are the seal's."
	                : "Which live rows are this chunk's can't be told here by a condition, so "
	                  "a "
	                  "doubt stays one.");
	if (is_exclusive(fill, table))
		counted = build_text(build,
		                     "\n        OR left_rows + (\n            SELECT count()\n"
		                     "            FROM %n.%n\n            WHERE _partition_id = "
		                     "{%s:String}\n            AND %s\n        ) = {%s:UInt64}",
		                     table->database, table->name, c[SEAL_PARTITION],
		                     fill_live_range(fill), c[SEAL_ROWS]);
	build_sql(
	        build, step,
	        build_text(
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
	                table->database, staged->param, c[SEAL_PARTITION], table->database,
	                table->name, c[SEAL_BLOCK], table->database, table->name, c[SEAL_PARTITION],
	                c[SEAL_BLOCK], c[SEAL_BLOCK], table->database, staged->param, counted,
	                c[SEAL_PARTITION], c[SEAL_ROWS], staged->param,
	                build_text(build, ", and %n.%n has parts that may hold them already: ",
	                           table->database, table->name)));
}

static void lower_move(struct publish *publish, const struct staged_table *staged)
{
	struct fill *fill = publish->fill;
	const struct model_table *table = staged->table;
	struct step *each, *step = seal_loop(publish, staged, "move", &each);

	each->repeat = step->repeat = REPEAT_MOVES_REST;
	each->title =
	        build_text(fill->build, "move the chunk into %n.%n", table->database, table->name);
	each->why = STR(
	        "A move renames parts: no row is copied, no view fires, readers see each partition "
	        "of the chunk at once. What was moved is gone from the duplicate, so repeating "
	        "moves only what is left.");
	step->title = STR("move one partition");
	step->why = STR("An empty or missing partition is moved without effect.");
	build_sql(fill->build, step,
	          build_text(fill->build,
	                     "ALTER TABLE %s\nMOVE PARTITION ID {%s:String} TO TABLE %n.%n",
	                     fill_staged_name(fill, table->database, staged->param),
	                     publish->columns[SEAL_PARTITION], table->database, table->name));
}

static void lower_moved(struct publish *publish)
{
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_ASSERT, PHASE_PUBLISH, "moved");

	step->title = STR("nothing of the chunk is left behind");
	step->why = STR("The duplicates are dropped next. It reads only.");
	step->hint = STR("the staged tables keep what is left; run the same command again");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    count() = 0 AS ok,\n"
	                     "    concat('left behind: ', toString(sum(rows)), ' rows in ', "
	                     "arrayStringConcat(groupUniqArray(table), ', ')) AS message\n"
	                     "FROM system.parts\nWHERE active\n    AND rows > 0\n"
	                     "    AND (database, table) IN (%s)",
	                     list_of(fill, staged_pair)));
}

void lower_publish(struct fill *fill)
{
	struct publish publish = {.fill = fill};
	const struct model_closure *closure = &fill->backfill->closure;

	lower_seal(&publish);
	lower_settled(&publish);
	for (size_t i = 0; i < closure->table_count; i++) {
		if (!fill->tables[i].has_parts)
			continue;
		lower_already(&publish, &fill->tables[i]);
		lower_evidence(&publish, &fill->tables[i]);
		lower_move(&publish, &fill->tables[i]);
	}
	lower_moved(&publish);
}
