/*
 * ast_build.h: what the actions of grammar/parse.y call.
 *
 * Purpose: the grammar says what follows what; everything else about a statement (counts that
 * must not be 0, clauses given twice, forms that are read and refused) is here. One parse of
 * one text has one struct parse; there is no other state.
 * Files: ast.c (pieces, statements), ast_backfill.c (clauses), ast_refuse.c, ast_look.c.
 * Invariants: constructors never fail: what is wrong goes into the diagnostics, and what they
 * return is whole enough for the rest of the parse.
 * Ownership: everything lives in the parse's arena; spans and verbatim text point into the source.
 */
#ifndef BFC_AST_BUILD_H
#define BFC_AST_BUILD_H

#include "compiler/ast.h"
#include "compiler/marks.h"
#include "grammar/keywords.h"
#include "grammar/lex.h"

struct parse {
	const struct source_set *sources;
	const struct source *source;
	struct arena *arena;
	struct diag_list *diags;
	struct ast *ast;
	LIST_OF(struct ast_use) uses; /* without `as`, for parse_program() to follow */
	struct marks *marks;          /* NULL: nobody asks for them */

	/* The yylex() wrapper's own. */
	struct lexer lexer;
	struct keyword_index keywords;
	struct token token;    /* the last one handed to bison */
	struct token previous; /* the one before it */
	bool mismatch;         /* `token` closes a bracket that is not the innermost open one */
	LIST_OF(struct token) brackets; /* open ones of this statement */
};

struct name_list {
	LIST_OF(struct ast_object_name) list;
};

struct argument_list {
	LIST_OF(struct ast_argument) list;
};

struct view_head {
	struct ast_object_name name;
	bool plain; /* `create view`, without `materialized` */
};

/* What stands between a view's target and its `as`. */
struct view_options {
	struct ast_sql columns;
	struct ast_name comment, definer, security; /* span.end == 0: none */
};

/* --- pieces ----------------------------------------------------------------------------- */

/* The name, or a string's content, that one token means. */
struct ast_name ast_name_of(struct parse *parse, struct span span);
struct ast_object_name ast_object_name_of(struct ast_name database, struct ast_name name);
struct ast_sql ast_sql_of(struct span span);
/* The text between brackets; present, with an empty span, for `()`. */
struct ast_sql ast_sql_between(struct span left, struct span right);
struct ast_literal *ast_literal_of(struct parse *parse, enum ast_literal_kind kind,
                                   struct span span);
/* A literal where a size such as 10Mi makes no sense. */
struct ast_literal *ast_plain_literal(struct parse *parse, struct ast_literal *literal);
/* A whole number from 1 on; 1 after a diagnostic. */
uint64_t ast_count_of(struct parse *parse, struct span span);
struct ast_interval ast_interval_of(struct parse *parse, struct span number, enum ast_unit unit,
                                    struct span span);
/* Lists: NULL makes a new one. */
struct name_list *ast_name_list(struct parse *parse, struct name_list *list,
                                struct ast_object_name name);
struct ast_setting_list *ast_settings_add(struct parse *parse, struct ast_setting_list *list,
                                          struct ast_name name, const struct ast_literal *value);
struct argument_list *ast_arguments_add(struct parse *parse, struct argument_list *list,
                                        struct ast_name name, const struct ast_literal *literal,
                                        const struct ast_object_name *object);
struct view_options *ast_view_options(struct parse *parse);
void ast_view_columns(struct parse *parse, struct view_options *options, struct ast_sql columns);
void ast_view_comment(struct parse *parse, struct view_options *options, struct span string);
/* What SHOW CREATE prints and creating the view leaves out: a note, where it makes a difference. */
void ast_view_definer(struct parse *parse, struct view_options *options, struct span span,
                      struct span user);
void ast_view_security(struct parse *parse, struct view_options *options, struct span span,
                       struct ast_name security);

/* --- statements: each is added to the tree ----------------------------------------------- */

void ast_add_migration(struct parse *parse, struct span span, struct ast_name name, struct str text,
                       const struct name_list *after);
struct ast_use *ast_use_path(struct parse *parse, struct ast_name path);
/* `std` and what follows its dot. */
struct ast_use *ast_use_standard(struct parse *parse, struct ast_name std, struct ast_name library);
/* One more `.name`. */
struct ast_use *ast_use_more(struct parse *parse, struct ast_use *use, struct ast_name name);
void ast_add_use(struct parse *parse, struct span span, const struct ast_use *use);
void ast_add_use_as(struct parse *parse, struct span span, struct ast_use *use,
                    struct ast_name instance, const struct argument_list *arguments);
void ast_add_database(struct parse *parse, struct span span, struct ast_name name);
void ast_add_param(struct parse *parse, struct span span, struct ast_name name, struct span type,
                   const struct ast_literal *value);
void ast_add_secret(struct parse *parse, struct span span, struct ast_name name, bool from_env,
                    struct ast_name from);
void ast_add_profile(struct parse *parse, struct span span, struct ast_name name,
                     const struct ast_setting_list *settings);
void ast_add_table(struct parse *parse, struct span span, struct ast_object_name name,
                   struct ast_sql columns, struct span rest);
void ast_add_external(struct parse *parse, struct span span, struct ast_object_name name,
                      struct ast_sql columns);
