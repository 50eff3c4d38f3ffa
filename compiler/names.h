/*
 * names.h: looking names up.
 *
 * Purpose: one table a namespace: name, or database and name, to what was declared first. uthash is
 * an index only: entries live in the arena and are met in order of declaration.
 * Invariants: names are case-sensitive; the first declaration of a name stays.
 * Ownership: names_release() frees the index alone.
 * Failure: names_find() returns NULL for an unknown name.
 */
#ifndef BFC_NAMES_H
#define BFC_NAMES_H

#include "compiler/base/arena.h"
#include "compiler/base/source.h"

/* uthash would end the program in its own way. */
#define uthash_fatal(text) out_of_memory()
#include <uthash.h>

struct ast_statement;

enum name_kind { NAME_COLUMN, NAME_TABLE, NAME_VIEW, NAME_SOURCE, NAME_PROFILE, NAME_PARAM };

struct name_entry {
	struct str key; /* database, a NUL, name */
	struct str database;
	struct str name;
	enum name_kind kind;
	struct span span; /* where it was declared */
	const struct ast_statement *statement;
	struct str current_database; /* of unqualified names in the statement */
	void *thing;                 /* model_table, model_view, …; NULL while it is not made or
	                              * could not be */
	bool used;
	bool busy; /* being worked on: met again, it is a circle */
	UT_hash_handle hh;
};

struct name_table {
	struct name_entry *head;
};

void names_init(struct name_table *names);
void names_release(struct name_table *names);
struct name_entry *names_find(const struct name_table *names, struct str database, struct str name);
/* The name must not be there yet. */
struct name_entry *names_add(struct name_table *names, struct arena *arena, struct str database,
                             struct str name);
/* The nearest known name of that database; empty when none is near. */
struct str names_nearest(const struct name_table *names, struct str database, struct str name);

#endif
