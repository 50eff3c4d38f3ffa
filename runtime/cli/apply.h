/*
 * apply.h: what `bfc apply FILE` and `bfc apply DIR` share.
 */
#ifndef BFC_CLI_APPLY_H
#define BFC_CLI_APPLY_H

#include "runtime/cli/cli.h"
#include "runtime/cli/params.h"

/* The question was answered with no: nothing began, so there is nothing to go on with. */
#define APPLY_DECLINED (-1)

struct apply_options {
	struct common_options common;
	struct login_options login;
	struct warning_options warnings;
	const char *file; /* or a folder */
	char **params;    /* as many as there are arguments at most */
	size_t param_count;
	const char **confirmed; /* ids of gates; as many as there are arguments, then NULL. Of a
				 * folder those of the migration that runs first: it is the one that waits */
	size_t confirmed_count;
	char *gate; /* the run's end: a person has to confirm this one; or NULL */
	unsigned workers;
	unsigned patience_seconds;
	bool yes;
	bool json;
	bool log_json;
};

/* Asks, where there is someone who can answer. */
bool apply_confirmed(const struct apply_options *options);
/* What --confirm names are gates of the plan; false after saying which is none. */
bool apply_knows_gates(const struct apply_options *options, const struct graph *graph);
/* Runs one plan, and shows how it goes; says nothing of how it ended. */
void apply_run(struct apply_options *options, struct session *session, const struct graph *graph,
               const struct param_values *values, struct exec_result *result);
/* apply_folder.c: every migration of the folder that was not applied yet. */
int apply_folder(struct apply_options *options, const char *library);

#endif
