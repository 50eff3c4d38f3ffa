/*
 * engine.h: a ClickHouse server in a child process.
 *
 * Purpose: `bfc engine` and `embedded:DIR`: the engine of libchdb.so hosted through dlopen(), with HTTP on
 * loopback alone.
 * Invariants: one engine a directory (an flock on DIR/bfc.lock, which also names the holder's pid);
 * the child ends with its parent, also when the parent is killed with -9 (PR_SET_PDEATHSIG); data stays in DIR.
 * The `default` user, which the hosting session itself needs, has only the grants that keep it alive
 * (engine-facts, "The engine in a process"); the user `bfc` has the password and all rights.
 * Ownership: engine_stop() ends the child and frees.
 * Failure: NULL and a malloc'd message: no library (names BFC_LIBCHDB), directory in use (names the pid), port
 * taken, engine died (its last lines).
 */
#ifndef BFC_ENGINE_H
#define BFC_ENGINE_H

#include <sys/types.h>

struct engine {
	pid_t pid;
	char *directory;
	char *url;  /* http://127.0.0.1:PORT/ */
	char *user; /* bfc */
	char *password;
	int lock_fd;
};

struct engine_options {
	const char *directory;
	unsigned port;        /* 0: a free one */
	const char *password; /* NULL: a random one */
};

/* Starts it and waits until it answers. */
struct engine *engine_start(const struct engine_options *options, char **why);
/* Terminates the child, waits for it, frees. */
void engine_stop(struct engine *engine);

#endif
