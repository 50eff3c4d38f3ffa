#include "runtime/cli/status_print.h"

#include "runtime/cli/human.h"

bool status_is_running(const struct migration_status *status)
{
	return str_is(status->state, "running");
}

/* Further lines of the value stand below its first. */
__attribute__((format(printf, 3, 4))) static void add(struct buf *out, const char *name,
                                                      const char *format, ...)
{
	struct buf value;
	va_list args;

	buf_init(&value, BUF_CEILING_OUTPUT);
	va_start(args, format);
	buf_addv(&value, format, args);
	va_end(args);
	buf_addf(out, "  %-10s ", name);
	for (size_t i = 0; i < value.size; i++) {
		buf_addc(out, value.data[i]);
		if (value.data[i] == '\n')
			buf_addz(out, "             ");
	}
	buf_addc(out, '\n');
	buf_release(&value);
}

static void add_str(struct buf *out, const char *name, struct str value)
{
	if (value.n)
		add(out, name, "%.*s", STR_ARG(value));
}

static void add_chunks(const struct migration_status *status, struct buf *out)
{
	size_t in = status->chunks_done + status->chunks_published;
	struct buf line;

	if (!status->chunks_total && !in && !status->chunks_under_way)
		return;
	buf_init(&line, BUF_CEILING_OUTPUT);
	buf_addf(&line, "%zu", status->chunks_done);
	if (status->chunks_total)
		buf_addf(&line, " of %zu", status->chunks_total);
	buf_addz(&line, " done");
	if (status->chunks_published)
		buf_addf(&line, ", %zu published and to be cleaned up after",
		         status->chunks_published);
	buf_addf(&line, ", %zu under way, %zu attempts", status->chunks_under_way,
	         status->attempts);
	if (status->chunks_total > in)
		buf_addf(&line, ", %zu left", status->chunks_total - in);
	if (status->chunks_split)
		buf_addf(&line, "; %zu more did not fit in memory: their parts are counted",
		         status->chunks_split);
	add_str(out, "chunks", buf_str(&line));
	buf_release(&line);
	if (status->chunks_held)
		add(out, "held", "%zu of those done are in holding tables: published at the end",
		    status->chunks_held);
	if (status->chunks_in_doubt)
		add(out, "in doubt", "%zu: bfc apply says which, and what to do",
		    status->chunks_in_doubt);
}

/* What waits for somebody: it comes first. */
static void add_waiting(const struct migration_status *status, struct buf *out)
{
	bool running = status_is_running(status);

	if (status->gate.n)
		add(out, "waits for", "a person; bfc apply with --confirm %.*s goes on",
		    STR_ARG(status->gate));
	if (!status->guarded.n)
		return;
	if (status->guard_restored) {
		add(out, "half done", "what was begun while %.*s is not all taken back: %s",
		    STR_ARG(status->guarded), "the next bfc apply or bfc abort does it");
		return;
	}
	add(out, "paused", "%.*s since %.*s, by host %.*s", STR_ARG(status->guarded),
	    STR_ARG(status->guarded_since), STR_ARG(status->guarded_host));
	if (!running)
		add(out, "", "the same bfc apply goes on, bfc abort %.*s ends it; or %.*s",
		    STR_ARG(status->migration), STR_ARG(status->guarded_left));
}

static void add_rows(const struct migration_status *status, struct buf *out)
{
	bool running = status_is_running(status);
	uint64_t rows = running ? status->run_rows : status->rows;
	uint64_t ms = running ? status->run_ms : status->elapsed_ms;
	struct human all, part, time, rate;

	if (!status->chunks_total && !status->chunks_done && !status->chunks_published)
		return;
	if (!ms) /* killed: nothing says how long it took */
		add(out, "rows", "%s", human_count(status->rows, &all));
	else if (rows == status->rows)
		add(out, "rows", "%s in %s, %s a second", human_count(rows, &all),
		    human_ms(ms, &time), human_count(human_rate(rows, ms), &rate));
	else
		add(out, "rows", "%s, of these %s by this run in %s, %s a second",
		    human_count(status->rows, &all), human_count(rows, &part), human_ms(ms, &time),
		    human_count(human_rate(rows, ms), &rate));
}

