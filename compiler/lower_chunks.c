/*
 * lower_chunks.c: split point, chunk bounds, file listings, and the conditions made of them.
 *
 * Points are pinned as text in UTC, which is unambiguous and readable, and come back as
 * {name:DateTime('UTC')} and the like. Rows of `chunk by COLUMN` have a third column, the edge:
 * 'first' has no lower end (so that no row is below it, whatever the source's type), 'null' is
 * the chunk of the rows whose chunk column is NULL, '' is a plain range.
 */
#include "compiler/lower_internal.h"

enum { BOUNDS_MAX = 100000 };

static bool has_zone(const struct type_info *type)
{
	return type->class == TYPE_DATETIME || type->class == TYPE_DATETIME64;
}

struct str fill_type_name(struct fill *fill, const struct type_info *type)
{
	if (type->class == TYPE_DATETIME)
		return STR("DateTime('UTC')");
	if (type->class == TYPE_DATETIME64)
		return build_text(fill->build, "DateTime64(%u, 'UTC')",
		                  (unsigned long long)type->scale);
	return type->bare;
}

/* SQL for a point as the text that is pinned. */
static struct str point_text(struct fill *fill, const struct type_info *type, struct str point)
{
	return build_text(fill->build,
	                  has_zone(type) ? "toString(toTimeZone(%s, 'UTC'))" : "toString(%s)",
	                  point);
}

static struct str literal_point(struct fill *fill, const struct type_info *type, struct str literal)
{
	return build_text(fill->build, "CAST(%s AS %s)", literal, type->bare);
}

struct str fill_source(struct fill *fill, bool of_chunk)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_source *source = backfill->source;
	const struct source_set *sources = fill->lowering->model->sources;
	struct graph_build *build = fill->build;
	struct str text;

	if (of_chunk && backfill->chunk.kind == CHUNK_FILES)
		text = rewrite_files(sources, source->query, backfill->chunk.pattern,
		                     source->database,
		                     build_text(build, "{%s:String}", fill->files), build->arena);
	else
		text = rewrite_qualify(sources, source->query, source->database, build->arena);
	return build_text(build, "(\n%s\n) AS %n", text, source->name);
}

static struct str and_also(struct fill *fill, struct str where, struct str condition)
{
	if (!where.n)
		return build_text(fill->build, "WHERE %s", condition);
	return build_text(fill->build, "%s\n    AND %s", where, condition);
}

static struct str split_condition(struct fill *fill)
{
	const struct model_split *split = &fill->backfill->split;
	struct str below = build_text(fill->build, "%n < {%s:%s}", split->column, fill->split,
	                              fill->split_type);

	if (fill->backfill->nulls != NULLS_HISTORY)
		return below;
	return build_text(fill->build, "(%s OR %n IS NULL)", below, split->column);
}

static struct str chunk_condition(struct fill *fill)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	struct graph_build *build = fill->build;
	struct str range =
	        build_text(build, "(%n >= {%s:%s} OR {%s:String} = 'first')\n    AND %n < {%s:%s}",
	                   chunk->column, fill->lo, fill->chunk_type, fill->edge, chunk->column,
	                   fill->hi, fill->chunk_type);

	if (fill->backfill->nulls != NULLS_HISTORY)
		return range;
	return build_text(build,
	                  "(%s\n    AND {%s:String} != 'null'\n    OR %n IS NULL AND "
	                  "{%s:String} = 'null')",
	                  range, fill->edge, chunk->column, fill->edge);
}

struct str fill_where(struct fill *fill, bool of_chunk)
{
	const struct model_backfill *backfill = fill->backfill;
	struct str where = STR("");

	if (backfill->split.kind != SPLIT_NONE)
		where = and_also(fill, where, split_condition(fill));
	if (of_chunk && backfill->chunk.kind == CHUNK_COLUMN)
		where = and_also(fill, where, chunk_condition(fill));
	if (backfill->where_sql.n)
		where = and_also(fill, where,
		                 build_text(fill->build, "(\n%s\n    )", backfill->where_sql));
	return where;
}

struct str fill_live_range(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	struct str where = split_condition(fill);

	if (backfill->chunk.kind == CHUNK_COLUMN)
		where = build_text(fill->build, "%s\n            AND %s", where,
		                   chunk_condition(fill));
	return where;
}

/* Asked before the split is pinned: a value that fails its own check must not stay. */
static void lower_earliest_known(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_table *live = backfill->table;
	struct graph_build *build = fill->build;
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, "split.known");

	step->title = STR("the live table has a row");
	step->why = STR("An empty table has no oldest row. It reads only.");
	step->hint = STR("write a literal: 'split on COLUMN at '2024-01-01 00:00:00''");
	build_sql(build, step,
	          build_text(build, "SELECT\n    count() > 0 AS ok,\n    %q AS message\nFROM %n.%n",
	                     build_text(build, "%n.%n is empty, so it has no earliest %n",
	                                live->database, live->name, backfill->split.column),
	                     live->database, live->name));
	if (fill->wait != NO_STEP)
		build_dep(build, step, fill->wait);
}

