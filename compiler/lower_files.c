/*
 * lower_files.c: `chunk by files`: what is listed before the chunks, and around each of them.
 *
 * A listing reads no file's content: format One has a row a file, with path, size and time.
 *
 * A brace range is cut when compiling. What a `*` stands for is listed when the run begins, and pinned: the
 * paths themselves, N a chunk. A chunk reads the same pattern with a condition on `_path`, so that a
 * path is compared as it is, whatever characters it has, and files that came later are not history.
 */
#include "compiler/lower_internal.h"

/* Names of files in one message. */
enum { MISSING_SHOWN = 10 };

bool fill_lists_files(const struct fill *fill)
{
	const struct model_chunk *chunk = &fill->backfill->chunk;

	return chunk->kind == CHUNK_FILES && chunk->pattern->has_star;
}

static struct str listing(struct fill *fill, struct str pattern)
{
	return rewrite_listing(fill->lowering->model->sources, fill->backfill->chunk.pattern,
	                       pattern, fill->build->arena);
}

static struct str pattern_listing(struct fill *fill)
{
	return listing(fill, build_text(fill->build, "%q", fill->backfill->chunk.pattern->text));
}

/* The chunk's files as they are now. */
static struct str chunk_listing(struct fill *fill)
{
	if (!fill_lists_files(fill))
		return listing(fill, build_text(fill->build, "{%s:String}", fill->files));
	return build_text(fill->build, "%s\nWHERE _path IN splitByChar('\\n', {%s:String})",
	                  pattern_listing(fill), fill->files);
}

/* Chunks of N paths. An archive's files may share one: they stay together. */
static void lower_pinned_files(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct str outputs[2] = {fill->files, fill->files_expected};
	struct step *step = fill_preflight_step(fill, STEP_PROBE, "listing");

	fill->bounds = step->id;
	step->pin = PIN_RUN;
	step->resume_point = true;
	step->title = build_text(build, "the files that are there, %u a chunk",
	                         (unsigned long long)fill->backfill->chunk.every);
	step->why =
	        STR("Listed once and pinned, so that every resume has the same chunks. A file that "
	            "comes later is not history. It reads no file's content.");
	build_outputs(build, step, outputs, 2);
	build_sql(
	        build, step,
	        build_text(
	                build,
	                "SELECT\n    arrayStringConcat(arraySort(groupArray(path)), '\\n') AS %n,\n"
	                "    toString(sum(entries)) AS %n\nFROM\n(\n    SELECT\n"
	                "        path, entries,\n"
	                "        intDiv(row_number() OVER (ORDER BY path) - 1, %u) AS chunk\n"
	                "    FROM\n    (\n        SELECT _path AS path, count() AS entries\n"
	                "        FROM %s\n        GROUP BY path\n    )\n"
	                "    WHERE throwIf(position(path, '\\n') > 0, 'the name of a file has a "
	                "line break') = 0\n)\n"
	                "GROUP BY chunk\nORDER BY chunk",
	                fill->files, fill->files_expected,
	                (unsigned long long)fill->backfill->chunk.every, pattern_listing(fill)));
	fill_wait_for_preflight(fill, step);
	if (fill->wait != NO_STEP)
		build_dep(build, step, fill->wait);
}

static void lower_some_files(struct fill *fill)
{
	struct graph_build *build = fill->build;
	struct step *step = fill_preflight_step(fill, STEP_ASSERT, "files.some");

	step->title = STR("there are files");
	step->why =
	        STR("A pattern that matches nothing is an error, not an empty history. It reads "
	            "only.");
	step->hint = STR("look at the pattern, and whether the server may list what it names");
	build_sql(build, step,
	          build_text(build, "SELECT\n    {%s:UInt64} > 0 AS ok,\n    %q AS message",
	                     fill->files_found,
	                     build_text(build, "no file matches %s",
	                                fill->backfill->chunk.pattern->text)));
	build_dep(build, step, fill->files_at);
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
	fill->files_at = (uint32_t)fill->lowering->top.list.count - 1;
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
	                   outputs[0], outputs[1], pattern_listing(fill)));
	if (fill_lists_files(fill)) {
		lower_some_files(fill);
		lower_pinned_files(fill);
		return;
	}
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
	struct str outputs[3], missing = STR("");
	size_t count = 2;
	struct step *probe = fill_body_step(fill, STEP_PROBE, PHASE_LOAD, "files"), *step;

	outputs[0] = fill->files_now = build_param(build, fill->number, "files_now");
	outputs[1] = fill->files_mark = build_param(build, fill->number, "files_mark");
	probe->pin = PIN_ATTEMPT;
	probe->one_row = true;
	probe->title = STR("the chunk's files, their sizes and times");
	probe->why =
	        STR("To be compared after the load: a file that is replaced while it is read would "
	            "be half old and half new. It reads no file's content.");
	if (fill_lists_files(fill)) {
		outputs[count++] = build_param(build, fill->number, "files_missing");
		missing = build_text(build,
		                     ",\n    arrayStringConcat(arraySlice(arrayFilter(path -> NOT "
		                     "has(groupArray(_path), path),\n        splitByChar('\\n', "
		                     "{%s:String})), 1, %u), "
		                     "', ') AS %n",
		                     fill->files, (unsigned long long)MISSING_SHOWN, outputs[2]);
	}
	build_outputs(build, probe, outputs, count);
	build_sql(build, probe,
	          build_text(build,
	                     "SELECT\n    count() AS %n,\n    " FILES_MARK " AS %n%s\nFROM %s",
	                     outputs[0], outputs[1], missing, chunk_listing(fill)));
	step = fill_body_step(fill, STEP_ASSERT, PHASE_LOAD, "files.all");
	step->title = STR("none of the chunk's files is missing");
	step->why = STR("It may have been taken away since the run began. It reads only.");
	step->hint = STR("bring the missing files back and run the same command again");
	build_sql(build, step,
	          build_text(build,
	                     "SELECT\n    {%s:UInt64} = {%s:UInt64} AS ok,\n"
	                     "    concat({%s:String}, ' of ', {%s:String}, ' files are there%z', "
	                     "{%s:String}) AS message",
	                     fill->files_now, fill->files_expected, fill->files_now,
	                     fill->files_expected, fill_lists_files(fill) ? "; missing: " : ": ",
	                     fill_lists_files(fill) ? outputs[2] : fill->files));
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
	                fill->files_now, fill->files_mark, fill->files, chunk_listing(fill)));
}
