#include "runtime/cli/view.h"

#include <time.h>

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
