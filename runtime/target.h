/*
 * target.h: which server, and who we are there.
 *
 * Purpose: `--target`, BFC_TARGET, CLICKHOUSE_URL; user and password from CLICKHOUSE_USER,
 * CLICKHOUSE_PASSWORD, --user, --password-file or a prompt, never from an argument or a URL.
 * Invariants: a URL with credentials in it is refused; the password is never printed.
 * Ownership: target_release() frees everything, overwrites the password and ends an embedded
 * engine. Failure: false and a message that says what to do next.
 */
#ifndef BFC_TARGET_H
#define BFC_TARGET_H

#include <stdbool.h>

struct engine; /* engine.h */

struct target {
	char *url; /* http://host:port/ */
	char *user;
	char *password;        /* or NULL */
	struct engine *engine; /* embedded:DIR */
	char *warning; /* something to tell the user (a password file that others can read), or NULL
	                */
};

struct target_options {
	const char *target;        /* --target, or NULL */
	const char *user;          /* --user, or NULL */
	const char *password_file; /* or NULL */
	bool may_prompt;
};

bool target_init(struct target *target, const struct target_options *options, char **why);
void target_release(struct target *target);

#endif
