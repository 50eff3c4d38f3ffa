/*
 * model.h: a migration that makes sense.
 *
 * Purpose: what check_program() hands to lowering: names resolved to pointers, types
 * known, profiles folded into settings. A name that was never looked up cannot get in here.
 * Invariants: const once built; SQL is text or a parsed query over the source set, no
 * pointer goes back into the ast; tables, views and the like stand in source order.
 * Ownership: the front end's arena.
 */
#ifndef BFC_MODEL_H
#define BFC_MODEL_H

#include "compiler/ast.h"
#include "compiler/graph.h"
#include "compiler/query.h"

enum column_default {
	DEFAULT_NONE,
	DEFAULT_VALUE,
	DEFAULT_MATERIALIZED,
	DEFAULT_ALIAS,
	DEFAULT_EPHEMERAL
};

struct model_column {
	struct str name;
	struct str type; /* verbatim; empty when the server infers it from the default */
	enum column_default default_kind;
	struct span default_expr; /* begin == end: none */
	struct span span;
};

enum type_class {
	TYPE_UNKNOWN,
	TYPE_DATE,
	TYPE_DATE32,
	TYPE_DATETIME,
	TYPE_DATETIME64,
	TYPE_INTEGER,
	TYPE_OTHER,
};

/* What `split` and `chunk` need to know of a type. */
struct type_info {
	enum type_class class;
	bool nullable;
	struct str bare; /* without Nullable and LowCardinality */
	unsigned scale;  /* DateTime64 */
	bool is_signed;  /* integers */
	unsigned bits;
};

enum engine_class {
	ENGINE_MERGE_TREE, /* of any family: has parts and partitions */
	ENGINE_NULL,
	ENGINE_UNKNOWN, /* external, without a declaration */
	ENGINE_OTHER,
};

struct model_table {
	struct str database;
	struct str name;
	bool external;
	bool has_columns;
	struct model_column *columns;
	size_t column_count;
	/* Verbatim, between the parentheses: columns, indices, projections, constraints. */
	struct str column_text;
	struct str rest_text;   /* verbatim, `ENGINE …` to the end; empty when external */
	struct str engine;      /* SummingMergeTree */
	struct str engine_text; /* with its arguments, verbatim */
	enum engine_class engine_class;
	/* Verbatim; empty: not there. */
	struct str order_by, partition_by, primary_key, sample_by, ttl;
	struct span span;
};

struct model_view {
	struct str database;
	struct str name;
	const struct model_table *target;
	struct str column_text; /* of `to TARGET (…)`; empty when not given */
	struct str comment;     /* empty: none is declared, any is fine */
	struct str security;    /* `DEFINER = … SQL SECURITY …`; the same */
	struct str definer;     /* verbatim; empty: none is declared, or CURRENT_USER */
	bool of_runner;         /* its definer is whoever makes it */
	const struct query *query;
	/* Of the query's unqualified names: the last `database` statement's. */
	struct str query_database;
	struct trigger trigger;
	const struct model_table *reads; /* the trigger table */
	unsigned filled_by;              /* number of its `backfill view`; 0: none */
	/* Of such a view: the columns of its target that it writes, in its query's order. */
	struct str *columns;
	size_t column_count;
	struct span span;
};

struct model_source {
	struct str name;
	struct str database; /* of its unqualified names */
	/* A SELECT, verbatim; `from FUNCTION(…)` has become SELECT * FROM FUNCTION(…). */
	struct str text;
	const struct query *query; /* over `text`, which is a source of its own in the set */
	struct span span;
};

struct model_closure {
	const struct model_table **tables; /* the target first, then breadth first */
	size_t table_count;
	const struct model_view **views; /* every view that fires on one of them, in firing order */
	size_t view_count;
};

/* A stretch of time; count == 0: none. */
struct model_interval {
	uint64_t count;
	enum ast_unit unit;
};

enum split_kind { SPLIT_NONE, SPLIT_LITERAL, SPLIT_EARLIEST, SPLIT_NOW_PLUS };

struct model_split {
	enum split_kind kind;
	struct str column;
	struct type_info type;          /* of the live table's column */
	struct str literal_sql;         /* SPLIT_LITERAL: SQL text, '…' or 5 or {p:T} */
	struct model_interval now_plus; /* SPLIT_NOW_PLUS */
	struct model_interval settle;
	bool overlap_is_fine;
	struct span span;
};

struct model_chunk {
	enum ast_chunk_kind kind;
	struct str column;
	struct type_info type;
	uint64_t every;
	enum ast_unit unit;
	struct str from_sql, to_sql;     /* SQL text; empty: open */
	struct file_chunks *files;       /* CHUNK_FILES, see rewrite.h */
	struct file_pattern *pattern;    /* with a `*`, `files` is found when the plan runs */
	const struct model_table *table; /* CHUNK_PARTITION: whose partitions */
	struct trigger trigger; /* and where a source's query names it; views have their own */
	struct span span;
};

struct model_pause {
	enum ast_pause_kind kind;
	struct str stop;                   /* what a person does, or a command */
	struct str start;                  /* PAUSE_BY_COMMAND */
	const struct model_table **tables; /* PAUSE_BY_DETACH */
	size_t table_count;
	uint64_t within_seconds; /* the longest pause */
};

struct model_backfill {
	unsigned number; /* 1, 2, … as in model->backfills; step ids begin with b1., b2. */
	enum ast_strategy strategy; /* never STRATEGY_DEFAULT */
	enum ast_strategy with;     /* how rows are loaded: `strategy`, but for pause_and_attach */
	/* `backfill table`: what is filled, and from where. */
	const struct model_table *table;
	const struct model_source *source;
	/* `backfill view`: what is filled, and the one table that all of them read; else empty. */
	const struct model_view **views;
	size_t view_count;
	const struct model_table *reads;
	/* Tables that history lands in. A view with a `backfill view` that comes later in the
	 * program is not in it: it does not stand yet, and takes these rows from its table. */
	struct model_closure closure;
	struct model_split split;
	struct str where_sql;         /* verbatim, or empty */
	const struct query *throttle; /* chunks wait while it gives true; or NULL */
	struct str throttle_database; /* of its unqualified names */
	enum ast_nulls nulls;
	struct model_chunk chunk;
	unsigned workers;         /* 0: auto */
	struct setting *settings; /* profiles folded in, sizes as bytes, later ones won */
	size_t setting_count;
	enum ast_publish publish; /* never PUBLISH_DEFAULT */
	enum ast_verify verify;   /* never VERIFY_DEFAULT */
	bool keep_filter;
	struct model_pause pause;
	/* What to insert: names that both the source and the table have. */
	struct str *insert_columns;
	size_t insert_column_count;
	struct span clauses[CLAUSE_COUNT]; /* end == 0: not given */
	struct span span;
};

struct model_check {
	struct str text;
	struct str database;
	const struct query *query;
	struct span span;
};

struct model {
	const struct source_set *sources;
	struct str migration;
	struct str description;
	struct str *after; /* migrations that have to be applied before this one */
	size_t after_count;
	struct span after_span; /* end == 0: none */
	struct param *params;   /* secrets too; graph.h */
	size_t param_count;
	struct str *databases; /* of declared tables and views, in order of first use */
	size_t database_count;
	const struct model_table **tables;
	size_t table_count;
	const struct model_view **views;
	size_t view_count;
	const struct ast_object_name *ignored_views; /* database always filled in */
	size_t ignored_view_count;
	const struct model_backfill **backfills;
	size_t backfill_count;
	const struct model_check **checks;
	size_t check_count;
	const struct diag_list *diags; /* for the plan's list of hazards */
};

#endif
