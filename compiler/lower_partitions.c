/*
 * lower_partitions.c: `chunk by partition`: one chunk a partition of the table that is read.
 *
 * The chunk's condition is on the virtual column _partition_id, so that the server reads one
 * partition and no other. It stands where the table is read: in a view's query, or inside the source's.
 */
#include "compiler/lower_internal.h"

/* Without parts there would be no chunk, and the history would silently stay where it is. */
static void lower_has_parts(struct fill *fill, const struct model_table *table)
{
	struct graph_build *build = fill->build;
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, "partitions.engine");

	step->title = build_text(build, "%n.%n has partitions", table->database, table->name);
	step->why = STR("Tables of the MergeTree family have them. It reads only.");
	step->hint = STR("chunk by a column, or leave the chunks out");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    countIf(engine LIKE '%%MergeTree') = 1 AS ok,\n"
	                     "    concat(%q, any(engine)) AS message\nFROM system.tables\n"
	                     "WHERE database = %q AND name = %q",
	                     build_text(build, "the engine of %n.%n is ", table->database,
	                                table->name),
	                     table->database, table->name));
}

void lower_partitions(struct fill *fill)
{
	const struct model_table *table = fill->backfill->chunk.table;
	struct graph_build *build = fill->build;
	struct step *probe;

	lower_has_parts(fill, table);
	probe = fill_preflight_step(fill, STEP_PROBE, "partitions");
	fill->partition = build_param(build, fill->number, "partition");
	fill->bounds = probe->id;
	probe->pin = PIN_RUN;
	probe->resume_point = true;
	probe->title = build_text(build, "the partitions of %n.%n, a chunk each", table->database,
	                          table->name);
	probe->why =
	        STR("Found once and pinned, so that every resume has the same chunks. It reads "
	            "nothing of the table.");
	build_outputs(build, probe, &fill->partition, 1);
	build_sql(build, probe,
	          build_text(build,
	                     "SELECT DISTINCT partition_id AS %n\nFROM system.parts\nWHERE active\n"
	                     "    AND rows > 0\n    AND database = %q\n    AND table = %s\n"
	                     "ORDER BY partition_id",
	                     fill->partition, table->database,
	                     fill->frozen.n ? build_text(build, "{%s:String}", fill->frozen)
	                                    : build_text(build, "%q", table->name)));
	fill_wait_for_preflight(fill, probe);
	if (fill->wait != NO_STEP)
		build_dep(build, probe, fill->wait);
}

struct str fill_partition(struct fill *fill, const char *qualifier)
{
	return build_text(fill->build, "%z_partition_id = {%s:String}", qualifier, fill->partition);
}
