/*
 * shell.h: a command of the migration's on this machine; one half of outside.h.
 *
 * Invariants: it is not run by this process but by shell_host.h, so that it does not outlive us; a program
 * that runs commands has to pass SHELL_HOST_VERB on from main().
 * Ownership: shell_release() frees all. Failure: a command that can't be started has failed.
 */
#ifndef BFC_SHELL_H
#define BFC_SHELL_H

#include <sys/types.h>

#include "compiler/base/buf.h"
#include "runtime/outside.h"

struct shell {
	pid_t pid;  /* 0: none */
	int output; /* -1: none */
	bool ended; /* `status` is how */
	int status;
	struct buf text; /* output; of it was handed on … */
	size_t taken;
	struct buf line, why;
	const char *const
	        *hidden; /* names of environment variables that it must not see; ends with NULL */
};

void shell_init(struct shell *shell, const char *const *hidden);
void shell_run(struct shell *shell, struct str text);
enum outside_state shell_poll(struct shell *shell, struct outside_news *news);
/* Kills it, when it runs, with all that it has started. */
void shell_end(struct shell *shell);
void shell_release(struct shell *shell);

#endif
