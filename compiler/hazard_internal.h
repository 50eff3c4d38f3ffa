/*
 * hazard_internal.h: what the files of the hazard checks share; nobody else includes it.
 *
 * Invariants: exactly the member that a hazard's subject names is set; views have their query,
 * target and trigger, sources their query, backfills their closure.
 */
#ifndef BFC_HAZARD_INTERNAL_H
#define BFC_HAZARD_INTERNAL_H

#include "compiler/check_internal.h"

enum hazard_subject { HAZARD_VIEW, HAZARD_SOURCE, HAZARD_BACKFILL, HAZARD_PROGRAM };

struct hazard_context {
	struct checker *checker;
	enum diag_code code;
	const struct checked_view *view;
	const struct checked_table *target; /* of the view */
	const struct checked_source *source;
	const struct checked_backfill *backfill;
	struct span sql; /* of the view or source, in the user's file */
};

/* The diagnostic to add hints and notes to; NULL when this place is allowed. */
struct diag *hazard_tell(struct hazard_context *context, struct span span, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void hazard_hint(struct hazard_context *context, struct diag *diag, const char *text);

/* hazard_sql.c: what the checks ask of a piece of SQL. */
/* The SELECTs between a view's outside and its trigger table: those that see inserted blocks. */
struct select_path {
	LIST_OF(const struct select *) list;
};
struct select_path hazard_path(const struct hazard_context *context);
/* A name stands in it, quoted or not; not one that is called. */
bool hazard_mentions(struct checker *checker, struct span sql, struct str name);
/* The column that an expression is nothing but, t.a as well as a; empty otherwise. */
struct str hazard_bare_column(struct checker *checker, struct span expr);
/* A column of this name is an element of ORDER BY by itself. */
bool hazard_in_sorting_key(struct checker *checker, const struct checked_table *table,
                           struct str name);
/* The engine without Replicated and Shared. */
struct str hazard_engine(const struct model_table *table);
/* A function that gives something else for the same row tomorrow. */
bool hazard_is_todays(struct str name);
/* A call of such a function, the first one; empty when there is none. */
struct str hazard_todays_call(struct checker *checker, struct span sql);
/* A function whose value hangs on how rows come in blocks. */
bool hazard_acts_per_block(struct str name);
struct span hazard_clause_span(const struct clause *clause);

/* hazard_view.c */
void hazard_partial_groups(struct hazard_context *context);
void hazard_per_block_clause(struct hazard_context *context);
void hazard_unnamed_column(struct hazard_context *context);
/* hazard_group.c */
void hazard_group_outside_key(struct hazard_context *context);
void hazard_nested_groups(struct hazard_context *context);
/* hazard_lookup.c */
void hazard_join(struct hazard_context *context);
void hazard_outer_join(struct hazard_context *context);
void hazard_lookup(struct hazard_context *context);
void hazard_own_trigger(struct hazard_context *context);
/* hazard_aggregate.c */
void hazard_aggregate_type(struct hazard_context *context);
void hazard_narrow_sum(struct hazard_context *context);
void hazard_nullable(struct hazard_context *context);
struct aggregate {
	const char *name;
	const char *simple; /* the SimpleAggregateFunction that combines its values; NULL: none */
	bool folded;        /* ClickHouse takes it in any case */
};
/* The aggregate function that an expression is one call of; `state` for -State combinators. */
const struct aggregate *aggregate_of(struct checker *checker, struct span expr, bool *state);
/* The same of a function's name. */
const struct aggregate *aggregate_named(struct str name, bool *state);
/* hazard_history.c */
void hazard_todays_value(struct hazard_context *context);
void hazard_unused(struct hazard_context *context);
/* hazard_files.c */
void hazard_chunk_opens_all(struct hazard_context *context);
/* hazard_table.c */
void hazard_ttl(struct hazard_context *context);
void hazard_column_ttl(struct hazard_context *context);
void hazard_default(struct hazard_context *context);
void hazard_last_insert(struct hazard_context *context);
/* hazard_backfill.c */
void hazard_chunk_reads_all(struct hazard_context *context);
void hazard_chunk_not_leading(struct hazard_context *context);
void hazard_hidden_column(struct hazard_context *context);
void hazard_late_rows(struct hazard_context *context);
void hazard_merged_trigger(struct hazard_context *context);
/* hazard_secret.c */
void hazard_credentials(struct hazard_context *context);
/* hazard_allow.c */
void hazard_unused_allow(struct hazard_context *context);

#endif