static void lower_earliest(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_table *live = backfill->table;
	struct graph_build *build = fill->build;
	struct step *probe;

	lower_earliest_known(fill);
	probe = fill_preflight_step(fill, STEP_PROBE, "split");
	probe->pin = PIN_RUN;
	probe->one_row = true;
	probe->resume_point = true;
	probe->title = build_text(build, "the split: the oldest %n of %n.%n",
	                          backfill->split.column, live->database, live->name);
	probe->why = STR("History is what is older than the oldest live row. It is asked once and "
	                 "pinned, as later it would find history that this run has published.");
	build_outputs(build, probe, &fill->split, 1);
	build_sql(build, probe,
	          build_text(build, "SELECT %s AS %n\nFROM %n.%n",
	                     point_text(fill, &backfill->split.type,
	                                build_text(build, "min(%n)", backfill->split.column)),
	                     fill->split, live->database, live->name));
	build_dep(build, probe, (uint32_t)fill->lowering->top.list.count - 2);
}

static void lower_literal(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct model_table *live = backfill->table;
	struct graph_build *build = fill->build;
	struct step *step = fill_preflight_step(fill, STEP_PROBE, "split");

	step->pin = PIN_RUN;
	step->one_row = true;
	step->resume_point = true;
	step->title = STR("the split, as the migration says it, in UTC");
	step->why =
	        STR("A literal means what it means in the column's own time zone; pinned in UTC it "
	            "means the same everywhere.");
	build_outputs(build, step, &fill->split, 1);
	build_sql(build, step,
	          build_text(build, "SELECT %s AS %n",
	                     point_text(fill, &backfill->split.type,
	                                literal_point(fill, &backfill->split.type,
	                                              backfill->split.literal_sql)),
	                     fill->split));
	if (backfill->split.overlap_is_fine)
		return;
	step = fill_preflight_step(fill, STEP_ASSERT, "empty");
	step->title = build_text(build, "%n.%n has nothing yet on the history's side of the split",
	                         live->database, live->name);
	step->why =
	        STR("Rows that are there already and come with the history again would be double. "
	            "It reads only, and is looked at once: later the history itself is there.");
	step->hint = STR(
	        "take an earlier split, or say 'overlap is fine' after it when these rows are not "
	        "in the source");
	build_sql(
	        build, step,
	        build_text(build,
	                   "SELECT\n    count() = 0 AS ok,\n"
	                   "    concat(%q, toString(count()), ' rows older than ', {%s:String}) AS "
	                   "message\nFROM %n.%n\nWHERE %n < {%s:%s}",
	                   build_text(build, "%n.%n already has ", live->database, live->name),
	                   fill->split, live->database, live->name, backfill->split.column,
	                   fill->split, fill->split_type));
	build_dep(build, step, (uint32_t)fill->lowering->top.list.count - 2);
	if (fill->wait != NO_STEP)
		build_dep(build, step, fill->wait);
}

void lower_split(struct fill *fill)
{
	const struct model_split *split = &fill->backfill->split;

	fill->split = build_param(fill->build, fill->number, "split");
	fill->split_type = fill_type_name(fill, &split->type);
	if (split->kind == SPLIT_EARLIEST) {
		lower_earliest(fill);
	} else {
		lower_literal(fill);
	}
}

static struct str listing(struct fill *fill, struct str pattern)
{
	return rewrite_listing(fill->lowering->model->sources, fill->backfill->chunk.pattern,
	                       pattern, fill->build->arena);
}

