/*
 * query_parse.h: what grammar/select.y, its token wrapper and its constructors share.
 *
 * Purpose: the wrapper (query_scan.h) decides which words are keywords, the grammar knows
 * the order of clauses, the constructors (query_build.c) build the tree; nothing else includes this.
 * Invariants: all tokens are in one array with each bracket's partner, so that a word's meaning can
 * hang on what follows it, however far; no state is kept outside struct query_parser.
 * Ownership: the tree is in the parser's arena; tokens, levels and lists that are copied into the
 * tree when they are whole are in its scratch arena, which ends with the parse.
 * Failure: a diagnostic; the grammar gives up at the first one.
 * Source: which words ClickHouse takes for an alias, an operand or a clause was measured
 * word by word on 26.7.
 */
#ifndef BFC_QUERY_PARSE_H
#define BFC_QUERY_PARSE_H

#include "compiler/query.h"
#include "compiler/query_words.h"
#include "grammar/lex.h"

/* A balanced run of tokens: an expression, and the alias that may stand behind it. */
struct query_run {
	struct span span; /* with the alias */
	struct span expr; /* without it */
	struct ast_name alias;
	struct str name; /* of a bare identifier, or with its qualifiers; empty otherwise */
	bool star;       /* stands for several columns */
};

struct query_runs {
	LIST_OF(struct query_run) list;
};

struct query_tables {
	LIST_OF(struct table_ref) list;
	bool join;
	bool array_join;
};

struct query_ctes {
	LIST_OF(struct with_item) list;
};

/* LIMIT's arguments: n · m, n · n OFFSET m. */
struct query_limit {
	struct span span;
	struct span offset_keyword; /* empty: none */
	struct span offset;
};

/* Where in a SELECT the wrapper is. */
enum query_place {
	PLACE_START, /* SELECT, WITH, FROM or a parenthesis may come */
	PLACE_WITH,
	PLACE_SELECT,
	PLACE_FROM, /* tables */
	PLACE_ON,   /* an expression whose top-level comma brings the next table */
	PLACE_SAMPLE,
	PLACE_USING,
	PLACE_ARRAY_JOIN,
	PLACE_CONDITION,
	PLACE_GROUP,
	PLACE_WINDOW,
	PLACE_ORDER,
	PLACE_LIMIT,
	PLACE_OFFSET,
	PLACE_SETTINGS,
	PLACE_GROUPED, /* inside brackets of an expression: tokens pass, only subqueries count */
};

/* One open bracket, or the whole text. */
struct query_level {
	enum query_place place;
	bool operand; /* an operand is expected, not an operator */
	bool keeps;   /* the next bracket that closes leaves `operand` true */
	bool after_as;
	bool after_dot;
	bool after_not; /* `a NOT` has been read: IN, LIKE, … belong to it */
	bool distinct_from;
	bool interval;   /* a unit has to come */
	bool star;       /* `*` or COLUMNS(…): EXCEPT, REPLACE, APPLY belong to it */
	bool fill;       /* WITH FILL: FROM, TO, STEP belong to it */
	bool item_start; /* of WITH */
	unsigned cases;  /* CASE without END */
};

struct query_parser {
	const struct source_set *sources;
	struct arena *arena;
	struct arena *scratch;
	struct diag_list *diags;
	struct span span;                 /* the whole text */
	const struct query_token *tokens; /* the last one is TOKEN_END */
	size_t count;
	size_t position;
	LIST_OF(struct query_level) levels;
	LIST_OF(struct query *) pending; /* subqueries whose SELECT is not complete yet */
	struct query *result;
};

/* query_scan.c: the next token's kind for bison, and its place. */
int query_next_token(struct query_parser *parser, struct span *span);

/* query_errors.c */
void query_syntax_error(struct query_parser *parser, struct span span, bool at_end,
                        const char *const *expected, size_t count);
void query_too_deep(struct query_parser *parser, struct span span);

/* query_build.c: constructors, in the grammar's order. */
struct query *query_of_select(struct query_parser *parser, struct select *select);
struct query *query_in_parentheses(struct query *query, struct span span);
struct query *query_combine(struct query_parser *parser, struct query *left,
                            enum set_operator operator, struct query * right);

struct select *select_new(struct query_parser *parser, const struct query_ctes *ctes);
void select_items(struct query_parser *parser, struct select *select, bool distinct,
                  const struct query_runs *runs, struct span span);
/* `before_where` is what a WHERE would follow. */
void select_from(struct query_parser *parser, struct select *select, struct span keyword,
                 const struct query_tables *tables, struct span before_where);
void select_clause(struct clause *clause, struct span keyword, struct span body);
void select_prewhere(struct select *select, struct span keyword, struct span body);
void select_group(struct query_parser *parser, struct select *select,
                  const struct query_runs *runs);
void select_limit(struct select *select, struct span keyword, struct query_limit limit);
/* The last step: takes in the pending subqueries. */
struct select *select_finish(struct query_parser *parser, struct select *select, struct span span);

struct query_ctes *ctes_add(struct query_parser *parser, struct query_ctes *ctes,
                            struct with_item item);
struct query_ctes *ctes_recursive(struct query_ctes *ctes);
struct with_item cte_of_query(struct query_parser *parser, struct span name, struct query *query,
                              struct span span);
struct with_item cte_of_run(struct query_run run);

struct query_tables *tables_add(struct query_parser *parser, struct query_tables *tables,
                                struct table_ref table);
struct query_tables *tables_join(struct query_parser *parser, struct query_tables *left,
                                 struct span join, const struct query_tables *right);
struct query_tables *tables_group(struct query_tables *tables);
struct table_ref table_named(struct query_parser *parser, struct span database, struct span name);
struct table_ref table_function(struct query_parser *parser, struct span name, struct span group);
struct table_ref table_subquery(struct query *query, struct span span);
struct table_ref table_complete(struct table_ref table, struct ast_name alias, bool is_final);
struct table_ref table_sample(struct table_ref table, struct ast_name alias, bool is_final,
                              struct span sample);

struct ast_name query_name(struct query_parser *parser, struct span span);
struct query_runs *runs_add(struct query_parser *parser, struct query_runs *runs,
                            struct query_run run);
struct query_run run_of(struct span span);
struct query_run run_star(struct span span);
struct query_run run_name(struct query_parser *parser, struct span span);
struct query_run run_join(struct query_run run, struct span more);
struct query_run run_prefix(struct span prefix, struct query_run run);
struct query_run run_dot(struct query_parser *parser, struct query_run run, struct span name);
struct query_run run_call(struct query_parser *parser, struct query_run run, struct span group);
struct query_run run_alias(struct query_run run, struct ast_name alias, struct span span);
/* A subquery of an expression; it belongs to the SELECT that is completed next around it. */
void query_pend(struct query_parser *parser, struct query *query);

#endif
