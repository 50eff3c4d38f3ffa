/*
 * A run on a terminal: one bar for the run, one a worker, redrawn in place.
 *
 * Each redraw goes up over what the last one wrote, by as many screen lines as that takes at the
 * width of now: a terminal that was made narrower has wrapped them.
 */
#include <stdlib.h>

#include "runtime/cli/human.h"
#include "runtime/cli/view.h"

enum {
	WORKERS_SHOWN_MAX = 64,
	REDRAW_MS_MIN = 100,
	BAR_COLUMNS = 24,
	BAR_COLUMNS_NARROW = 10,
	NARROW_COLUMNS = 100,
	/* A worker's statement that was not polled for so long has ended. */
	STALE_MS = 3000,
	ID_BYTES = 64,
};

struct worker_line {
	bool busy;
	char label[160];
	char step[200];
	bool polled;
	uint64_t polled_ms;
	struct exec_progress numbers; /* its texts are not used: they are borrowed */
};

struct progress_view {
	bool color;
	uint64_t began_ms, drawn_ms;
	/* Over all the backfills that have begun. */
	size_t chunks_done, chunks_total;
	size_t chunks_before; /* done by earlier runs: they say nothing about speed */
	char each[ID_BYTES];  /* the backfill that began last */
	uint64_t rows_done;
	char step[400]; /* the last top-level step begun */
	struct worker_line workers[WORKERS_SHOWN_MAX];
	bool asking; /* a question stands on the screen's last line: no bars below it */
	size_t drawn_columns[WORKERS_SHOWN_MAX + 1]; /* of each line on the screen */
	size_t drawn_count;
};

static void copy_text(char *out, size_t size, struct str text)
{
	struct buf safe;
	struct str cut;

	buf_init(&safe, BUF_CEILING_OUTPUT);
	terminal_add_safe(&safe, text, false);
	cut = terminal_cut(buf_str(&safe), size / 4);
	snprintf(out, size, "%.*s", STR_ARG(cut));
	buf_release(&safe);
}

/* --- drawing --------------------------------------------------------------------------- */

static void add_erase(struct progress_view *view, struct buf *out)
{
	unsigned width = terminal_width(stderr);
	size_t rows = 0;

	for (size_t i = 0; i < view->drawn_count; i++)
		rows += view->drawn_columns[i] ? (view->drawn_columns[i] + width - 1) / width : 1;
	if (rows)
		buf_addf(out, "\r\033[%zuA\033[J", rows);
	view->drawn_count = 0;
}

/* Adds one line, cut so that it never wraps. */
static void add_line(struct progress_view *view, struct buf *out, struct str line)
{
	struct str cut = terminal_cut(line, terminal_width(stderr) - 1);

	view->drawn_columns[view->drawn_count++] = terminal_columns(cut);
	buf_add(out, cut);
	buf_addc(out, '\n');
}

static void add_bar(struct buf *line, double share)
{
	int columns = terminal_width(stderr) < NARROW_COLUMNS ? BAR_COLUMNS_NARROW : BAR_COLUMNS;
	int full = (int)(share * columns + 0.5);

	buf_addc(line, '[');
	for (int i = 0; i < columns; i++)
		buf_addc(line, i < full ? '#' : '.');
	buf_addf(line, "] %3d %%", (int)(share * 100));
}

static double share_of(const struct worker_line *worker)
{
	double share;

	if (!worker->busy || !worker->polled || !worker->numbers.total_rows)
		return 0;
	share = (double)worker->numbers.read_rows / (double)worker->numbers.total_rows;
	return share > 1 ? 1 : share;
}

static double run_share(const struct progress_view *view)
{
	double share = (double)view->chunks_done;

	if (!view->chunks_total)
		return 0;
	/* A statement that has read everything has still to be published. */
	for (size_t i = 0; i < WORKERS_SHOWN_MAX; i++)
		share += 0.95 * share_of(&view->workers[i]);
	share /= (double)view->chunks_total;
	return share > 1 ? 1 : share;
}

/* What is left, from what this run has done so far; says nothing before the first hundredth. */
static void add_time_left(const struct progress_view *view, struct buf *line, double share)
{
	double before =
	        view->chunks_total ? (double)view->chunks_before / (double)view->chunks_total : 0;
	double done = share - before;
	uint64_t elapsed_ms = view_now_ms() - view->began_ms;
	struct human time;

	if (done < 0.01 || share >= 1)
		return;
	buf_addf(line, "  %s left",
	         human_ms((uint64_t)((double)elapsed_ms * (1 - share) / done), &time));
}

