/*
 * summary.h: what `bfc apply` says before and after a run.
 */
#ifndef BFC_CLI_SUMMARY_H
#define BFC_CLI_SUMMARY_H

#include <jansson.h>

#include "runtime/exec.h"

/* Tables, views, chunks, strategy and hash, to standard error. */
void summary_print_plan(const struct graph *graph, const char *target);
/* Rows, time, rate, peak server memory, chunks, retries, to standard output. */
void summary_print_result(const struct graph *graph, const struct exec_result *result);
/* The same as one JSON object. */
json_t *summary_json(const struct graph *graph, const struct exec_result *result);
void summary_print_json(const struct graph *graph, const struct exec_result *result);
/* "to go on, run: bfc apply …", quoted for a shell, to standard error. */
void summary_print_how_to_go_on(int argc, char *const *argv, const char *gate);

/* `text` as one word of a POSIX shell. */
void summary_add_word(struct buf *out, const char *text);

#endif
