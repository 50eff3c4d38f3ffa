/*
 * inspect.h: declarations from a live server.
 *
 * Purpose: `bfc inspect`: reads what a server has and writes it as .bf text that, applied to an
 * empty server, makes the same objects.
 * Invariants
 * - Columns, engine clauses and queries are the server's own text (system.tables), laid out by its
 *   formatQuery(); nothing is made up. Names of columns and objects lose quotes that they don't need.
 * - What the language has no statement for stands in a comment, with its CREATE statement: never
 *   dropped in silence.
 * - The text depends on the schema alone: no time, no host, no version, no order of creation.
 * - Knows no grammar: whether a declaration compiles is found out by the caller, who then calls
 *   inspect_refuse() and writes anew.
 * Ownership: the inspection owns all of it, until inspection_release().
 * Failure: an exec_result with an exit code of plan.md and a text.
 */
#ifndef BFC_INSPECT_H
#define BFC_INSPECT_H

#include "compiler/base/buf.h"
#include "runtime/exec.h"

/* A CREATE statement taken apart; slices of its text. */
enum inspect_kind { INSPECT_OTHER, INSPECT_TABLE, INSPECT_VIEW };
struct inspect_ddl {
	enum inspect_kind kind;
	const char *refused; /* why there is no statement for it, or NULL */
	struct str columns;  /* between the parentheses */
	struct str body;     /* a table's, from ENGINE on; a view's query */
	struct str target_database, target;
	struct str definer, security, comment; /* a view's, as written; empty: not there */
};

struct inspect_object {
	struct str database, name, engine;
	struct str text; /* its CREATE statement, laid out */
	struct inspect_ddl ddl;
	bool selected, read, placed;
	bool filled;             /* by a view that is declared */
	bool external;           /* a view of the section needs it, and it has no declaration */
	struct str reason;       /* why it stands in a comment; empty: it is declared */
	size_t source, target;   /* of a view; INSPECT_NONE: not known */
	size_t edges, edges_end; /* the views on it */
	size_t begin, end;       /* of its declaration in the text written last */
};

#define INSPECT_NONE SIZE_MAX

/* A view that fires on a table. */
struct inspect_edge {
	size_t table, view; /* INSPECT_NONE: this user can't see the view */
	struct str view_database, view_name;
};

struct inspect_database {
	struct str name, engine, comment;
};

/* A line about something that is no table. */
struct inspect_note {
	struct str database;
	struct str text;
};

struct inspection {
	struct arena arena;
	struct str database, table; /* what was asked for; empty: all */
	bool library;
	LIST_OF(struct inspect_database) databases; /* by name */
	LIST_OF(struct inspect_object) objects;     /* all of the server's, by database and name */
	LIST_OF(struct inspect_edge) edges;         /* by table, then view */
	LIST_OF(struct inspect_note) notes;
	struct str user;
};

struct inspect_options {
	struct str what; /* DB, DB.TABLE or empty */
	bool library;    /* for `use`: no `migration`, no `database`, names in full */
};

void inspect_read(struct inspection *inspection, const struct inspect_options *options,
                  struct transport *transport, const struct exec_options *exec_options,
                  struct exec_result *result);
void inspection_release(struct inspection *inspection);

/* inspect_write.c: the whole text; remembers where each declaration stands. */
void inspect_write(struct inspection *inspection, struct buf *out);
/* The object goes into a comment from now on. */
void inspect_refuse(struct inspection *inspection, struct inspect_object *object,
                    struct str reason);
/* The object whose declaration is at that byte of the text written last; NULL: none. */
struct inspect_object *inspect_object_at(struct inspection *inspection, size_t offset);

struct inspect_counts {
	size_t tables, views, refused;
};
struct inspect_counts inspect_count(const struct inspection *inspection);

/* --- among inspect*.c --------------------------------------------------------------------- */

/* inspect_ddl.c */
enum inspect_token { SQL_END, SQL_WORD, SQL_QUOTED, SQL_STRING, SQL_OTHER };
struct inspect_scan {
	struct str text;
	size_t at; /* behind the token */
	enum inspect_token kind;
	struct str token;
};
void inspect_next(struct inspect_scan *scan);
/* What a quoted name or a string means. */
struct str inspect_meaning(struct str token, struct arena *arena);
void inspect_ddl_read(struct str create, struct arena *arena, struct inspect_ddl *out);
/* A column list, with names bare where they can be. */
void inspect_add_columns(struct buf *out, struct str columns);

/* inspect_select.c */
size_t inspect_find(const struct inspection *inspection, struct str database, struct str name);
/* Finds out what `what` names; false with a text in the result. */
bool inspect_resolve(struct inspection *inspection, struct str what, struct str journal_database,
                     struct exec_result *result);
/* Marks what belongs to the selection, as far as it is known; true when there is more to read. */
bool inspect_spread(struct inspection *inspection);
/* Left out: a table of a view without TO, or one that a migration has staged. */
bool inspect_is_inner(const struct inspect_object *object);
bool inspect_is_staged(const struct inspect_object *object);

#endif
