/*
 * lower_pause_proof.c: what is asked and linked while ingest is paused: metadata alone.
 */
#include "compiler/lower_pause.h"

/*
 * Which table an INSERT is into, as formatQuerySingleLine() writes it; parameters are in the text of
 * system.processes as their values. What is no plain name (a function) has none.
 */
#define INSERT_TARGET                                                                              \
	"'^INSERT INTO (?:(`[^`\\\\\\\\]*`|\\\\w+)\\\\.)?(`[^`\\\\\\\\]*`|\\\\w+)(?: |$)'"

/*
 * (inserts, waiting, who). Our own feed no source. An INSERT whose text has a feeder's name is one of
 * ours, unless it is known to be into another table, which keeps what it gets. Not known is what a
 * Distributed or a Buffer table does with it, and what a flush of asynchronous rows means by a bare name.
 */
static struct str under_way(struct pausing *pausing)
{
	return build_text(
	        pausing->fill->build,
	        "        (\n            WITH\n"
	        "                extractGroups(ifNull(formatQuerySingleLineOrNull(query), ''),\n"
	        "                    " INSERT_TARGET ") AS target,\n"
	        "                if(target[1] = '' AND query_kind = 'Insert', "
	        "current_database,\n"
	        "                    replaceAll(target[1], '`', '')) AS in_database,\n"
	        "                replaceAll(target[2], '`', '') AS in_table\n"
	        "            SELECT count()\n            FROM system.processes\n"
	        "            WHERE query_kind IN ('Insert', 'AsyncInsertFlush')\n"
	        "                AND NOT startsWith(query_id, 'bfc-%z-')\n"
	        "                AND multiSearchAny(query, {%s:Array(String)})\n"
	        "                AND (in_table = 'FUNCTION'\n"
	        "                    OR has({%s:Array(String)}, concat(in_database, '.', "
	        "in_table))\n"
	        "                    OR (in_database, in_table) NOT IN\n"
	        "                    (\n"
	        "                        SELECT database, name\n"
	        "                        FROM system.tables\n"
	        "                        WHERE engine LIKE '%%MergeTree' OR engine IN ('Null', "
	        "'Memory')\n"
	        "                    ))\n"
	        "        ) AS inserts,\n"
	        "        (\n            SELECT count()\n            FROM "
	        "system.asynchronous_inserts\n"
	        "            WHERE has({%s:Array(String)}, table)\n"
	        "                AND (database = '' OR has({%s:Array(String)}, concat(database, "
	        "'.', table)))\n        ) AS waiting",
	        pausing->fill->lowering->graph->tag, pausing->feeders, pausing->fed_by,
	        pausing->feeders, pausing->fed_by);
}

/* The highest block of each partition, as one figure: an INSERT changes it, a merge does not. */
static struct str blocks_of(struct pausing *pausing, struct str pairs)
{
	return build_text(
	        pausing->fill->build,
	        "(\n            SELECT toString(cityHash64(arraySort(groupArray((database, "
	        "table, partition_id, block)))))\n            FROM\n            (\n"
	        "                SELECT database, table, partition_id, "
	        "max(max_block_number) AS block\n"
	        "                FROM system.parts\n"
	        "                WHERE active AND rows > 0 AND (database, table) IN (%s)\n"
	        "                GROUP BY database, table, partition_id\n"
	        "            )\n        )",
	        pairs);
}

static struct str source_pair(struct pausing *pausing)
{
	return build_text(pausing->fill->build, "(%q, %q)", pausing->table->database,
	                  pausing->table->name);
}

struct str pause_targets(struct pausing *pausing)
{
	const struct model_closure *closure = &pausing->fill->backfill->closure;
	struct str pairs = STR("");

	for (size_t i = 0; i < closure->table_count; i++)
		pairs = build_text(pausing->fill->build, "%s%z(%q, %q)", pairs, i ? ", " : "",
		                   closure->tables[i]->database, closure->tables[i]->name);
	return pairs;
}

