/*
 * lower_merges.c: before a chunk's parts are moved: do merges of the live tables keep up?
 *
 * Measured on 26.7, with parts_to_delay_insert = 20 and parts_to_throw_insert = 30:
 * - MOVE PARTITION looks at the destination as INSERT does: from 20 parts on it sleeps for up to
 *   max_delay_to_insert, from 30 on it is refused (252), before anything is moved.
 * - It looks at what is there, not at what it brings: 28 + 5 is moved, and from then on each live
 *   INSERT is refused. So a move can shut the door on ingest, and the server lets it.
 * - What counts is the partition with the most parts, whichever is inserted or moved into; and not
 *   when its parts are larger than max_avg_part_size_for_too_many_parts on average.
 *
 * So a chunk waits, sealed, while its parts would bring a partition to the count from which inserts are
 * slowed down; but not when the partition is at less than half of it: then merges are not behind, the
 * chunk is large, and waiting would change nothing. The limits are asked for once a run: with them in
 * the gate it took 20 ms a chunk, in place of 7.
 */
#include "compiler/lower_publish.h"

/* A table's own value, else the server's. The blank in front: inactive_parts_to_delay_insert. */
#define LIMIT(name)                                                                                \
	"toUInt64OrZero(if(match(engine_full, ' " name " = '),\n"                                  \
	"                extract(engine_full, ' " name " = (\\\\d+)'),\n"                          \
	"                server['" name "']))"

/* Arrays in the order of publish_live(). */
static struct str limits_sql(struct fill *fill)
{
	struct str live = publish_live(fill);

	return build_text(
	        fill->build,
	        "SELECT\n    arrayMap(limit -> limit.2, limits) AS %n,\n"
	        "    arrayMap(limit -> limit.3, limits) AS %n,\n"
	        "    arrayMap(limit -> limit.4, limits) AS %n\nFROM\n(\n"
	        "    SELECT arraySort(groupArray((position, most, refuses, large))) AS limits\n"
	        "    FROM\n    (\n        SELECT\n"
	        "            indexOf([%s], (database, name)) AS position,\n            (\n"
	        "                SELECT CAST(groupArray((name, value)), 'Map(String, String)')\n"
	        "                FROM system.merge_tree_settings\n"
	        "                WHERE name IN ('parts_to_delay_insert', 'parts_to_throw_insert',\n"
	        "                    'max_avg_part_size_for_too_many_parts')\n"
	        "            ) AS server,\n            %z AS delays,\n            %z AS refuses,\n"
	        "            %z AS large,\n"
	        "            if(delays > 0 AND delays < refuses, delays, refuses) AS most\n"
	        "        FROM system.tables\n        WHERE %s\n            AND (database, name) IN "
	        "(%s)\n    )\n)",
	        fill->parts_most, fill->parts_refused, fill->parts_large, live,
	        LIMIT("parts_to_delay_insert"), LIMIT("parts_to_throw_insert"),
	        LIMIT("max_avg_part_size_for_too_many_parts"), publish_few(fill), live);
}

void lower_limits(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct str outputs[3];
	struct step *step;

	if (!publish_live(fill).n)
		return;
	step = fill_preflight_step(fill, STEP_PROBE, "limits");
	outputs[0] = fill->parts_most = build_param(build, fill->number, "parts_most");
	outputs[1] = fill->parts_refused = build_param(build, fill->number, "parts_refused");
	outputs[2] = fill->parts_large = build_param(build, fill->number, "parts_large");
	step->pin = PIN_NEVER;
	step->one_row = true;
	step->title = STR("how many parts the live tables may have");
	step->why = STR("From how many parts in a partition on the server slows inserts down, from "
	                "how many it refuses them, and how large the parts are for which that does "
	                "not count. Each chunk's moves keep below. It reads only.");
	build_outputs(build, step, outputs, 3);
	build_sql(build, step, limits_sql(fill));
}

static struct str counts_sql(struct fill *fill)
{
	struct str live = publish_live(fill), staged = publish_staged(fill);

	return build_text(
	        fill->build,
	        "        SELECT\n            greatest(indexOf([%s], (database, table)),\n"
	        "                indexOf([%s], (database, table))) AS position,\n"
	        "            partition_id,\n"
	        "            countIf((database, table) IN (%s)) AS parts,\n"
	        "            countIf((database, table) NOT IN (%s) AND rows > 0) AS more,\n"
	        "            sumIf(bytes_on_disk, (database, table) IN (%s)) AS bytes,\n"
	        "            {%s:Array(UInt64)}[position] AS most,\n"
	        "            {%s:Array(UInt64)}[position] AS refuses,\n"
	        "            {%s:Array(UInt64)}[position] AS large\n"
	        "        FROM system.parts\n        WHERE active\n"
	        "            AND (database, table) IN (%s, %s)\n"
	        "        GROUP BY position, partition_id",
	        live, staged, live, live, live, fill->parts_most, fill->parts_refused,
	        fill->parts_large, live, staged);
}

void lower_merges(struct publish *publish)
{
	struct fill *fill = publish->fill;
	struct graph_build *build = fill->build;
	struct step *step;

	/* Holding tables take all; the live ones come last. */
	if (fill_holds(fill) && !publish_is_last(fill))
		return;
	step = fill_body_step(fill, STEP_GATE, PHASE_PUBLISH, "merges");
	step->title = STR("merges of the live tables keep up");
	step->why = STR(
	        "The server slows down inserts into a table with many parts in a partition, and "
	        "refuses them in the end. A move is let in whatever it brings, and could shut "
	        "the door on live inserts. It reads only.");
	build_sql(
	        build, step,
	        build_text(
	                build,
	                "SELECT\n    empty(behind) AS ok,\n"
	                "    arrayStringConcat(behind, '; ') AS message\nFROM\n(\n"
	                "    SELECT groupArray(concat('merges of ', [%s][position], ' are "
	                "behind: ', toString(parts), ' of ',\n"
	                "        toString(most), ' parts in partition ', partition_id, ', and "
	                "the chunk has ', toString(more))) AS behind\n    FROM\n    (\n%s\n    )\n"
	                "    WHERE parts * 2 > most\n"
	                "        AND parts + more >= if(more > 0, most, refuses)\n"
	                "        AND (large = 0 OR bytes <= large * parts)\n)",
	                publish_labels(fill), counts_sql(fill)));
}
