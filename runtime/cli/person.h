/*
 * person.h: struct outside for the program: commands are run, questions go to the terminal.
 *
 * Ownership: person_release() frees all and kills a command that is under way.
 */
#ifndef BFC_CLI_PERSON_H
#define BFC_CLI_PERSON_H

#include "runtime/shell.h"

struct person {
	struct shell shell;
	struct outside outside;
	const char **hidden; /* variables that commands must not see */
	bool asking, present;
	struct buf answer;
};

struct graph;

/* `graph` says which variables have secrets; NULL: none. */
void person_init(struct person *person, const struct graph *graph);
void person_release(struct person *person);

#endif