void pause_quiet(struct pausing *pausing)
{
	struct graph_build *build = pausing->fill->build;
	struct step *step = pause_chain(pausing, STEP_GATE, STR("quiet"));

	if (!pausing->guard->opens.n)
		pausing->guard->opens = step->id;
	step->gate = GATE_STILL;
	step->title = build_text(build, "no row comes to %n.%n any more", pausing->table->database,
	                         pausing->table->name);
	step->why = STR("INSERTs under way are waited for, and so are asynchronous ones that were "
	                "not written yet; and nothing may have come between two looks. It reads "
	                "only.");
	build_sql(
	        build, step,
	        build_text(build,
	                   "SELECT\n    inserts = 0 AND waiting = 0 AS ok,\n"
	                   "    concat(toString(inserts), ' INSERTs are under way, ', "
	                   "toString(waiting),\n"
	                   "        ' asynchronous ones wait; blocks ', blocks) AS message\nFROM\n"
	                   "(\n    SELECT\n%s,\n        %s AS blocks\n)",
	                   under_way(pausing), blocks_of(pausing, source_pair(pausing))));
}

void pause_mark(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	struct step *step = pause_chain(pausing, STEP_PROBE, STR("mark"));
	struct str outputs[2];

	outputs[0] = pausing->mark = build_param(build, fill->number, "source_blocks");
	outputs[1] = pausing->targets = build_param(build, fill->number, "target_blocks");
	step->pin = PIN_RUN;
	step->one_row = true;
	step->title =
	        STR("what is in the table, and in the tables to fill, by their newest blocks");
	step->why = STR("Whether a row came later is told by it.");
	build_outputs(build, step, outputs, 2);
	build_sql(build, step,
	          build_text(build, "SELECT\n        %s AS %n,\n        %s AS %n",
	                     blocks_of(pausing, source_pair(pausing)), pausing->mark,
	                     blocks_of(pausing, pause_targets(pausing)), pausing->targets));
}

void pause_links(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;
	struct graph_build *build = fill->build;
	const struct model_table *table = pausing->table;
	struct step *probe = pause_chain(pausing, STEP_PROBE, STR("snapshot.partitions")), *each,
	            *link;
	struct step_list body = {{0}};

	pausing->part = build_param(build, fill->number, "frozen_partition");
	probe->pin = PIN_RUN;
	probe->title = build_text(build, "the partitions of %n.%n", table->database, table->name);
	probe->why = STR("It reads nothing of the table.");
	build_outputs(build, probe, &pausing->part, 1);
	build_sql(build, probe,
	          build_text(build,
	                     "SELECT DISTINCT partition_id AS %n\nFROM system.parts\nWHERE active\n"
	                     "    AND rows > 0\n    AND database = %q\n    AND table = %q\n"
	                     "ORDER BY partition_id",
	                     pausing->part, table->database, table->name));
	each = pause_chain(pausing, STEP_EACH, STR("snapshot"));
	each->repeat = REPEAT_SETS;
	each->title = STR("into the snapshot, by hard links");
	each->why = STR("No data is read or written. The same again replaces them by themselves.");
	each->each->kind = EACH_ROWS;
	each->each->over = probe->id;
	each->each->columns = probe->outputs;
	each->each->column_count = 1;
	link = build_step(build, &body, STEP_RUN, PHASE_ENSURE,
	                  build_id(build, "b%u.snapshot.link", (unsigned long long)fill->number));
	link->origin = fill->origin;
	link->repeat = REPEAT_SETS;
	link->title = STR("link one partition");
	build_sql(build, link,
	          build_text(build, "ALTER TABLE %s\nREPLACE PARTITION ID {%s:String} FROM %n.%n",
	                     fill_frozen(fill), pausing->part, table->database, table->name));
	each->each->body = (const struct step **)body.list.items;
	each->each->body_count = 1;
}

/* Rows of the parts of source and snapshot. Merges of other engines drop rows, but only here. */
static struct str rows_of(struct pausing *pausing)
{
	struct fill *fill = pausing->fill;