static void add_run_line(struct progress_view *view, struct buf *out)
{
	uint64_t rows = view->rows_done, bytes = 0, memory = 0, elapsed_ms;
	double share = run_share(view);
	struct human text;
	struct buf line;

	for (size_t i = 0; i < WORKERS_SHOWN_MAX; i++) {
		const struct worker_line *worker = &view->workers[i];

		if (!worker->busy || !worker->polled)
			continue;
		rows += worker->numbers.written_rows;
		memory += worker->numbers.memory_bytes;
		bytes += human_rate(worker->numbers.read_bytes, worker->numbers.elapsed_ms);
	}
	elapsed_ms = view_now_ms() - view->began_ms;
	buf_init(&line, BUF_CEILING_OUTPUT);
	if (!view->chunks_total) {
		buf_addf(&line, "%s  %s", human_ms(elapsed_ms, &text), view->step);
	} else {
		add_bar(&line, share);
		buf_addf(&line, "  %zu of %zu chunks", view->chunks_done, view->chunks_total);
		add_time_left(view, &line, share);
		buf_addf(&line, "  %s rows", human_count(rows, &text));
		buf_addf(&line, "  %s rows/s", human_count(human_rate(rows, elapsed_ms), &text));
		if (bytes)
			buf_addf(&line, "  %s/s", human_bytes(bytes, &text));
		if (memory)
			buf_addf(&line, "  memory %s", human_bytes(memory, &text));
	}
	add_line(view, out, buf_str(&line));
	buf_release(&line);
}

static void add_worker_line(struct progress_view *view, struct buf *out, size_t index)
{
	const struct worker_line *worker = &view->workers[index];
	const struct exec_progress *n = &worker->numbers;
	struct human text;
	struct buf line;

	buf_init(&line, BUF_CEILING_OUTPUT);
	buf_addf(&line, "%2zu ", index + 1);
	add_bar(&line, share_of(worker));
	buf_addf(&line, "  %s", worker->label);
	if (worker->polled) {
		buf_addf(&line, "  %s rows", human_count(n->read_rows, &text));
		buf_addf(&line, "  %s rows/s",
		         human_count(human_rate(n->read_rows, n->elapsed_ms), &text));
		buf_addf(&line, "  %s/s",
		         human_bytes(human_rate(n->read_bytes, n->elapsed_ms), &text));
		buf_addf(&line, "  memory %s", human_bytes(n->memory_bytes, &text));
	}
	/* Last, since a narrow terminal cuts it off. */
	buf_addf(&line, "  %s", worker->step);
	add_line(view, out, buf_str(&line));
	buf_release(&line);
}

static void add_bars(struct progress_view *view, struct buf *out)
{
	uint64_t now_ms = view_now_ms();

	add_run_line(view, out);
	for (size_t i = 0; i < WORKERS_SHOWN_MAX; i++) {
		struct worker_line *worker = &view->workers[i];

		if (worker->polled && now_ms - worker->polled_ms > STALE_MS)
			worker->polled = false;
		if (worker->busy)
			add_worker_line(view, out, i);
	}
	view->drawn_ms = now_ms;
}

static void write_out(struct buf *out)
{
	if (out->size)
		fwrite(out->data, 1, out->size, stderr);
	fflush(stderr);
	buf_release(out);
}

static void redraw(struct progress_view *view, bool now)
{
	struct buf out;

	if (view->asking)
		return;
	if (!now && view->drawn_count && view_now_ms() - view->drawn_ms < REDRAW_MS_MIN)
		return;
	buf_init(&out, BUF_CEILING_OUTPUT);
	add_erase(view, &out);
	add_bars(view, &out);
	write_out(&out);
}

