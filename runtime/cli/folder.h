/*
 * folder.h: a folder of migrations.
 *
 * Purpose: `bfc apply DIR` and `bfc plan DIR`: which files are migrations, and in which order.
 * Invariants
 * - A migration is a file *.bf of the folder itself, whose name begins with neither `_` nor `.`, and
 *   which no other file of the folder uses: that one is a library.
 * - The order is by `after`, ties by the migrations' names in byte order. It does not hang on the
 *   files' names, nor on what was applied when.
 * - What `after` names is in the folder, or was applied on the server.
 * Ownership: folder_release() frees all.
 * Failure: false after everything that is wrong was printed, nothing having been run.
 */
#ifndef BFC_CLI_FOLDER_H
#define BFC_CLI_FOLDER_H

#include "runtime/cli/cli.h"

struct folder_item {
	const char *path;
	struct str name;
	struct str *after;
	size_t after_count;
	const char **uses; /* real paths of the files that it reads */
	size_t use_count;
	bool library;
	enum { ITEM_WAITS, ITEM_VISITED, ITEM_PLACED } mark;
};

struct folder {
	struct arena arena;
	const char *path;
	LIST_OF(struct folder_item *) items; /* migrations; in order after folder_sort() */
};

bool folder_is(const char *path);
/* Replaces folders among the paths by all of their .bf files, in byte order; in `arena`. False: one
 * can't be read. */
bool folder_expand(struct arena *arena, char ***paths, int *count);

/* Which files are migrations; without a word about what is wrong in them. */
bool folder_list(struct folder *folder, const char *path, const char *library);
/* The same, and compiles each, and prints its diagnostics: false when there are errors. */
bool folder_read(struct folder *folder, const char *path, const char *library,
                 const struct warning_options *warnings, enum color_mode color);
/* `applied`: what the server's journal has, or NULL when no server was asked: then a name that is not
 * in the folder is only told. */
bool folder_sort(struct folder *folder, const struct status_list *applied);
void folder_release(struct folder *folder);

/* The journal's word on a migration: finished? */
bool folder_applied(const struct status_list *applied, struct str name);
/* Those of the --param texts that the plan has a param for; the caller frees the list. */
char **folder_params(const struct graph *graph, char *const *given, size_t given_count, bool *taken,
                     size_t *count);
/* False after naming the texts that no plan took. */
bool folder_params_taken(char *const *given, size_t given_count, const bool *taken);

#endif
