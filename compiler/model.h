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

enum column_default { DEFAULT_NONE, DEFAULT_VALUE, DEFAULT_MATERIALIZED, DEFAULT_ALIAS, DEFAULT_EPHEMERAL };

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
	struct str bare;  /* without Nullable and LowCardinality */
	unsigned scale;   /* DateTime64 */
	bool is_signed;   /* integers */
	unsigned bits;
};

enum engine_class {
	ENGINE_MERGE_TREE,  /* of any family: has parts and partitions */
	ENGINE_NULL,
	ENGINE_UNKNOWN,     /* external, without a declaration */
	ENGINE_OTHER,
};

struct model_table {
	struct str database;
	struct str name;
	bool external;
	bool has_columns;
	struct model_column *columns;
	size_t column_count;
	struct str column_text; /* verbatim, between the parentheses: columns, indices, projections, constraints */
	struct str rest_text;   /* verbatim, `ENGINE …` to the end; empty when external */
	struct str engine;      /* SummingMergeTree */
	struct str engine_text; /* with its arguments, verbatim */
	enum engine_class engine_class;
	struct str order_by, partition_by, primary_key, sample_by, ttl; /* verbatim; empty: not there */
	struct span span;
};

struct model_view {
	struct str database;
	struct str name;
	const struct model_table *target;
	struct str column_text; /* of `to TARGET (…)`; empty when not given */
	const struct query *query;
	struct str query_database; /* of the query's unqualified names: the last `database` statement's */
	struct trigger trigger;
	const struct model_table *reads; /* the trigger table */
	struct span span;
};

struct model_source {
	struct str name;
	struct str database; /* of its unqualified names */
	struct str text;         /* a SELECT, verbatim; `from FUNCTION(…)` has become SELECT * FROM FUNCTION(…) */
	const struct query *query; /* over `text`, which is a source of its own in the set */
	struct span span;
};

struct model_closure {
	const struct model_table **tables; /* the target first, then breadth first */
	size_t table_count;
	const struct model_view **views; /* every view that fires on one of them, in firing order */
	size_t view_count;
};

enum split_kind { SPLIT_NONE, SPLIT_LITERAL, SPLIT_EARLIEST, SPLIT_NOW_PLUS };

struct model_split {
	enum split_kind kind;
	struct str column;
	struct type_info type;   /* of the live table's column */
	struct str literal_sql;  /* SPLIT_LITERAL: SQL text, '…' or 5 or {p:T} */
	bool overlap_is_fine;
	struct span span;
};

struct model_chunk {
	enum ast_chunk_kind kind;
	struct str column;
	struct type_info type;
	uint64_t every;
	enum ast_unit unit;
	struct str from_sql, to_sql; /* SQL text; empty: open */
	struct file_chunks *files;   /* CHUNK_FILES, see rewrite.h */
	struct file_pattern *pattern;
	struct span span;
};

struct model_backfill {
	unsigned number; /* 1, 2, …; step ids begin with b1., b2. */
	enum ast_strategy strategy;
	const struct model_table *table; /* `backfill table` */
	const struct model_source *source;
	struct model_closure closure;
	struct model_split split;
	struct str where_sql; /* verbatim, or empty */
	enum ast_nulls nulls;
	struct model_chunk chunk;
	unsigned workers; /* 0: auto */
	struct setting *settings; /* profiles folded in, sizes as bytes, later ones won */
	size_t setting_count;
	enum ast_verify verify; /* never VERIFY_DEFAULT */
	/* What to insert: names that both the source and the table have. */
	struct str *insert_columns;
	size_t insert_column_count;
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
	struct param *params; /* secrets too; graph.h */
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
