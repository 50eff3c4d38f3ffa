/*
 * lower_waits.c: what a chunk waits for before anything of it is there: `throttle when`, and room on
 * the disks once one was full.
 *
 * Gates, asked again until they are open, with the reason shown. Waiting there costs nothing: nothing
 * is staged, the journal has no word of the chunk, and a run that is broken off there begins it anew.
 */
#include "compiler/lower_internal.h"

/* Of the condition, in messages. */
enum { CONDITION_MAX = 120 };

/* On one line, cut where it is long. */
static struct str one_line(struct fill *fill, struct str text)
{
	char *line = arena_alloc(fill->build->arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool space = text.p[i] == ' ' || text.p[i] == '\n' || text.p[i] == '\t' ||
		             text.p[i] == '\r';

		if (!space)
			line[n++] = text.p[i];
		else if (n && line[n - 1] != ' ')
			line[n++] = ' ';
	}
	if (n <= CONDITION_MAX)
		return str_trim((struct str){line, n});
	n = CONDITION_MAX;
	while (n && ((unsigned char)line[n] & 0xC0) == 0x80)
		n--;
	return build_text(fill->build, "%s …", (struct str){line, n});
}

static void lower_throttle(struct fill *fill)
{
	const struct model_backfill *backfill = fill->backfill;
	const struct source_set *sources = fill->lowering->model->sources;
	struct graph_build *build = fill->build;
	struct step *step;

	if (!backfill->throttle)
		return;
	step = fill_body_step(fill, STEP_GATE, PHASE_STAGE, "throttle");
	step->when = WHEN_BEFORE;
	step->repeat = REPEAT_READ_ONLY;
	step->title = STR("no chunk begins while the migration says so");
	step->why = STR("`throttle when` is asked before each chunk, and again until it lets the "
	                "chunk pass. Nothing of the chunk is there meanwhile. NULL, or no row, is "
	                "not true. It reads only.");
	build_sql(
	        build, step,
	        build_text(
	                build, "SELECT\n    NOT ifNull((\n%s\n    ), 0) AS ok,\n    %q AS message",
	                rewrite_qualify(sources, backfill->throttle, backfill->throttle_database,
	                                build->arena),
	                build_text(build, "`throttle when (%s)` is true",
	                           one_line(fill, span_text(sources, backfill->throttle->span)))));
}

/* Cheap, but not for each chunk: the preflight has asked before the first. */
static void lower_room(struct fill *fill)
{
	struct step *step = fill_body_step(fill, STEP_GATE, PHASE_STAGE, "room");

	step->when = WHEN_SHORT;
	step->repeat = REPEAT_READ_ONLY;
	step->title = STR("there is room again on the disks");
	step->why =
	        STR("Only after a disk was full under a chunk: what was staged of it is dropped "
	            "first, and no chunk begins until there is room. It reads only.");
	build_sql(fill->build, step, fill_room(fill));
}

void lower_waits(struct fill *fill)
{
	lower_throttle(fill);
	if (!fill_is_direct(fill))
		lower_room(fill);
}
