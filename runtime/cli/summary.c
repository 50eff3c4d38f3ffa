#include "runtime/cli/summary.h"

#include "runtime/cli/cli.h"
#include "runtime/cli/human.h"

static void add_list(struct buf *out, const struct str *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s%.*s", i ? ", " : "", STR_ARG(items[i]));
}

static void add_chunks(struct buf *out, const struct step *step)
{
	const struct each *each = step->each;
	size_t views = 0;

	for (size_t i = 0; i < each->object_count; i++)
		views += each->objects[i].is_view;
	if (step->phase == PHASE_PUBLISH) {
		buf_addf(out, "  then      %.*s\n", STR_ARG(step->title));
		return;
	}
	buf_addf(out, "  chunks    %.*s: ", STR_ARG(step->title));
	if (each->over.n)
		buf_addz(out, "as many as the server finds");
	else
		buf_addf(out, "%zu", each->row_count);
	if (each->workers == 0)
		buf_addz(out, ", as many at once as the server has cores");
	else
		buf_addf(out, ", %u at once", each->workers);
	if (step->repeat == REPEAT_NEVER) {
		buf_addz(out, "; straight into the live tables, none of them twice\n");
		return;
	}
	buf_addf(out, "; each stages %zu table%s and %zu view%s\n", each->object_count - views,
	         each->object_count - views == 1 ? "" : "s", views, views == 1 ? "" : "s");
}

/* What is done outside of the server is shown before it is agreed to. */
static void add_acts(struct buf *out, const struct graph *graph)
{
	for (size_t i = 0; i < graph->step_count; i++) {
		const struct step *step = graph->steps[i];

		if (step_acts(step))
			buf_addf(out, "  %s %.*s: %.*s\n",
			         step->gate == GATE_COMMAND ? "runs here" : "by hand  ",
			         STR_ARG(step->title), STR_ARG(step->act));
	}
}

void summary_print_plan(const struct graph *graph, const char *target)
{
	struct buf out;

	buf_init(&out, BUF_CEILING_OUTPUT);
	buf_addf(&out, "migration '%.*s'%s%.*s\n", STR_ARG(graph->migration),
	         graph->description.n ? ": " : "", STR_ARG(graph->description));
	buf_addf(&out, "  plan      %.8s, %zu steps\n", graph->hash, graph->step_total);
	if (target)
		buf_addf(&out, "  target    %s\n", target);
	if (graph->strategy_count) {
		buf_addz(&out, "  strategy  ");
		add_list(&out, graph->strategies, graph->strategy_count);
		buf_addc(&out, '\n');
	}
	if (graph->touched_count) {
		buf_addz(&out, "  writes to ");
		add_list(&out, graph->touched, graph->touched_count);
		buf_addc(&out, '\n');
	}
	for (size_t i = 0; i < graph->step_count; i++) {
		const struct step *step = graph->steps[i];

		if (step->kind == STEP_EACH && step->each->kind == EACH_CHUNKS)
			add_chunks(&out, step);
	}
	add_acts(&out, graph);
	out.data[--out.size] = '\0'; /* terminal_print() ends the line */
	terminal_print(stderr, buf_str(&out));
	buf_release(&out);
}

