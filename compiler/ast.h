/*
 * ast.h: what a .bf file says, not yet what it means.
 *
 * Purpose: the parser's raw tree. Names are not resolved, SQL is a span of the source
 * (verbatim, comments and layout included); nothing here was looked up anywhere.
 * Invariants: statements stand in source order; `use` has been followed by
 * parse_program(), so that a program is one list over all its files, libraries first.
 * Ownership: the front end's arena; spans point into the source set.
 * Failure: a statement with a syntax error is not in the tree (its diagnostic is in the
 * list); the statements around it are.
 */
#ifndef BFC_AST_H
#define BFC_AST_H

#include "compiler/base/arena.h"
#include "compiler/base/diag.h"
#include "compiler/base/source.h"
#include "compiler/base/str.h"

/* A name as it means, unquoted and unescaped, and where it stands. */
struct ast_name {
	struct str text;
	struct span span;
};

/* [database.]name */
struct ast_object_name {
	struct ast_name database; /* text.n == 0: none given */
	struct ast_name name;
	struct span span;
};

/* A verbatim run of SQL. n == 0 spans stand for "not there". */
struct ast_sql {
	struct span span;
	bool present;
};

enum ast_literal_kind { LITERAL_NUMBER, LITERAL_STRING, LITERAL_WORD, LITERAL_PARAM };

struct ast_literal {
	enum ast_literal_kind kind;
	struct str text;       /* a string's content, unescaped; a number as written; a
				* parameter's name */
	struct str param_type; /* LITERAL_PARAM */
	struct span span;
};

struct ast_setting {
	struct ast_name name; /* a profile, when `value` is absent */
	bool has_value;
	struct ast_literal value; /* sizes such as 10Mi still as written */
};

struct ast_setting_list {
	LIST_OF(struct ast_setting) list;
};

enum ast_unit {
	UNIT_NONE, /* a bare number */
	UNIT_SECOND,
	UNIT_MINUTE,
	UNIT_HOUR,
	UNIT_DAY,
	UNIT_WEEK,
	UNIT_MONTH,
	UNIT_QUARTER,
	UNIT_YEAR,
};
/* MONTH, as INTERVAL has it; NULL for UNIT_NONE. */
const char *ast_unit_word(enum ast_unit unit);
/* At the longest; 0 for UNIT_NONE. */
uint64_t ast_unit_seconds(enum ast_unit unit);

struct ast_interval {
	uint64_t count;
	enum ast_unit unit;
	struct span span;
};

enum ast_point_kind { POINT_LITERAL, POINT_EARLIEST, POINT_NOW_PLUS };

struct ast_split {
	bool present;
	struct span span;
	struct ast_name column;
	enum ast_point_kind point;
	struct ast_literal literal;   /* POINT_LITERAL, also {param:Type} */
	struct ast_interval now_plus; /* POINT_NOW_PLUS */
	bool overlap_is_fine;
	bool has_settle;
	struct ast_interval settle;
};

enum ast_strategy {
	STRATEGY_DEFAULT,
	STRATEGY_DUPLICATE,
	STRATEGY_NULL_ENGINE,
	STRATEGY_PAUSE_AND_ATTACH,
	STRATEGY_DIRECT,
};

enum ast_chunk_kind { CHUNK_NONE, CHUNK_COLUMN, CHUNK_FILES, CHUNK_PARTITION };

struct ast_chunk {
	enum ast_chunk_kind kind;
	struct span span;
	struct ast_name column;
	struct ast_interval every;
	bool has_from, has_to;
	struct ast_literal from, to;
	uint64_t files;
};

enum ast_pause_kind { PAUSE_NONE, PAUSE_BY_HAND, PAUSE_BY_COMMAND, PAUSE_BY_DETACH };

/* How `using pause_and_attach` stops and restarts ingest. */
struct ast_pause {
	enum ast_pause_kind kind;
	struct ast_name stop;                   /* what a person does, or a command */
	struct ast_name start;                  /* PAUSE_BY_COMMAND */
	LIST_OF(struct ast_object_name) tables; /* PAUSE_BY_DETACH */
	bool has_within;
	struct ast_interval within;
};