void lower_files(struct fill *fill)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	struct graph_build *build = fill->build;
	struct str outputs[2];
	struct step *probe = fill_preflight_step(fill, STEP_PROBE, "files"), *step;

	fill->files = build_param(build, fill->number, "files");
	fill->files_expected = build_param(build, fill->number, "files_expected");
	outputs[0] = fill->files_found = build_param(build, fill->number, "files_found");
	outputs[1] = fill->files_bytes = build_param(build, fill->number, "files_bytes");
	probe->pin = PIN_NEVER;
	probe->one_row = true;
	probe->title = STR("how many of the source's files there are");
	probe->why =
	        STR("ClickHouse skips missing files of a range without a word. Format One lists "
	            "files and reads nothing of them.");
	build_outputs(build, probe, outputs, 2);
	build_sql(
	        build, probe,
	        build_text(build,
	                   "SELECT\n    count() AS %n,\n    toString(ifNull(sum(_size), 0)) AS %n\n"
	                   "FROM %s",
	                   outputs[0], outputs[1],
	                   listing(fill, build_text(build, "%q", chunk->pattern->text))));
	step = fill_preflight_step(fill, STEP_ASSERT, "files.all");
	step->title = build_text(build, "all %u files are there",
	                         (unsigned long long)chunk->files->files);
	step->why = STR("A file that is missing is an error, not silence. It reads only.");
	step->hint = STR(
	        "bring the missing files, or make the source's range name those that there are");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    {%s:UInt64} = %u AS ok,\n"
	                     "    concat({%s:String}, ' of %u files are there') AS message",
	                     outputs[0], (unsigned long long)chunk->files->files, outputs[0],
	                     (unsigned long long)chunk->files->files));
	build_dep(build, step, (uint32_t)fill->lowering->top.list.count - 2);
}

#define FILES_MARK                                                                                 \
	"toString(sum(cityHash64(_path, ifNull(toString(_size), ''), ifNull(toString(_time), "     \
	"''))))"

void lower_chunk_listing(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct str outputs[2];
	struct step *probe = fill_body_step(fill, STEP_PROBE, PHASE_LOAD, "files"), *step;

	outputs[0] = fill->files_now = build_param(build, fill->number, "files_now");
	outputs[1] = fill->files_mark = build_param(build, fill->number, "files_mark");
	probe->pin = PIN_ATTEMPT;
	probe->one_row = true;
	probe->title = STR("the chunk's files, their sizes and times");
	probe->why =
	        STR("To be compared after the load: a file that is replaced while it is read would "
	            "be half old and half new. It reads no file's content.");
	build_outputs(build, probe, outputs, 2);
	build_sql(build, probe,
	          build_text(build, "SELECT\n    count() AS %n,\n    " FILES_MARK " AS %n\nFROM %s",
	                     outputs[0], outputs[1],
	                     listing(fill, build_text(build, "{%s:String}", fill->files))));
	step = fill_body_step(fill, STEP_ASSERT, PHASE_LOAD, "files.all");
	step->title = STR("none of the chunk's files is missing");
	step->why = STR("It may have been taken away since the run began. It reads only.");
	step->hint = STR("bring the missing files back and run the same command again");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    {%s:UInt64} = {%s:UInt64} AS ok,\n"
	                     "    concat({%s:String}, ' of ', {%s:String}, ' files are there: ', "
	                     "{%s:String}) AS message",
	                     fill->files_now, fill->files_expected, fill->files_now,
	                     fill->files_expected, fill->files));
}

void lower_chunk_listing_same(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct step *step = fill_body_step(fill, STEP_ASSERT, PHASE_LOAD, "files.same");

	step->title = STR("the chunk's files are still the same");
	step->why = STR("Compared with the listing before the load. It reads only.");
	step->hint =
	        STR("a file changed while it was read: let the files be and run the same command "
	            "again");
	build_sql(
	        build, step,
	        build_text(
	                build,
	                "SELECT\n    count() = {%s:UInt64} AND " FILES_MARK
	                " = {%s:String} AS ok,\n"
	                "    concat('files of ', {%s:String}, ' changed while they were read') AS "
	                "message\nFROM %s",
	                fill->files_now, fill->files_mark, fill->files,
	                listing(fill, build_text(build, "{%s:String}", fill->files))));
}

void lower_chunk_rows(struct fill *fill, struct each *each)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;
	struct arena *arena = fill->build->arena;

	if (chunk->kind == CHUNK_COLUMN) {
		each->over = fill->bounds;
		each->columns = arena_array(arena, struct str, 3);
		each->columns[0] = fill->lo;
		each->columns[1] = fill->hi;
		each->columns[2] = fill->edge;
		each->column_count = 3;
		return;
	}
	if (chunk->kind != CHUNK_FILES) {
		each->rows = arena_array(arena, struct graph_row, 1);
		each->row_count = 1;
		return;
	}
	each->columns = arena_array(arena, struct str, 2);
	each->columns[0] = fill->files;
	each->columns[1] = fill->files_expected;
	each->column_count = 2;
	each->row_count = chunk->files->list.count;
	each->rows = arena_array(arena, struct graph_row, each->row_count);
	for (size_t i = 0; i < each->row_count; i++) {
		const struct file_chunk *files = &chunk->files->list.items[i];

		each->rows[i].values = arena_array(arena, struct str, 2);
		each->rows[i].values[0] = arena_str(arena, files->glob);
		each->rows[i].values[1] = str_of(arena_printf(arena, "%zu", files->files));
	}
}