/* A line that stays, above the bars. */
static void say(struct progress_view *view, const char *color, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

static void say(struct progress_view *view, const char *color, const char *format, ...)
{
	struct buf out, text;
	va_list args;

	buf_init(&text, BUF_CEILING_OUTPUT);
	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	buf_init(&out, BUF_CEILING_OUTPUT);
	add_erase(view, &out);
	if (view->asking)
		buf_addc(&out, '\n');
	if (view->color)
		buf_addz(&out, color);
	terminal_add_safe(&out, buf_str(&text), true);
	buf_addz(&out, view->color ? "\033[0m\n" : "\n");
	buf_release(&text);
	if (!view->asking)
		add_bars(view, &out);
	write_out(&out);
}

/* Releases the text. */
static void say_of(struct progress_view *view, const char *color, struct buf *text)
{
	say(view, color, "%.*s", STR_ARG(buf_str(text)));
	buf_release(text);
}

/* --- what happens ----------------------------------------------------------------------- */

static struct worker_line *worker_of(struct progress_view *view, unsigned worker)
{
	return &view->workers[worker < WORKERS_SHOWN_MAX ? worker : WORKERS_SHOWN_MAX - 1];
}

static void on_step_began(void *state, const struct step *step, struct str label)
{
	struct progress_view *view = state;
	char chunk[sizeof(view->workers[0].label)];

	copy_text(chunk, sizeof(chunk), label);
	for (size_t i = 0; i < WORKERS_SHOWN_MAX; i++) {
		struct worker_line *worker = &view->workers[i];

		if (worker->busy && strcmp(worker->label, chunk) == 0) {
			copy_text(worker->step, sizeof(worker->step), step->title);
			worker->polled = false;
			redraw(view, false);
			return;
		}
	}
	copy_text(view->step, sizeof(view->step), label);
	redraw(view, false);
}

static void on_step_done(void *state, const struct step *step, struct str label,
                         uint64_t elapsed_ms)
{
	struct progress_view *view = state;

	(void)label;
	(void)elapsed_ms;
	if (step->kind == STEP_GATE && step->gate == GATE_PERSON)
		view->asking = false;
	redraw(view, false);
}

static void on_retrying(void *state, const struct step *step, struct str label, struct str reason,
                        uint64_t wait_ms)
{
	struct buf text;

	(void)step;
	buf_init(&text, BUF_CEILING_OUTPUT);
	view_add_retry(&text, label, reason, wait_ms);
	say_of(state, "\033[33m", &text);
}

/* A person is asked on this terminal next. */
static void on_waiting(void *state, const struct step *step, struct str what)
{
	struct progress_view *view = state;
	bool asks = step->kind == STEP_GATE && step->gate == GATE_PERSON;
	struct buf out;

	say(view, "\033[33m", "%.*s: %.*s", STR_ARG(step->title), STR_ARG(what));
	if (!asks)
		return;
	buf_init(&out, BUF_CEILING_OUTPUT);
	add_erase(view, &out);
	write_out(&out);
	view->asking = true;
}

static void on_resumed(void *state, struct str what)
{
	say(state, "\033[36m", "%.*s", STR_ARG(what));
}

static void on_said(void *state, const struct step *step, struct str line)
{
	say(state, "", "%.*s: %.*s", STR_ARG(step->title), STR_ARG(line));
}

static void on_pinned(void *state, const struct step *step, struct str what)
{
	(void)step;
	say(state, "", "pinned: %.*s", STR_ARG(what));
}

/* What is done when a backfill's first chunk begins was done by earlier runs. */
static void count_chunks(struct progress_view *view, const struct exec_chunk *chunk)
{
	char each[ID_BYTES];

	snprintf(each, sizeof(each), "%.*s", STR_ARG(chunk->each));
	if (strcmp(view->each, each) != 0 && chunk->done > view->chunks_done)
		view->chunks_before += chunk->done - view->chunks_done;
	memcpy(view->each, each, sizeof(each));
	view->chunks_done = chunk->done;
	view->chunks_total = chunk->total;
}

static void on_chunk_began(void *state, const struct exec_chunk *chunk)
{
	struct progress_view *view = state;
	struct worker_line *line = worker_of(view, chunk->worker);

	count_chunks(view, chunk);
	*line = (struct worker_line){.busy = true};
	copy_text(line->label, sizeof(line->label), chunk->label);
	redraw(view, false);
}

static void on_chunk_done(void *state, const struct exec_chunk *chunk)
{
	struct progress_view *view = state;
	struct worker_line *line = worker_of(view, chunk->worker);
	char label[sizeof(line->label)];

	count_chunks(view, chunk);
	view->rows_done += chunk->rows;
	/* The worker may be at its next chunk already. */
	copy_text(label, sizeof(label), chunk->label);
	if (strcmp(line->label, label) == 0)
		*line = (struct worker_line){0};
	redraw(view, true);
}

static void on_chunk_split(void *state, const struct exec_chunk *chunk, size_t parts)
{
	struct progress_view *view = state;
	struct buf text;

	count_chunks(view, chunk);
	buf_init(&text, BUF_CEILING_OUTPUT);
	view_add_split(&text, chunk, parts);
	say_of(view, "\033[33m", &text);
}

static void on_progress(void *state, const struct exec_progress *statements, size_t count)
{
	struct progress_view *view = state;

	for (size_t i = 0; i < count; i++) {
		struct worker_line *worker = worker_of(view, statements[i].worker);

		worker->polled = true;
		worker->polled_ms = view_now_ms();
		worker->numbers = statements[i];
	}
	redraw(view, false);
}

static void progress_view_close(void *state)
{
	struct progress_view *view = state;
	struct buf out;

	buf_init(&out, BUF_CEILING_OUTPUT);
	add_erase(view, &out);
	write_out(&out);
	free(view);
}

void progress_view_open(struct view *view, bool color)
{
	struct progress_view *state = xmalloc(sizeof(*state));

	*state = (struct progress_view){.color = color, .began_ms = view_now_ms()};
	view->observer = (struct exec_observer){
	        .state = state,
	        .step_began = on_step_began,
	        .step_done = on_step_done,
	        .retrying = on_retrying,
	        .waiting = on_waiting,
	        .resumed = on_resumed,
	        .said = on_said,
	        .pinned = on_pinned,
	        .chunk_began = on_chunk_began,
	        .chunk_done = on_chunk_done,
	        .chunk_split = on_chunk_split,
	        .progress = on_progress,
	};
	view->close = progress_view_close;
}
