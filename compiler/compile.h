/*
 * compile.h: all phases in one call; what the commands use.
 *
 * Ownership: the result's graph lives in the compilation's plan arena; the front end's arena is
 * freed before compile_file() returns; diagnostics and text stay until compilation_release().
 */
#ifndef BFC_COMPILE_H
#define BFC_COMPILE_H

#include "compiler/graph.h"

struct compilation {
	struct arena session; /* text, diagnostics */
	struct arena front;   /* ast, model: empty again when compile_file() returns */
	struct arena plan;    /* graph */
	struct source_set sources;
	struct diag_list diags;
	const struct graph *graph; /* NULL when there are errors */
	/* What a folder is ordered by; of a .bf file that could be read, in the session's arena. */
	struct str migration;
	struct str *after;
	size_t after_count;
	size_t front_bytes; /* how large the front end's arena was, for `make bench` */
};

void compilation_init(struct compilation *compilation);
/* A .bf file, or a plan.json when `path` ends so. False when there are errors. */
bool compile_file(struct compilation *compilation, const char *path, const char *library_path);
/* Diagnostics only: stops after the model. */
bool compile_check(struct compilation *compilation, const char *path, const char *library_path);
void compilation_release(struct compilation *compilation);

#endif
