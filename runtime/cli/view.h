/*
 * view.h: a run as it is seen: bars on a terminal, plain lines elsewhere, or JSON lines.
 *
 * Purpose: three observers of exec.h. All write to standard error.
 * - progress.c: one bar for the run and one a worker; what happens stands as a line above them.
 * - log.c: a line for each thing that happens; statements under way every LOG_PROGRESS_MS.
 * - log.c, JSON: one object a line, with `time` (UTC) and `event`; the other fields are named as
 * the observer's arguments. Ownership: view_open() makes the state, view_close() takes the bars off
 * the terminal and frees it.
 */
#ifndef BFC_CLI_VIEW_H
#define BFC_CLI_VIEW_H

#include "runtime/cli/terminal.h"
#include "runtime/exec.h"

enum view_kind { VIEW_BARS, VIEW_LINES, VIEW_JSON };

struct view {
	struct exec_observer observer;
	void (*close)(void *state);
};

void view_open(struct view *view, enum view_kind kind, enum color_mode color);
void view_close(struct view *view);

/* For view_open(). */
void progress_view_open(struct view *view, bool color);
void log_view_open(struct view *view, bool json);

/* "chunk 3 of 11: trying again in 2 s: why"; "chunk 3 of 11: why" when nothing is waited for. */
void view_add_retry(struct buf *out, struct str label, struct str reason, uint64_t wait_ms);
/* "chunk 3 of 11 done: 1,000 rows" */
void view_add_done(struct buf *out, const struct exec_chunk *chunk);
void view_add_split(struct buf *out, const struct exec_chunk *chunk, size_t parts);

/* Milliseconds of a monotonic clock. */
uint64_t view_now_ms(void);
/* 3, of chunk 3 and of its part 3.1. */
size_t view_chunk_number(struct str name);

#endif
