/*
 * outside.h: what a gate waits for besides the server: a person, or a command on this machine.
 *
 * Purpose: the executor's second door, beside transport.h, so that tests can play both. shell.c
 * runs commands, runtime/cli/person.c asks; unit tests have a script.
 * Invariants
 * - One thing at a time; nothing blocks: poll() is called again and again. A command that has more to
 *   say than is taken from it waits: whoever polls takes OUTSIDE_LINES_MAX and then looks after the rest.
 * - A command is run by `/bin/sh -c` in a process group of its own, with no input, and without
 *   CLICKHOUSE_PASSWORD and the variables of the plan's secrets (`abort` knows no plan: the first
 *   alone). end() kills the group, and so does the end of this program, also by kill -9 (shell_host.h).
 * Ownership: texts are the caller's until the next call; those of news are the door's.
 */
#ifndef BFC_OUTSIDE_H
#define BFC_OUTSIDE_H

#include <stdbool.h>

#include "compiler/base/str.h"

/* Of a command's output, taken in one turn: one that never ends its output shall not stop the clock. */
#define OUTSIDE_LINES_MAX 1000
/* Between two looks. */
#define OUTSIDE_POLL_MS 10

enum outside_state {
	OUTSIDE_WAITING,
	OUTSIDE_DONE,
	OUTSIDE_FAILED, /* `text` says how: "exit code 3" */
	OUTSIDE_NOBODY, /* there is no one to ask */
};

struct outside_news {
	struct str line; /* of the command's output; empty: none */
	struct str text;
};

struct outside {
	void *state;
	/* Is what the gate `id` waits for done? `act` is shown before; empty: it was shown already. */
	void (*ask)(void *state, struct str id, struct str act);
	void (*run)(void *state, struct str command);
	/* At most one line a call; while there is one, it is WAITING. */
	enum outside_state (*poll)(void *state, struct outside_news *news);
	void (*end)(void *state);
};

#endif