void status_add_text(const struct migration_status *status, struct buf *out)
{
	struct human rows, bytes, time;

	buf_addf(out, "%.*s: %.*s\n", STR_ARG(status->migration), STR_ARG(status->state));
	add_waiting(status, out);
	add_str(out, "plan", (struct str){status->plan.p, status->plan.n > 8 ? 8 : status->plan.n});
	add_chunks(status, out);
	add_rows(status, out);
	if (status->statements)
		add(out, "now", "%zu statement%s, %s rows written so far, %s of memory",
		    status->statements, status->statements == 1 ? "" : "s",
		    human_count(status->written_rows, &rows),
		    human_bytes(status->memory_bytes, &bytes));
	if (status->left_ms)
		add(out, "left", "about %s", human_ms(status->left_ms, &time));
	add_str(out, "began", status->began);
	add_str(out, "ended", status->ended);
	add_str(out, "held by", status->holder);
	if (!str_is(status->state, "finished"))
		add_str(out, "last error", status->last_error);
}

void status_add_line(const struct migration_status *status, struct buf *out)
{
	struct human rows, rate, time;

	buf_addf(out, "%.*s: %.*s", STR_ARG(status->migration), STR_ARG(status->state));
	if (status->chunks_total)
		buf_addf(out, ", %zu of %zu chunks", status->chunks_done + status->chunks_published,
		         status->chunks_total);
	if (status->rows)
		buf_addf(out, ", %s rows", human_count(status->rows, &rows));
	if (status_is_running(status) && status->run_rows)
		buf_addf(out, ", %s rows a second",
		         human_count(human_rate(status->run_rows, status->run_ms), &rate));
	if (status->left_ms)
		buf_addf(out, ", about %s left", human_ms(status->left_ms, &time));
	if (status->guarded.n && !status->guard_restored)
		buf_addf(out, ", %.*s since %.*s", STR_ARG(status->guarded),
		         STR_ARG(status->guarded_since));
	if (!status_is_running(status) && !str_is(status->state, "finished") &&
	    status->last_error.n)
		buf_addf(out, ": %.*s", STR_ARG(status->last_error));
}

/* null: nothing is to be put back. */
static json_t *guard_json(const struct migration_status *status)
{
	if (!status->guarded.n)
		return json_null();
	return json_pack("{s:o s:o s:o s:o s:b}", "what", cli_json_text(status->guarded), "since",
	                 cli_json_text(status->guarded_since), "host",
	                 cli_json_text(status->guarded_host), "by_hand",
	                 cli_json_text(status->guarded_left), "restored", status->guard_restored);
}

json_t *status_json(const struct migration_status *status)
{
	json_t *json = json_pack(
	        "{s:o s:o s:o s:o s:o s:o s:o s:I s:I s:I s:I s:I s:I}", "migration",
	        cli_json_text(status->migration), "plan", cli_json_text(status->plan), "state",
	        cli_json_text(status->state), "holder", cli_json_text(status->holder), "began",
	        cli_json_text(status->began), "ended", cli_json_text(status->ended), "last_error",
	        cli_json_text(status->last_error), "chunks_done", (json_int_t)status->chunks_done,
	        "chunks_total", (json_int_t)status->chunks_total, "chunks_under_way",
	        (json_int_t)status->chunks_under_way, "rows", (json_int_t)status->rows,
	        "elapsed_ms", (json_int_t)status->elapsed_ms, "attempts",
	        (json_int_t)status->attempts);
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
	        {"chunks_published", status->chunks_published},
	        {"chunks_split", status->chunks_split},
	        {"chunks_held", status->chunks_held},
	        {"chunks_in_doubt", status->chunks_in_doubt},
	        {"run_rows", status->run_rows},
	        {"run_chunks", status->run_chunks},
	        {"run_ms", status->run_ms},
	        {"rows_per_second", human_rate(status->run_rows, status->run_ms)},
	        {"left_ms", status->left_ms},
	        {"statements", status->statements},
	        {"written_rows", status->written_rows},
	        {"memory_bytes", status->memory_bytes},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		json_object_set_new(json, numbers[i].name,
		                    json_integer((json_int_t)numbers[i].value));
	json_object_set_new(json, "gate", cli_json_text(status->gate));
	json_object_set_new(json, "guard", guard_json(status));
	return json;
}
