/*
 * lower_partitions.c: `chunk by partition`: one chunk a partition of the table that is read.
 *
 * The chunk's condition is on the virtual column _partition_id, so that the server reads one
 * partition and no other. It stands where the table is read: in a view's query, or inside the source's.
 *
 * A chunk that does not fit in memory is split by a column of the primary key, when the migration has the
 * key: lower_halves.c. So each chunk has bounds of that column, like a range; in the beginning it has
 * neither end.
 */
#include "compiler/lower_internal.h"

#include "compiler/types.h"

/* --- the column that splits a partition ---------------------------------------------------- */

/* Comparable, never NULL, exact as text. */
static bool splits(struct fill *fill, const struct model_column *column)
{
	struct type_info type = type_read(column->type, fill->build->arena);

	switch (type.class) {
	case TYPE_DATE:
	case TYPE_DATE32:
	case TYPE_DATETIME:
	case TYPE_DATETIME64:
	case TYPE_INTEGER:
		return !type.nullable;
	default:
		return !type.nullable && str_is(type.bare, "String");
	}
}

/* The next element of `(a, b)` or `a`; plain names alone are looked for. */
static struct str next_element(struct str *list)
{
	size_t n = 0, depth = 0;
	struct str element;

	for (; n < list->n && (depth || list->p[n] != ','); n++) {
		depth += list->p[n] == '(';
		depth -= depth && list->p[n] == ')';
	}
	element = str_trim((struct str){list->p, n});
	n += n < list->n;
	*list = (struct str){list->p + n, list->n - n};
	if (element.n > 1 && (element.p[0] == '`' || element.p[0] == '"'))
		element = (struct str){element.p + 1, element.n - 2};
	return element;
}

static const struct model_column *splitting_column(struct fill *fill)
{
	const struct model_table *table = fill->backfill->chunk.table;
	struct str keys = str_trim(table->primary_key.n ? table->primary_key : table->order_by);

	if (keys.n > 1 && keys.p[0] == '(' && keys.p[keys.n - 1] == ')')
		keys = (struct str){keys.p + 1, keys.n - 2};
	while (keys.n) {
		const struct model_column *column = lower_column(table, next_element(&keys));

		if (column && column->type.n && column->default_kind != DEFAULT_ALIAS &&
		    splits(fill, column))
			return column;
	}
	return NULL;
}

static void choose_key(struct fill *fill)
{
	const struct model_column *column = splitting_column(fill);
	struct type_info *type;

	if (!column || fill_is_direct(fill))
		return;
	type = arena_new(fill->build->arena, struct type_info);
	*type = type_read(column->type, fill->build->arena);
	fill->lo = build_param(fill->build, fill->number, "lo");
	fill->hi = build_param(fill->build, fill->number, "hi");
	fill->edge = build_param(fill->build, fill->number, "edge");
	fill->chunk_point =
	        lower_point(fill, fill->backfill->chunk.table, column->name, type, "key");
}

bool fill_splits_partitions(const struct fill *fill)
{
	return fill->backfill->chunk.kind == CHUNK_PARTITION && fill->edge.n;
}

/* --- the partitions ------------------------------------------------------------------------ */

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

/* The bounds of a whole partition: some values, which its edge says do not count. */
static struct str no_ends(struct fill *fill)
{
	struct str any;

	if (!fill_splits_partitions(fill))
		return STR("");
	any = point_text(fill, &fill->chunk_point, point_any(fill, &fill->chunk_point));
	return build_text(fill->build, ",\n    %s AS %n,\n    %s AS %n,\n    'only' AS %n", any,
	                  fill->lo, any, fill->hi, fill->edge);
}

void lower_partitions(struct fill *fill)
{
	const struct model_table *table = fill->backfill->chunk.table;
	struct graph_build *build = fill->build;
	struct str outputs[4];
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
	choose_key(fill);
	outputs[0] = fill->partition;
	outputs[1] = fill->lo;
	outputs[2] = fill->hi;
	outputs[3] = fill->edge;
	build_outputs(build, probe, outputs, fill_splits_partitions(fill) ? 4 : 1);
	build_sql(
	        build, probe,
	        build_text(build,
	                   "SELECT DISTINCT partition_id AS %n%s\nFROM system.parts\nWHERE active\n"
	                   "    AND rows > 0\n    AND database = %q\n    AND table = %s\n"
	                   "ORDER BY partition_id",
	                   fill->partition, no_ends(fill), table->database,
	                   fill->frozen.n ? build_text(build, "{%s:String}", fill->frozen)
	                                  : build_text(build, "%q", table->name)));
	fill_wait_for_preflight(fill, probe);
	if (fill->wait != NO_STEP)
		build_dep(build, probe, fill->wait);
}

struct str fill_partition(struct fill *fill, const char *qualifier)
{
	struct str partition = build_text(fill->build, "%z_partition_id = {%s:String}", qualifier,
	                                  fill->partition);

	if (!fill_splits_partitions(fill))
		return partition;
	return build_text(fill->build,
	                  "%s\n    AND (%z%n >= %s OR {%s:String} IN ('first', 'only'))\n"
	                  "    AND (%z%n < %s OR {%s:String} IN ('last', 'only'))",
	                  partition, qualifier, fill->chunk_point.column,
	                  point_pinned(fill, &fill->chunk_point, fill->lo), fill->edge, qualifier,
	                  fill->chunk_point.column,
	                  point_pinned(fill, &fill->chunk_point, fill->hi), fill->edge);
}