void ast_add_view(struct parse *parse, struct span span, struct ast_object_name name,
                  struct ast_object_name target, struct view_options *options, struct span select);
void ast_add_ignore_view(struct parse *parse, struct span span, struct ast_object_name name);
void ast_add_source_select(struct parse *parse, struct span span, struct ast_name name,
                           struct span select);
void ast_add_source_function(struct parse *parse, struct span span, struct ast_name name,
                             struct span function);
void ast_add_check(struct parse *parse, struct span span, struct ast_name text, struct span select);
void ast_add_backfill_table(struct parse *parse, struct span span, struct ast_object_name table,
                            struct ast_name source, struct ast_backfill *backfill);
void ast_add_backfill_view(struct parse *parse, struct span span, const struct name_list *views,
                           struct ast_backfill *backfill);

/* --- clauses of a backfill: each notes that it is there, and tells when it was there before - */

struct ast_backfill *ast_backfill_begin(struct parse *parse);
void ast_using(struct parse *parse, struct ast_backfill *b, struct span span,
               enum ast_strategy strategy, enum ast_strategy with);
void ast_using_unsafe(struct parse *parse, struct ast_backfill *b, struct span span);
void ast_split(struct parse *parse, struct ast_backfill *b, struct span span,
               const struct ast_name *column, enum ast_point_kind point,
               const struct ast_literal *literal);
void ast_split_now_plus(struct parse *parse, struct ast_backfill *b, struct span span,
                        const struct ast_name *column, struct ast_interval interval);
void ast_overlap(struct parse *parse, struct ast_backfill *b, struct span span);
void ast_settle(struct parse *parse, struct ast_backfill *b, struct span span,
                struct ast_interval interval);
void ast_where(struct parse *parse, struct ast_backfill *b, struct span span,
               struct ast_sql condition);
void ast_throttle(struct parse *parse, struct ast_backfill *b, struct span span,
                  struct ast_sql select);
void ast_nulls(struct parse *parse, struct ast_backfill *b, struct span span, enum ast_nulls nulls);
void ast_chunk_column(struct parse *parse, struct ast_backfill *b, struct span span,
                      const struct ast_name *column, struct ast_interval every,
                      const struct ast_literal *from, const struct ast_literal *to);
void ast_chunk_files(struct parse *parse, struct ast_backfill *b, struct span span,
                     struct span number);
void ast_chunk_partition(struct parse *parse, struct ast_backfill *b, struct span span);
void ast_workers(struct parse *parse, struct ast_backfill *b, struct span span, struct span number);
void ast_workers_auto(struct parse *parse, struct ast_backfill *b, struct span span);
void ast_publish(struct parse *parse, struct ast_backfill *b, struct span span,
                 enum ast_publish publish);
void ast_settings(struct parse *parse, struct ast_backfill *b, struct span span,
                  const struct ast_setting_list *settings);
struct ast_pause *ast_pause_of(struct parse *parse, enum ast_pause_kind kind, struct ast_name stop,
                               struct ast_name start, const struct name_list *tables);
void ast_pause(struct parse *parse, struct ast_backfill *b, struct span span,
               const struct ast_pause *pause);
void ast_within(struct parse *parse, struct ast_backfill *b, struct span span,
                struct ast_interval interval);
void ast_keep_filter(struct parse *parse, struct ast_backfill *b, struct span span);
void ast_verify(struct parse *parse, struct ast_backfill *b, struct span span,
                enum ast_verify verify);

/* --- what is read and refused ------------------------------------------------------------ */

/* What ClickHouse has and a migration does not take, or takes in another form. */
enum foreign {
	FOREIGN_VIEW_WITHOUT_TO,
	FOREIGN_PLAIN_VIEW,
	FOREIGN_VIEW_ENGINE,
	FOREIGN_REFRESH,
	FOREIGN_POPULATE,
	FOREIGN_CLUSTER,
	FOREIGN_REPLACE,
	FOREIGN_LIVE_VIEW,
	FOREIGN_WINDOW_VIEW,
	FOREIGN_TEMPORARY,
	FOREIGN_DICTIONARY,
	FOREIGN_DATABASE,
	FOREIGN_TABLE_AS,
	FOREIGN_TABLE_WITHOUT_ENGINE,
	FOREIGN_TABLE_WITHOUT_COLUMNS,
	FOREIGN_EXTERNAL_ENGINE,
	FOREIGN_SOURCE_TABLE,
};
void ast_refuse_statement(struct parse *parse, enum foreign what, struct span span);
void ast_refuse_view(struct parse *parse, const struct view_head *head, struct span span);
void ast_refuse_view_engine(struct parse *parse, const struct view_head *head, struct span span,
                            struct span engine);

/*
 * A second look at a run of SQL that the grammar took as it is: reports a statement that
 * begins inside (a `;` is missing before it), and finds `as SELECT` and `populate` outside of
 * brackets, and the string of a `COMMENT '…'` at the very end.
 */
struct sql_look {
	struct span as;       /* empty: none */
	struct span populate; /* empty: none */
	struct span comment;  /* empty: none */
	uint32_t body_end;    /* end of what stands before the comment */
};
struct sql_look ast_look_at_sql(struct parse *parse, struct span span);

#endif
