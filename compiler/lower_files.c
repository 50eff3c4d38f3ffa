/*
 * lower_files.c: `chunk by files`: what is listed before the chunks, and around each of them.
 *
 * A listing reads no file's content: format One has a row a file, with path, size and time.
 */
#include "compiler/lower_internal.h"

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
