/*
 * query.h: the structure of a SELECT, as far as the compiler has to touch it.
 *
 * Purpose: language.md, "What the compiler must understand of SQL": clause structure is
 * exact, expressions are balanced token runs that pass through untouched.
 * grammar/select.y builds this tree; rewrite.h makes texts from it.
 * Invariants: spans point into the source; a clause that is not there has present == false.
 * ClickHouse reserves almost no word: where an operand is expected a word is a name, after
 * an operand it may be a clause (`SELECT limit FROM t` is legal).
 * Ownership: the arena given to query_parse().
 * Failure: a diagnostic and NULL.
 */
#ifndef BFC_QUERY_H
#define BFC_QUERY_H

#include "compiler/ast.h"

enum from_kind { FROM_TABLE, FROM_FUNCTION, FROM_SUBQUERY };

struct query;

/* One table expression of a FROM clause. */
struct table_ref {
	enum from_kind kind;
	struct span span;             /* the reference alone: `db.t`, `f(…)`, `(SELECT …)` */
	struct ast_object_name table; /* FROM_TABLE */
	struct ast_name function;     /* FROM_FUNCTION */
	struct span arguments;        /* FROM_FUNCTION: between the parentheses */
	struct query *subquery;       /* FROM_SUBQUERY */
	struct ast_name alias;        /* text.n == 0: none */
	struct span
	        join; /* what stands before it: `LEFT ANY JOIN`, a comma; empty: it is the first */
	bool grouped; /* in parentheses with others: (a JOIN b) */
	bool is_final;
	struct span sample; /* empty: none */
	bool has_sample;
};

struct select_item {
	struct span expr;      /* without the alias */
	struct ast_name alias; /* text.n == 0: none */
	struct str name;       /* the output column's name: the alias, or an identifier without
				* its table's qualifier (t.file.type: `file.type`, measured);
				* empty when it can't be told (an expression) or when there are several (`*`, COLUMNS(…)) */
	bool is_star;          /* *, t.*, COLUMNS(…), with or without EXCEPT, REPLACE, APPLY */
};

struct with_item {
	struct ast_name name;
	struct query *subquery; /* `name AS (SELECT …)`; NULL: `expr AS name` */
	bool recursive;         /* WITH RECURSIVE: the name stands for itself in its own body */
	struct span span;
};

struct clause {
	bool present;
	struct span keyword; /* WHERE, GROUP BY, … */
	struct span body;    /* what follows it */
};

struct select {
	struct span span;
	LIST_OF(struct with_item) with;
	bool distinct;
	struct span items_span;
	LIST_OF(struct select_item) items;
	bool has_from;
	struct span from_keyword;
	LIST_OF(struct table_ref) from; /* left to right; the first is the leftmost */
	bool has_join;
	bool has_array_join;
	struct span from_end; /* empty span where a WHERE would go when there is none */
	struct clause prewhere, where, group_by, having, window, qualify, order_by, limit, limit_by,
	        offset, settings;
	LIST_OF(struct span)
	group_keys;               /* the expressions of GROUP BY, top-level commas apart;
					  * empty for GROUP BY ALL and GROUPING SETS */
	bool group_modifier;      /* ROLLUP, CUBE, TOTALS, ALL, GROUPING SETS */
	bool has_window_function; /* an OVER in the SELECT list */
	LIST_OF(struct query *)
	nested; /* subqueries of expressions and of table functions, in
					 * source order; those of FROM and WITH stand there */
};

enum set_operator { SET_NONE, SET_UNION_ALL, SET_UNION_DISTINCT, SET_INTERSECT, SET_EXCEPT };

/*
 * One SELECT, or a set operation over several; parentheses inside it are flattened away. A WITH
 * of the first branch is seen by all (measured on 26.7), any other by its own branch alone.
 */
struct query {
	struct span span;
	LIST_OF(struct select *) branches; /* UNION flattened, in source order */
	LIST_OF(enum set_operator)
	operators; /* operators.items[i] stands before branches.items[i+1] */
};

/* Parses a whole SELECT; the span must hold nothing else. */
struct query *query_parse(const struct source_set *sources, struct span span, struct arena *arena,
                          struct diag_list *diags);

/*
 * The leftmost table: the one whose inserts fire a view with this query. Goes through
 * subqueries, WITH, and the first SELECT of a UNION in a subquery. False when the leftmost thing is
 * a table function, a SELECT without FROM, or when the whole is a UNION (`why` says which). Other
 * places of the query may read the same table: see rewrite_tables.h.
 */
struct trigger {
	const struct table_ref *ref;
	const struct select *select; /* the innermost SELECT whose FROM begins with it */
};
bool query_trigger(const struct query *query, struct trigger *trigger, const char **why);

/* Names that the query calls as functions, with their places: for the hazard checks. */
struct function_call {
	struct str name;
	struct span span;
};
struct function_calls {
	LIST_OF(struct function_call) list;
};
void query_functions(const struct source_set *sources, struct span span, struct arena *arena,
                     struct function_calls *calls);

#endif
