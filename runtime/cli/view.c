#include "runtime/cli/view.h"

#include <time.h>

#include "runtime/cli/human.h"

uint64_t view_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

size_t view_chunk_number(struct str name)
{
	size_t n = 0;

	for (size_t i = 0; i < name.n && name.p[i] >= '0' && name.p[i] <= '9'; i++)
		n = n * 10 + (size_t)(name.p[i] - '0');
	return n;
}

void view_add_retry(struct buf *out, struct str label, struct str reason, uint64_t wait_ms)
{
	struct human time;

	if (label.n)
		buf_addf(out, "%.*s: ", STR_ARG(label));
	if (wait_ms)
		buf_addf(out, "trying again in %s: ", human_ms(wait_ms, &time));
	buf_add(out, reason);
}

void view_add_done(struct buf *out, const struct exec_chunk *chunk)
{
	struct human count;

	buf_addf(out, "%.*s done", STR_ARG(chunk->label));
	if (!chunk->moves)
		buf_addf(out, ": %s rows", human_count(chunk->rows, &count));
}

void view_add_split(struct buf *out, const struct exec_chunk *chunk, size_t parts)
{
	buf_addf(out, "%.*s does not fit in memory: it goes on in %zu parts", STR_ARG(chunk->label),
	         parts);
}

void view_open(struct view *view, enum view_kind kind, enum color_mode color)
{
	if (kind == VIEW_BARS)
		progress_view_open(view, terminal_color(stderr, color));
	else
		log_view_open(view, kind == VIEW_JSON);
}

void view_close(struct view *view)
{
	view->close(view->observer.state);
	*view = (struct view){0};
}
