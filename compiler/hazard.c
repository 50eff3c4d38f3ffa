#include "compiler/hazard.h"

#include <stdarg.h>
#include <stdint.h>

#include "compiler/hazard_internal.h"

struct hazard {
	enum diag_code code;
	enum hazard_subject subject;
	void (*check)(struct hazard_context *context);
};

/* clang-format off */
static const struct hazard hazards[] = {
        {BF200, HAZARD_VIEW, hazard_partial_groups},
        {BF201, HAZARD_VIEW, hazard_aggregate_type},
        {BF202, HAZARD_VIEW, hazard_per_block_clause},
        {BF203, HAZARD_VIEW, hazard_todays_value},
        {BF203, HAZARD_SOURCE, hazard_todays_value},
        {BF204, HAZARD_VIEW, hazard_join},
        {BF205, HAZARD_BACKFILL, hazard_ttl},
        {BF206, HAZARD_PROGRAM, hazard_credentials},
        {BF207, HAZARD_PROGRAM, hazard_unused},
        {BF208, HAZARD_VIEW, hazard_unnamed_column},
        {BF210, HAZARD_VIEW, hazard_group_outside_key},
        {BF211, HAZARD_BACKFILL, hazard_default},
        {BF212, HAZARD_VIEW, hazard_outer_join},
        {BF213, HAZARD_BACKFILL, hazard_column_ttl},
        {BF214, HAZARD_VIEW, hazard_narrow_sum},
        {BF215, HAZARD_VIEW, hazard_nullable},
        {BF216, HAZARD_VIEW, hazard_lookup},
        {BF217, HAZARD_VIEW, hazard_own_trigger},
        {BF218, HAZARD_VIEW, hazard_nested_groups},
        {BF219, HAZARD_BACKFILL, hazard_last_insert},
        {BF220, HAZARD_BACKFILL, hazard_chunk_reads_all},
        {BF221, HAZARD_BACKFILL, hazard_chunk_not_leading},
        {BF222, HAZARD_BACKFILL, hazard_hidden_column},
        {BF223, HAZARD_BACKFILL, hazard_late_rows},
        {BF224, HAZARD_BACKFILL, hazard_merged_trigger},
        {BF225, HAZARD_BACKFILL, hazard_chunk_opens_all},
        {BF209, HAZARD_PROGRAM, hazard_unused_allow}, /* the last: it looks at what the others found */
};
/* clang-format on */

struct diag *hazard_tell(struct hazard_context *context, struct span span, const char *format, ...)
{
	struct checker *checker = context->checker;
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(checker->diags->arena, format, args);
	va_end(args);
	return diag_add(checker->diags, context->code, span, "%s", text);
}

void hazard_hint(struct hazard_context *context, struct diag *diag, const char *text)
{
	diag_hint(context->checker->diags, diag, "%s", text);
}

/* --- the passes over the table ------------------------------------------------------------- */

/* A hazard is told or not: what it takes to find that out is not kept, and there are many checks
 * and views. */
static void run(const struct hazard *hazard, struct hazard_context *context)
{
	struct checker *checker = context->checker;
	struct arena *kept = checker->arena;
	struct arena scratch;

	arena_init(&scratch);
	checker->arena = &scratch;
	context->code = hazard->code;
	hazard->check(context);
	checker->arena = kept;
	arena_release(&scratch);
}

static void check_views_with(struct checker *checker, const struct hazard *hazard)
{
	for (size_t i = 0; i < checker->views.count; i++) {
		const struct checked_view *view = checker->views.items[i];
		struct hazard_context context = {.checker = checker, .view = view};

		if (!view->entry->thing)
			continue;
		context.target = (const struct checked_table *)view->model.target;
		context.sql = view->select;
		run(hazard, &context);
	}
}

static void check_sources_with(struct checker *checker, const struct hazard *hazard)
{
	for (size_t i = 0; i < checker->all_sources.count; i++) {
		const struct checked_source *source = checker->all_sources.items[i];
		struct hazard_context context = {.checker = checker, .source = source};

		if (!source->entry->thing)
			continue;
		context.sql = source->user_span;
		run(hazard, &context);
	}
}

static void check_backfills_with(struct checker *checker, const struct hazard *hazard)
{
	for (size_t i = 0; i < checker->backfills.count; i++) {
		struct hazard_context context = {.checker = checker,
		                                 .backfill = checker->backfills.items[i]};

		run(hazard, &context);
	}
}

/* A model_table and a model_view are the first members of their checked_table and checked_view. */
static void mark_view(const struct model_view *view)
{
	((struct checked_view *)(uintptr_t)view)->gets_history = true;
}

/* Once for all views and tables, not by a search through all backfills for each of them. */
static void mark_history(struct checker *checker)
{
	for (size_t i = 0; i < checker->backfills.count; i++) {
		const struct checked_backfill *backfill = checker->backfills.items[i];
		const struct model_closure *closure = &backfill->model.closure;

		for (size_t k = 0; k < closure->table_count; k++) {
			struct checked_table *table =
			        (struct checked_table *)(uintptr_t)closure->tables[k];

			if (!table->filled_first_by)
				table->filled_first_by = backfill;
		}
		for (size_t k = 0; k < closure->view_count; k++)
			mark_view(closure->views[k]);
		for (size_t k = 0; k < backfill->model.view_count; k++)
			mark_view(backfill->model.views[k]);
	}
}

void hazard_check(struct checker *checker)
{
	mark_history(checker);
	for (size_t i = 0; i < sizeof(hazards) / sizeof(*hazards); i++) {
		const struct hazard *hazard = &hazards[i];
		struct hazard_context context = {.checker = checker};

		switch (hazard->subject) {
		case HAZARD_VIEW:
			check_views_with(checker, hazard);
			break;
		case HAZARD_SOURCE:
			check_sources_with(checker, hazard);
			break;
		case HAZARD_BACKFILL:
			check_backfills_with(checker, hazard);
			break;
		case HAZARD_PROGRAM:
			run(hazard, &context);
			break;
		}
	}
}
