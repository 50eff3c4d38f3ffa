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

/* hazard_view.c */
void hazard_partial_groups(struct hazard_context *context);
void hazard_per_block_clause(struct hazard_context *context);
void hazard_join(struct hazard_context *context);
void hazard_unnamed_column(struct hazard_context *context);
/* hazard_aggregate.c */
void hazard_aggregate_type(struct hazard_context *context);
struct aggregate {
	const char *name;
	const char *simple; /* the SimpleAggregateFunction that combines its values; NULL: none */
	bool folded;        /* ClickHouse takes it in any case */
};
/* The aggregate function that an expression is one call of; `state` for -State combinators. */
const struct aggregate *aggregate_of(struct checker *checker, struct span expr, bool *state);
/* hazard_history.c */
void hazard_todays_value(struct hazard_context *context);
void hazard_ttl(struct hazard_context *context);
void hazard_unused(struct hazard_context *context);
/* hazard_secret.c */
void hazard_credentials(struct hazard_context *context);

#endif
