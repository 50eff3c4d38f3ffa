/*
 * A run without a terminal: plain lines, or one JSON object a line.
 */
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "compiler/base/json_value.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/human.h"
#include "runtime/cli/view.h"

/* Statements under way are worth a line this often; JSON readers get each poll. */
enum { LOG_PROGRESS_MS = 10000 };

struct log_view {
	bool json;
	uint64_t began_ms;
	uint64_t progress_ms; /* when statements were last shown */
};

static void line(const struct log_view *log, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

static void line(const struct log_view *log, const char *format, ...)
{
	uint64_t ms = view_now_ms() - log->began_ms;
	struct buf text;
	va_list args;

	buf_init(&text, BUF_CEILING_OUTPUT);
	buf_addf(&text, "%7llu.%u s  ", (unsigned long long)(ms / 1000),
	         (unsigned)(ms % 1000 / 100));
	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	terminal_print(stderr, buf_str(&text));
	buf_release(&text);
}

/* Releases the text. */
static void line_of(const struct log_view *log, struct buf *text)
{
	line(log, "%.*s", STR_ARG(buf_str(text)));
	buf_release(text);
}

static json_t *event(const char *name)
{
	struct timeval now;
	struct tm parts;
	char seconds[24], time[40];

	gettimeofday(&now, NULL);
	gmtime_r(&now.tv_sec, &parts);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(time, sizeof(time), "%s.%03uZ", seconds, (unsigned)(now.tv_usec / 1000 % 1000));
	return json_pack("{s:s s:s}", "time", time, "event", name);
}

static void emit(json_t *object)
{
	cli_write_json(stderr, object, JSON_COMPACT);
}

static json_t *step_event(const char *name, const struct step *step, struct str label)
{
	json_t *object = event(name);

	if (step)
		json_put_text(object, "step", step->id);
	json_put_text(object, "label", label);
	return object;
}

static void on_step_began(void *state, const struct step *step, struct str label)
{
	struct log_view *log = state;

	if (log->json)
		emit(step_event("step_began", step, label));
}

static void on_step_done(void *state, const struct step *step, struct str label,
                         uint64_t elapsed_ms)
{
	struct log_view *log = state;
	struct human time;
	json_t *object;

	if (log->json) {
		object = step_event("step_done", step, label);
		json_put_u64(object, "elapsed_ms", elapsed_ms);
		emit(object);
	} else if (str_eq(label, step->title)) {
		/* Steps of a chunk have the chunk's label, and the chunk has lines of its own. */
		line(log, "%.*s (%s)", STR_ARG(label), human_ms(elapsed_ms, &time));
	}
}

static void on_retrying(void *state, const struct step *step, struct str label, struct str reason,
                        uint64_t wait_ms)
{
	struct log_view *log = state;
	json_t *object;
	struct buf text;

	if (log->json) {
		object = step_event("retrying", step, label);
		json_put_text(object, "reason", reason);
		json_put_u64(object, "wait_ms", wait_ms);
		emit(object);
		return;
	}
	buf_init(&text, BUF_CEILING_OUTPUT);
	view_add_retry(&text, label, reason, wait_ms);
	line_of(log, &text);
}

static void on_waiting(void *state, const struct step *step, struct str what)
{
	struct log_view *log = state;
	json_t *object;

	if (log->json) {
		object = step_event("waiting", step, step->title);
		json_put_text(object, "what", what);
		emit(object);
	} else {
		line(log, "%.*s: %.*s", STR_ARG(step->title), STR_ARG(what));
	}
}

static void on_resumed(void *state, struct str what)
{
	struct log_view *log = state;
	json_t *object;

	if (log->json) {
		object = event("resumed");
		json_put_text(object, "what", what);
		emit(object);
	} else {
		line(log, "%.*s", STR_ARG(what));
	}
}

static void on_said(void *state, const struct step *step, struct str text)
{
	struct log_view *log = state;
	json_t *object;

	if (log->json) {
		object = step_event("said", step, step->title);
		json_put_text(object, "line", text);
		emit(object);
	} else {
		line(log, "%.*s: %.*s", STR_ARG(step->title), STR_ARG(text));
	}
}

static void on_pinned(void *state, const struct step *step, struct str what)
{
	struct log_view *log = state;
	json_t *object;

	if (log->json) {
		object = event("pinned");
		json_put_text(object, "step", step->id);
		json_put_text(object, "what", what);
		emit(object);
	} else {
		line(log, "pinned: %.*s", STR_ARG(what));
	}
}

static json_t *chunk_event(const char *name, const struct exec_chunk *chunk)
{
	json_t *object = event(name);

	json_put_text(object, "each", chunk->each);
	json_put_u64(object, "chunk", view_chunk_number(chunk->name));
	json_put_text(object, "name", chunk->name);
	json_put_u64(object, "chunk_count", chunk->count);
	json_put_u64(object, "worker", chunk->worker);
	json_put_u64(object, "chunks_done", chunk->done);
	json_put_u64(object, "chunks_total", chunk->total);
	return object;
}

static void on_chunk_began(void *state, const struct exec_chunk *chunk)
{
	struct log_view *log = state;

	if (log->json)
		emit(chunk_event("chunk_began", chunk));
	else
		line(log, "%.*s began", STR_ARG(chunk->label));
}

static void on_chunk_done(void *state, const struct exec_chunk *chunk)
{
	struct log_view *log = state;
	json_t *object;
	struct buf text;

	if (log->json) {
		object = chunk_event("chunk_done", chunk);
		json_put_u64(object, "rows", chunk->rows);
		emit(object);
		return;
	}
	buf_init(&text, BUF_CEILING_OUTPUT);
	view_add_done(&text, chunk);
	line_of(log, &text);
}

static void on_chunk_split(void *state, const struct exec_chunk *chunk, size_t parts)
{
	struct log_view *log = state;
	json_t *object;
	struct buf text;

	if (log->json) {
		object = chunk_event("chunk_split", chunk);
		json_put_u64(object, "parts", parts);
		emit(object);
		return;
	}
	buf_init(&text, BUF_CEILING_OUTPUT);
	view_add_split(&text, chunk, parts);
	line_of(log, &text);
}

static void emit_progress(const struct exec_progress *p)
{
	json_t *object = event("progress");

	json_put_text(object, "step", p->step);
	json_put_text(object, "label", p->label);
	json_put_u64(object, "worker", p->worker);
	json_put_u64(object, "read_rows", p->read_rows);
	json_put_u64(object, "total_rows", p->total_rows);
	json_put_u64(object, "read_bytes", p->read_bytes);
	json_put_u64(object, "written_rows", p->written_rows);
	json_put_u64(object, "memory_bytes", p->memory_bytes);
	json_put_u64(object, "elapsed_ms", p->elapsed_ms);
	emit(object);
}

static void on_progress(void *state, const struct exec_progress *statements, size_t count)
{
	struct log_view *log = state;
	uint64_t now_ms = view_now_ms();
	struct human rows, rate, memory;

	for (size_t i = 0; log->json && i < count; i++)
		emit_progress(&statements[i]);
	if (log->json || now_ms - log->progress_ms < LOG_PROGRESS_MS)
		return;
	log->progress_ms = now_ms;
	for (size_t i = 0; i < count; i++) {
		const struct exec_progress *p = &statements[i];

		line(log, "%.*s: %s rows read, %s a second, server memory %s", STR_ARG(p->label),
		     human_count(p->read_rows, &rows),
		     human_count(human_rate(p->read_rows, p->elapsed_ms), &rate),
		     human_bytes(p->memory_bytes, &memory));
	}
}

void log_view_open(struct view *view, bool json)
{
	struct log_view *log = xmalloc(sizeof(*log));

	*log = (struct log_view){.json = json, .began_ms = view_now_ms()};
	log->progress_ms = log->began_ms;
	view->observer = (struct exec_observer){
	        .state = log,
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
	view->close = free;
}