/* The clauses of a backfill; ast_clause_name() says what a person calls one. */
enum ast_clause {
	CLAUSE_USING,
	CLAUSE_SPLIT,
	CLAUSE_OVERLAP,
	CLAUSE_SETTLE,
	CLAUSE_WHERE,
	CLAUSE_NULLS,
	CLAUSE_CHUNK,
	CLAUSE_WORKERS,
	CLAUSE_PUBLISH,
	CLAUSE_SETTINGS,
	CLAUSE_PAUSE,
	CLAUSE_WITHIN,
	CLAUSE_KEEP,
	CLAUSE_VERIFY,
	CLAUSE_THROTTLE,
	CLAUSE_COUNT,
};
const char *ast_clause_name(enum ast_clause clause);

enum ast_nulls { NULLS_UNSAID, NULLS_HISTORY, NULLS_SKIPPED };
enum ast_verify { VERIFY_DEFAULT, VERIFY_ROWS, VERIFY_CONTENT, VERIFY_NOTHING };
enum ast_publish { PUBLISH_DEFAULT, PUBLISH_EACH_CHUNK, PUBLISH_AT_END };

struct ast_backfill {
	bool of_view;
	LIST_OF(struct ast_object_name) targets; /* one table, or one view or more */
	bool has_source;
	struct ast_name source;
	struct span clauses[CLAUSE_COUNT]; /* where each stands; end == 0: not given */
	enum ast_strategy strategy;
	enum ast_strategy with; /* of pause_and_attach; STRATEGY_DEFAULT: unsaid */
	bool unsafe;
	struct ast_split split;
	struct ast_sql where;    /* without its parentheses */
	struct ast_sql throttle; /* a SELECT: chunks wait while it gives true */
	enum ast_nulls nulls;
	struct ast_chunk chunk;
	bool workers_auto;
	uint64_t workers;
	enum ast_publish publish;
	struct ast_setting_list settings;
	struct ast_pause pause;
	enum ast_verify verify;
};

/* NAME = value */
struct ast_argument {
	struct ast_name name;
	bool is_name;               /* `object`, else `literal` */
	struct ast_literal literal; /* also {param:Type} */
	struct ast_object_name object;
	bool for_secret; /* found out by instance_make() */
};

struct ast_use {
	bool standard;        /* use std.NAME; else use 'PATH' */
	bool refused;         /* no such folder of libraries: told */
	struct ast_name name; /* NAME, with a slash where a dot stands in it; or PATH unquoted */
	struct ast_name instance; /* `as NAME`; text.n == 0: not given */
	LIST_OF(struct ast_argument) arguments;
	uint32_t file; /* of an instance: the source that its statements, which follow, are in */
};

enum ast_kind {
	AST_USE, /* with an instance; others are followed and gone */
	AST_MIGRATION,
	AST_DATABASE,
	AST_PARAM,
	AST_SECRET,
	AST_PROFILE,
	AST_TABLE,
	AST_VIEW,
	AST_IGNORE_VIEW,
	AST_SOURCE,
	AST_BACKFILL,
	AST_CHECK,
};

struct ast_statement {
	enum ast_kind kind;
	struct span span; /* first token to last, without the `;` */
	union {
		struct ast_use *use; /* this one and `backfill` are rare and large */
		struct {
			struct ast_name name;
			struct str text;
			LIST_OF(struct ast_name) after;
		} migration;
		struct {
			struct ast_name name;
		} database;
		struct {
			struct ast_name name;
			struct ast_sql type;
			bool has_default;
			struct ast_literal value;
		} param;
		struct {
			struct ast_name name;
			bool from_env;   /* else from file */
			struct str from; /* n == 0: a library's, given where it is used */
		} secret;
		struct {
			struct ast_name name;
			struct ast_setting_list settings;
		} profile;
		struct {
			struct ast_object_name name;
			bool external;
			struct ast_sql columns; /* between the parentheses, without them */
			struct ast_sql rest;    /* `engine …` up to the `;` */
		} table;
		struct {
			struct ast_object_name name;
			struct ast_object_name target;
			struct ast_sql columns;            /* the optional list after the target */
			struct ast_name comment;           /* text.n == 0: none */
			struct ast_name definer, security; /* verbatim; text.n == 0: none */
			struct ast_sql select;
		} view;
		struct {
			struct ast_object_name name;
		} ignore_view;
		struct {
			struct ast_name name;
			struct ast_sql select;   /* `as SELECT …` */
			struct ast_sql function; /* `from FUNCTION(…)` */
		} source;
		struct ast_backfill *backfill;
		struct {
			struct str text;
			struct ast_sql select;
		} check;
	} u;
};

struct ast {
	struct arena *arena;
	LIST_OF(struct ast_statement *) list;
};

#endif
