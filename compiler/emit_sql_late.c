/*
 * The appendices: what takes part only after an interruption between a chunk's seal and its last
 * move, and what is for a server short of memory or room. These steps are alike for each table, so all but the first are shown by the lines in which
 * they differ: nothing is left out, and nothing has to be read twice.
 */
#include "compiler/emit_sql_internal.h"

/* Steps in full that others are compared with. */
enum { SCRIPT_MODELS = 16 };

/* The statement of a step, or of the one step that a loop repeats. */
static struct str statement_of(const struct step *step)
{
	if (!step->each)
		return step->sql;
	return step->each->body_count == 1 ? step->each->body[0]->sql : STR("");
}

static struct str next_line(struct str *text)
{
	const char *end = memchr(text->p, '\n', text->n);
	struct str line = {text->p, end ? (size_t)(end - text->p) : text->n};
	size_t past = line.n + (end != NULL);

	*text = (struct str){text->p + past, text->n - past};
	return line;
}

/* Lines that differ; SIZE_MAX when the texts are not line for line alike. */
static size_t different_lines(struct str a, struct str b)
{
	size_t different = 0;

	while (a.n && b.n)
		different += !str_eq(next_line(&a), next_line(&b));
	return a.n || b.n ? SIZE_MAX : different;
}

static size_t line_count(struct str text)
{
	size_t count = 0;

	for (; text.n; count++)
		next_line(&text);
	return count;
}

/* Nearly the same statement: half of its lines or more. */
static bool is_like(const struct step *step, const struct step *model)
{
	struct str sql = statement_of(step);
	size_t different;

	if (step->kind != model->kind || step->when != model->when || !sql.n)
		return false;
	different = different_lines(sql, statement_of(model));
	return different != SIZE_MAX && different * 2 <= line_count(sql);
}

static void emit_difference(struct script *script, const struct step *step,
                            const struct step *model)
{
	struct str sql = statement_of(step), other = statement_of(model);

	buf_addc(script->out, '\n');
	script_title(script, step);
	if (step->each)
		script_loop(script, step->each);
	buf_addf(script->out, "-- as [%.*s], but for these lines:\n", STR_ARG(model->id));
	while (sql.n) {
		struct str line = next_line(&sql);

		if (!str_eq(line, next_line(&other)))
			buf_addf(script->out, "-- %.*s\n", STR_ARG(line));
	}
}

/* `shown` are the steps that stand there in full. */
static void emit_late(struct script *script, const struct step **shown, size_t *count,
                      const struct step *step)
{
	for (size_t i = 0; i < *count; i++)
		if (is_like(step, shown[i])) {
			emit_difference(script, step, shown[i]);
			return;
		}
	script_step(script, step);
	if (*count < SCRIPT_MODELS)
		shown[(*count)++] = step;
}

static void emit_heading(struct script *script, bool shortage)
{
	buf_addf(script->out, "\n-- ======== Appendix: %s ========\n\n",
	         shortage ? "too little memory, or a full disk" : "after an interruption");
	script_comment(
	        script,
	        shortage ? STR("Where a disk was full under a chunk, none begins until there is "
	                       "room. "
	                       "Where the server has no memory for a chunk, in small blocks "
	                       "either, the rows of its halves are chunks of their own and take "
	                       "its place.")
	                 : STR("Only for a chunk that is sealed and whose moves did not all "
	                       "return: a "
	                       "server that was killed in the middle of a move may have parts in "
	                       "both "
	                       "tables. Before the moves are repeated, for each table: take out of "
	                       "the "
	                       "duplicate what has arrived, and make sure that nothing of the rest "
	                       "can "
	                       "have. The names are those of the interrupted attempt."),
	        0);
}

static void emit_appendix(struct script *script, bool shortage)
{
	const struct graph *graph = script->graph;
	const struct step *shown[SCRIPT_MODELS];
	size_t count = 0;
	bool any = false;

	for (size_t i = 0; i < graph->step_count; i++) {
		const struct each *each = graph->steps[i]->each;

		if (!each || !script_has_late_steps(each, shortage))
			continue;
		if (!any)
			emit_heading(script, shortage);
		any = true;
		for (size_t k = 0; k < each->body_count; k++)
			if (step_is_late(each->body[k]) &&
			    step_is_of_shortage(each->body[k]) == shortage)
				emit_late(script, shown, &count, each->body[k]);
	}
}

void script_appendix(struct script *script)
{
	emit_appendix(script, false);
	emit_appendix(script, true);
}
