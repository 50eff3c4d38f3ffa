/*
 * check_internal.h: what the files of the check share; nobody else includes it.
 *
 * Purpose: one struct checker goes through all passes (check.c has their order and what each
 * one needs). A pass makes facts; a later pass that needs a fact which does not hold is left out,
 * so that no error is told twice and every error is told once. Invariants: a name_entry's `thing`
 * is set when the declaration could be made whole; who meets NULL there stays silent, as the
 * declaration's own error was told. Ownership: the front end's arena; check_program() releases the
 * indices.
 */
#ifndef BFC_CHECK_INTERNAL_H
#define BFC_CHECK_INTERNAL_H

#include "compiler/check.h"
#include "compiler/closure.h"
#include "compiler/column_index.h"
#include "compiler/ddl.h"
#include "compiler/names.h"

struct checked_backfill;

/* A table with what only checks need of it. */
struct checked_table {
	struct model_table model; /* first, so that the two pointers are one */
	struct ddl_engine engine;
	const struct name_entry *entry;
	struct column_index columns;
	const struct checked_backfill *filled_first_by; /* whose history lands in it; NULL: none's.
	                                                 * Set before hazards are looked for */
};

struct checked_view {
	struct model_view model; /* first, as above */
	const struct name_entry *entry;
	struct span select;
	struct span filled_at; /* where its `backfill view` names it */
	bool gets_history;     /* of some backfill; set before hazards are looked for */
};

/* One column that a query gives. */
struct output {
	struct str name; /* empty: an expression without an alias */
	struct str type; /* known only for a declared table's column that is passed through */
	struct span span;
	const struct select_item *item; /* of the query itself; NULL: out of a `*` or a list */
};

struct outputs {
	LIST_OF(struct output) list;
	bool has_star; /* there are more, and which ones only the server knows */
};

struct checked_source {
	struct model_source model;
	struct outputs outputs;
	struct span user_span; /* the SELECT or the function call in the user's file */
	const struct name_entry *entry;
};

struct checked_backfill {
	struct model_backfill model;
	const struct ast_statement *statement;
	struct str current_database;
};

struct folded_settings {
	struct setting *items;
	size_t count;
};

struct checker {
	struct source_set *sources;
	const struct ast *ast;
	struct arena *arena;
	struct diag_list *diags;
	struct model *model;
	struct str *current_databases; /* one a statement */
	struct name_table relations, source_names, profiles, params;
	LIST_OF(struct checked_table *) tables;
	LIST_OF(struct checked_view *) views;
	LIST_OF(struct checked_source *) all_sources;
	LIST_OF(struct checked_backfill *) backfills;
	LIST_OF(const struct model_check *) checks;
	LIST_OF(struct ast_object_name) ignored;
	LIST_OF(struct str) databases;
	struct closure_index closures;
};

/* The program's own file, not a library's: only there is something unused worth a warning. */
bool check_in_main_file(struct span span);
struct str check_database(const struct checker *checker, const struct ast_object_name *name,
                          struct str current);
/* "db.name" for messages. */
const char *check_qualified(const struct checker *checker, struct str database, struct str name);
/* Looks a name up and marks it used; tells an unknown one, with a suggestion. */
struct name_entry *check_find(struct checker *checker, struct name_table *names,
                              const struct ast_name *name, enum diag_code code, const char *what);
/* A declared table; tells what is wrong with anything else. NULL also when its declaration
 * is broken. `hint` is for unknown names without a suggestion. */
struct checked_table *check_find_table(struct checker *checker, const struct ast_object_name *name,
                                       struct str current, enum diag_code unknown,
                                       const char *hint);
const struct model_column *check_find_column(const struct checked_table *table, struct str name);
/* The hint "did you mean 'x'?", or `otherwise`, which may be NULL. */
void check_suggest(struct checker *checker, struct diag *diag, struct str best,
                   const char *otherwise);

/* check_names.c */
void check_declare(struct checker *checker);
/* check_tables.c */
void check_tables(struct checker *checker);
/* check_readings.c: of the views whose trigger tables are known. */
void check_readings(struct checker *checker);
/* check_views.c */
void check_views(struct checker *checker);
void check_cycles(struct checker *checker);
/* check_order.c */
void check_order_views(struct checker *checker);
void check_order_tables(struct checker *checker);
void check_order_names(struct checker *checker);
/* check_sources.c */
void check_sources(struct checker *checker);
void check_checks(struct checker *checker);
void check_outputs(struct checker *checker, const struct query *query, struct str database,
                   struct outputs *out);
const struct output *check_find_output(const struct outputs *outputs, struct str name);
/* check_params.c */
void check_params(struct checker *checker);
void check_param_uses(struct checker *checker);
/* 1_000 is a number in SQL, not as a parameter's text: without the `_`. */
struct str check_number_text(const struct checker *checker, struct str text);
/* check_settings.c */
void check_profiles(struct checker *checker);
void check_settings(struct checker *checker, const struct ast_setting_list *settings,
                    struct folded_settings *out);
/* check_backfill.c */
void check_backfills(struct checker *checker);
/* check_clauses.c */
void check_clauses(struct checker *checker, const struct ast_statement *statement);
/* check_backfill_view.c: first the views of all backfills, then the rest of each. */
void check_find_views(struct checker *checker, struct checked_backfill *backfill,
                      struct str current);
void check_backfill_view(struct checker *checker, struct checked_backfill *backfill);
/* check_times.c */
void check_split_times(struct checker *checker, const struct ast_split *it,
                       struct model_split *split);
void check_pause(struct checker *checker, const struct ast_pause *it, struct str current,
                 struct model_pause *pause);
/* False for engines that keep nothing, or hand each row out once. */
bool check_keeps_rows(const struct model_table *table);
/* check_ranges.c, check_insert.c; `source` is NULL for views, whose history is in `table`. */
void check_split(struct checker *checker, struct checked_backfill *backfill,
                 const struct checked_table *table, const struct checked_source *source);
void check_chunk(struct checker *checker, struct checked_backfill *backfill,
                 const struct checked_table *table, const struct checked_source *source);
void check_nulls(struct checker *checker, struct checked_backfill *backfill,
                 const struct checked_table *table, const struct checked_source *source);
void check_insert_columns(struct checker *checker, struct checked_backfill *backfill,
                          const struct checked_table *table, const struct checked_source *source);

#endif