	return build_text(
	        fill->build,
	        "        sumIf(rows, table = %q) AS source_rows,\n"
	        "        sumIf(rows, table = {%s:String}) AS snapshot_rows,\n"
	        "        (SELECT any(engine) FROM system.tables WHERE database = %q AND name = %q) "
	        "AS engine",
	        pausing->table->name, fill->frozen, pausing->table->database, pausing->table->name);
}

#define ROWS_ARE_EQUAL                                                                             \
	"(snapshot_rows = source_rows OR (engine != 'MergeTree' AND snapshot_rows > source_rows))"

static struct str rows_from(struct pausing *pausing)
{
	return build_text(pausing->fill->build,
	                  "    FROM system.parts\n    WHERE active AND database = %q AND table IN "
	                  "(%q, {%s:String})",
	                  pausing->table->database, pausing->table->name, pausing->fill->frozen);
}

void pause_frozen(struct pausing *pausing)
{
	struct graph_build *build = pausing->fill->build;
	struct step *step = pause_chain(pausing, STEP_ASSERT, STR("frozen"));

	step->title = STR("the snapshot has as many rows as the table");
	step->why = STR("Counted by their parts: no data is read. An engine that merges rows away "
	                "may do so in the table meanwhile, but never in the snapshot. It reads "
	                "only.");
	step->hint =
	        STR("something still writes to the table: see system.query_log, and pause that "
	            "too");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    " ROWS_ARE_EQUAL " AS ok,\n"
	                     "    concat(toString(snapshot_rows), ' rows in the snapshot, ', "
	                     "toString(source_rows), ' in the table') AS message\n"
	                     "FROM\n(\n    SELECT\n%s\n%s\n)",
	                     rows_of(pausing), rows_from(pausing)));
}

void pause_whole(struct pausing *pausing)
{
	struct graph_build *build = pausing->fill->build;
	struct step *step = pause_chain(pausing, STEP_GATE, STR("whole"));

	pausing->guard->keeps = step->id;
	step->resume_point = true;
	step->title = STR("no row has come since the pause began, and the views stand");
	step->why =
	        STR("What is in the table now is in the snapshot; what comes from now on comes to "
	            "the views. An INSERT under way may bring nothing, or go elsewhere: as long as "
	            "no row came it is waited for. It reads only.");
	step->hint =
	        STR("something still wrote to the table while ingest was paused: see "
	            "system.query_log, and pause that too; then the same command begins again");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    multiIf(blocks != {%s:String} OR NOT " ROWS_ARE_EQUAL
	                     ", -1,\n"
	                     "        inserts = 0 AND waiting = 0, 1, 0) AS ok,\n"
	                     "    concat(if(blocks = {%s:String}, '', 'rows came in the pause; '), "
	                     "toString(inserts), ' INSERTs are under way, ',\n"
	                     "        toString(waiting), ' asynchronous ones wait; ', "
	                     "toString(snapshot_rows),\n"
	                     "        ' rows in the snapshot, ', toString(source_rows), ' in the "
	                     "table') AS message\nFROM\n(\n    SELECT\n%s,\n        %s AS "
	                     "blocks,\n%s\n%s\n)",
	                     pausing->mark, pausing->mark, under_way(pausing),
	                     blocks_of(pausing, source_pair(pausing)), rows_of(pausing),
	                     rows_from(pausing)));
}

struct str pause_nothing_counted(struct pausing *pausing)
{
	struct graph_build *build = pausing->fill->build;

	return build_text(
	        build,
	        "SELECT\n    source = {%s:String} OR targets = {%s:String} OR target_rows "
	        "= 0 AS ok,\n"
	        "    concat('rows came to the table before ingest was to go on, and to "
	        "the tables to fill, which hold ', toString(target_rows), ' rows now') "
	        "AS message\nFROM\n(\n    SELECT\n        %s AS source,\n        %s AS "
	        "targets,\n"
	        "        (\n            SELECT sum(rows)\n            FROM system.parts\n"
	        "            WHERE active AND (database, table) IN (%s)\n"
	        "        ) AS target_rows\n)",
	        pausing->mark, pausing->targets, blocks_of(pausing, source_pair(pausing)),
	        blocks_of(pausing, pause_targets(pausing)), pause_targets(pausing));
}