void summary_print_result(const struct graph *graph, const struct exec_result *result)
{
	const struct exec_summary *s = &result->summary;
	struct human rows, total, time, rate, memory;
	struct buf out;

	buf_init(&out, BUF_CEILING_OUTPUT);
	if (s->already_done) {
		buf_addf(&out, "'%.*s' is already done (plan %.8s): there is nothing to do",
		         STR_ARG(graph->migration), graph->hash);
	} else {
		buf_addf(&out, "'%.*s' %s (plan %.8s)\n", STR_ARG(graph->migration),
		         result->exit == EXEC_DONE ? "is done" : "is not done", graph->hash);
		buf_addf(&out, "  rows      %s", human_count(s->rows_loaded, &rows));
		if (s->rows_total != s->rows_loaded)
			buf_addf(&out, " in this run, %s in all",
			         human_count(s->rows_total, &total));
		buf_addf(&out, "\n  time      %s, %s rows a second\n",
		         human_ms(s->elapsed_ms, &time),
		         human_count(human_rate(s->rows_loaded, s->elapsed_ms), &rate));
		buf_addf(&out, "  chunks    %zu of %zu\n", s->chunks_done, s->chunks_total);
		if (s->guarded.n)
			buf_addf(&out, "  pause     %.*s: for %s\n", STR_ARG(s->guarded),
			         human_ms(s->guarded_ms, &time));
		buf_addf(&out, "  retries   %zu", s->retries);
		if (s->peak_memory_bytes)
			buf_addf(&out, "\n  memory    %s at most, on the server",
			         human_bytes(s->peak_memory_bytes, &memory));
	}
	terminal_print(stdout, buf_str(&out));
	buf_release(&out);
}

static const char *result_name(const struct exec_result *result)
{
	switch (result->exit) {
	case EXEC_DONE:
		return "done";
	case EXEC_BAD_INPUT:
		return "refused";
	case EXEC_GATE:
		return "waiting";
	case EXEC_LOCKED:
		return "locked";
	case EXEC_CHECK_FAILED:
		return "check failed";
	case EXEC_INTERRUPTED:
		return "interrupted";
	case EXEC_STOPPED:
		break;
	}
	return "stopped";
}

json_t *summary_json(const struct graph *graph, const struct exec_result *result)
{
	const struct exec_summary *s = &result->summary;
	json_t *object = json_pack(
	        "{s:o s:s s:s s:i s:b s:b s:I s:I s:I s:I s:I s:I s:I s:I}", "migration",
	        cli_json_text(graph->migration), "plan", graph->hash, "result", result_name(result),
	        "exit", (int)result->exit, "already_done", s->already_done, "resumed", s->resumed,
	        "rows_loaded", (json_int_t)s->rows_loaded, "rows_total", (json_int_t)s->rows_total,
	        "elapsed_ms", (json_int_t)s->elapsed_ms, "rows_per_second",
	        (json_int_t)human_rate(s->rows_loaded, s->elapsed_ms), "peak_memory_bytes",
	        (json_int_t)s->peak_memory_bytes, "chunks_done", (json_int_t)s->chunks_done,
	        "chunks_total", (json_int_t)s->chunks_total, "retries", (json_int_t)s->retries);

	if (s->guarded.n)
		json_object_set_new(object, "pause_ms", json_integer((json_int_t)s->guarded_ms));
	if (result->gate.n)
		json_object_set_new(object, "gate", cli_json_text(result->gate));
	json_object_set_new(object, "text", cli_json_text(result->text));
	return object;
}

void summary_print_json(const struct graph *graph, const struct exec_result *result)
{
	cli_print_json(summary_json(graph, result));
}

void summary_add_word(struct buf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789_-+=./:,@%";

	if (*text && strspn(text, plain) == strlen(text)) {
		buf_addz(out, text);
		return;
	}
	buf_addc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_addz(out, "'\\''");
		else
			buf_addc(out, *text);
	}
	buf_addc(out, '\'');
}

void summary_print_how_to_go_on(int argc, char *const *argv, const char *gate)
{
	struct buf out;

	buf_init(&out, BUF_CEILING_OUTPUT);
	buf_addz(&out, "to go on, run: ");
	summary_add_word(&out, argv[0]);
	buf_addz(&out, " apply");
	for (int i = 1; i < argc; i++) {
		/* What was confirmed is in the journal; where it was taken back it is not true any more. */
		if (strncmp(argv[i], "--confirm", 9) == 0) {
			i += argv[i][9] == '\0';
			continue;
		}
		buf_addc(&out, ' ');
		summary_add_word(&out, argv[i]);
	}
	if (gate) {
		buf_addz(&out, " --confirm ");
		summary_add_word(&out, gate);
	}
	terminal_print(stderr, buf_str(&out));
	buf_release(&out);
}
