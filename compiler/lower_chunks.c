/*
 * lower_chunks.c: the history, and a chunk of it, as a query: the source's SELECT and conditions.
 *
 * Rows of `chunk by COLUMN` have a third column, the edge. 'first' has no lower end and 'last' no
 * upper one ('only' has neither), so that together the chunks are all of the history, whatever the
 * source's type and whatever came to the source since they were made; 'null' is the chunk of the rows
 * whose chunk column is NULL.
 */
#include "compiler/lower_publish.h"

struct str fill_source(struct fill *fill, bool of_chunk)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_source *source = backfill->source;
	const struct source_set *sources = fill->lowering->model->sources;
	struct graph_build *build = fill->build;
	struct str text;

	if (fill->frozen.n)
		return fill_frozen(fill);
	if (backfill->reads)
		return lower_name(fill->lowering, backfill->reads->database, backfill->reads->name);
	if (of_chunk && fill_lists_files(fill))
		text = rewrite_only_files(
		        sources, source->query, backfill->chunk.pattern, source->database,
		        build_text(build, "@._path IN splitByChar('\\n', {%s:String})",
		                   fill->files),
		        build->arena);
	else if (of_chunk && backfill->chunk.kind == CHUNK_FILES)
		text = rewrite_files(sources, source->query, backfill->chunk.pattern,
		                     source->database,
		                     build_text(build, "{%s:String}", fill->files), build->arena);
	else if (of_chunk && backfill->chunk.kind == CHUNK_PARTITION)
		text = rewrite_query(sources, source->query, &backfill->chunk.trigger,
		                     source->database, STR(""), fill_partition(fill, "@."),
		                     build->arena);
	else
		text = rewrite_qualify(sources, source->query, source->database, build->arena);
	return build_text(build, "(\n%s\n) AS %n", text, source->name);
}

static struct str and_also(struct fill *fill, struct str where, struct str condition)
{
	if (!where.n || !condition.n)
		return where.n ? where : condition;
	return build_text(fill->build, "%s\n    AND %s", where, condition);
}

static struct str column_text(struct fill *fill, struct str column)
{
	return build_text(fill->build, "%z%n", fill->qualifier ? fill->qualifier : "", column);
}

static struct str or_null(struct fill *fill, struct str condition, struct str column)
{
	if (!condition.n || fill->backfill->nulls != NULLS_HISTORY)
		return condition;
	return build_text(fill->build, "(%s OR %s IS NULL)", condition, column);
}

static struct str split_condition(struct fill *fill)
{
	struct str column = column_text(fill, fill->split_point.column);

	if (fill->backfill->split.kind == SPLIT_NONE)
		return STR("");
	return or_null(fill,
	               build_text(fill->build, "%s < %s", column,
	                          point_pinned(fill, &fill->split_point, fill->split)),
	               column);
}

/* `from` and `to` bound the history itself. */
static struct str reach_condition(struct fill *fill)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	struct str column = column_text(fill, chunk->column), reach = STR("");

	if (chunk->kind != CHUNK_COLUMN)
		return reach;
	if (chunk->from_sql.n)
		reach = build_text(fill->build, "%s >= %s", column,
		                   point_literal(fill, &fill->chunk_point, chunk->from_sql));
	if (chunk->to_sql.n)
		reach = build_text(fill->build, "%s%z%s < %s", reach, reach.n ? " AND " : "",
		                   column, point_literal(fill, &fill->chunk_point, chunk->to_sql));
	return or_null(fill, reach, column);
}

/* A row without a value would pass a range that has no ends. */
static struct str chunk_condition(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct str column = column_text(fill, fill->chunk_point.column), range;

	/* A source has its partition inside: its outputs don't know it. */
	if (fill->backfill->chunk.kind == CHUNK_PARTITION && fill->backfill->reads)
		return fill_partition(fill, fill->qualifier ? fill->qualifier : "");
	if (fill->backfill->chunk.kind != CHUNK_COLUMN)
		return STR("");
	range = build_text(build,
	                   "(%s >= %s OR {%s:String} IN ('first', 'only'))\n"
	                   "    AND (%s < %s OR {%s:String} IN ('last', 'only'))",
	                   column, point_pinned(fill, &fill->chunk_point, fill->lo), fill->edge,
	                   column, point_pinned(fill, &fill->chunk_point, fill->hi), fill->edge);
	if (fill->backfill->nulls == NULLS_UNSAID)
		return range;
	if (fill->backfill->nulls == NULLS_SKIPPED &&
	    str_eq(fill->chunk_point.column, fill->split_point.column))
		return range; /* the split keeps them out */
	if (fill->backfill->nulls == NULLS_SKIPPED)
		return build_text(build, "%s\n    AND %s IS NOT NULL", range, column);
	return build_text(build,
	                  "(%s\n    AND {%s:String} != 'null' AND %s IS NOT NULL\n"
	                  "    OR {%s:String} = 'null' AND %s IS NULL)",
	                  range, fill->edge, column, fill->edge, column);
}

/* Conditions on the column values alone, which hold of the live table's rows too. */
static struct str ranges(struct fill *fill, bool of_chunk)
{
	struct str where = and_also(fill, split_condition(fill), reach_condition(fill));

	return of_chunk ? and_also(fill, where, chunk_condition(fill)) : where;
}

struct str fill_where(struct fill *fill, bool of_chunk)
{
	struct str own = fill->backfill->where_sql, where = ranges(fill, of_chunk);

	if (own.n)
		where = and_also(fill, where, build_text(fill->build, "(\n%s\n    )", own));
	return where.n ? build_text(fill->build, "WHERE %s", where) : where;
}

struct str fill_ranges(struct fill *fill, const char *qualifier)
{
	struct str all;

	fill->qualifier = qualifier;
	all = ranges(fill, true);
	fill->qualifier = "";
	return all;
}

struct str fill_live_range(struct fill *fill)
{
	return ranges(fill, !publish_is_last(fill));
}

/* --- the rows that the chunks are ---------------------------------------------------------- */

static void ranges_found(struct fill *fill, struct each *each)
{
	each->over = fill->bounds;
	each->columns = arena_array(fill->build->arena, struct str, 3);
	each->columns[0] = fill->lo;
	each->columns[1] = fill->hi;
	each->columns[2] = fill->edge;
	each->column_count = 3;
}

static void files_listed(struct fill *fill, struct each *each)
{
	const struct file_chunks *chunks = fill->backfill->chunk.files;
	struct arena *arena = fill->build->arena;

	each->columns = arena_array(arena, struct str, 2);
	each->columns[0] = fill->files;
	each->columns[1] = fill->files_expected;
	each->column_count = 2;
	each->over = fill->bounds;
	if (fill_lists_files(fill))
		return;
	each->row_count = chunks->list.count;
	each->rows = arena_array(arena, struct graph_row, each->row_count);
	for (size_t i = 0; i < each->row_count; i++) {
		const struct file_chunk *files = &chunks->list.items[i];

		each->rows[i].values = arena_array(arena, struct str, 2);
		each->rows[i].values[0] = arena_str(arena, files->glob);
		each->rows[i].values[1] = str_of(arena_printf(arena, "%zu", files->files));
	}
}

static void partitions_found(struct fill *fill, struct each *each)
{
	each->over = fill->bounds;
	each->columns = arena_array(fill->build->arena, struct str, 4);
	each->columns[0] = fill->partition;
	each->columns[1] = fill->lo;
	each->columns[2] = fill->hi;
	each->columns[3] = fill->edge;
	each->column_count = fill_splits_partitions(fill) ? 4 : 1;
}

void lower_chunk_rows(struct fill *fill, struct each *each)
{
	switch (fill->backfill->chunk.kind) {
	case CHUNK_COLUMN:
		ranges_found(fill, each);
		break;
	case CHUNK_FILES:
		files_listed(fill, each);
		break;
	case CHUNK_PARTITION:
		partitions_found(fill, each);
		break;
	default: /* all of it */
		each->rows = arena_array(fill->build->arena, struct graph_row, 1);
		each->row_count = 1;
	}
}
