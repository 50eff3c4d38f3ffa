/* Hazards of views: what acts within one inserted block. */
#include "compiler/hazard_internal.h"

/* --- groups -------------------------------------------------------------------------------- */

/* Engines that keep rows of one key apart, or keep one of them. Unknown ones are let be. */
static bool keeps_groups_apart(const struct model_table *table)
{
	static const char *const others[] = {"Log", "TinyLog", "StripeLog", "Memory"};
	struct str name = hazard_engine(table);

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (str_is(name, others[i]))
			return true;
	return table->engine_class == ENGINE_MERGE_TREE && !str_is(name, "SummingMergeTree") &&
	       !str_is(name, "AggregatingMergeTree") && !str_is(name, "GraphiteMergeTree");
}

/* GROUP BY, or aggregates over the whole block; states can be merged when they are read. */
static bool groups(struct checker *checker, const struct select *select, struct span *where)
{
	bool found = select->group_by.present;

	if (found)
		*where = hazard_clause_span(&select->group_by);
	for (size_t i = 0; i < select->items.count; i++) {
		bool state = false;

		if (!aggregate_of(checker, select->items.items[i].expr, &state))
			continue;
		if (state)
			return false;
		if (!found)
			*where = select->items.items[i].expr;
		found = true;
	}
	return found;
}

void hazard_partial_groups(struct hazard_context *context)
{
	const struct model_table *target = &context->target->model;
	struct select_path path = hazard_path(context);
	struct span where = {0};

	if (!keeps_groups_apart(target))
		return;
	for (size_t i = 0; i < path.list.count; i++) {
		if (!groups(context->checker, path.list.items[i], &where))
			continue;
		hazard_hint(context,
		            hazard_tell(context, where,
		                        "view '%.*s' groups within each inserted block, and '%.*s' "
		                        "(%.*s) does not combine the groups of several",
		                        STR_ARG(context->view->model.name), STR_ARG(target->name),
		                        STR_ARG(target->engine)),
		            "use SummingMergeTree or AggregatingMergeTree with the group's columns "
		            "as ORDER BY");
		return;
	}
}

/* --- clauses ------------------------------------------------------------------------------- */

static void tell_clause(struct hazard_context *context, struct span span, const char *what)
{
	hazard_hint(context,
	            hazard_tell(context, span, "%s in view '%.*s' acts within each inserted block",
	                        what, STR_ARG(context->view->model.name)),
	            "history comes in larger blocks than live rows and would come out differently; "
	            "do it where the target is read");
}

/* HAVING that looks at aggregates drops groups that are small in one block. One over group keys
 * alone is a WHERE. */
static bool looks_at_aggregates(struct checker *checker, const struct select *select,
                                struct span sql)
{
	struct function_calls calls = {0};
	bool state;

	query_functions(checker->sources, sql, checker->arena, &calls);
	for (size_t i = 0; i < calls.list.count; i++)
		if (aggregate_named(calls.list.items[i].name, &state))
			return true;
	for (size_t i = 0; i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];

		if (item->alias.text.n && aggregate_of(checker, item->expr, &state) &&
		    hazard_mentions(checker, sql, item->alias.text))
			return true;
	}
	return false;
}

static void tell_block_functions(struct hazard_context *context, struct span sql)
{
	struct function_calls calls = {0};

	query_functions(context->checker->sources, sql, context->checker->arena, &calls);
	for (size_t i = 0; i < calls.list.count; i++) {
		const struct function_call *call = &calls.list.items[i];

		if (hazard_acts_per_block(call->name))
			tell_clause(context, call->span,
			            arena_printf(context->checker->arena, "%.*s()",
			                         STR_ARG(call->name)));
	}
}

void hazard_per_block_clause(struct hazard_context *context)
{
	struct select_path path = hazard_path(context);

	tell_block_functions(context, context->sql);

	for (size_t i = 0; i < path.list.count; i++) {
		const struct select *select = path.list.items[i];

		if (select->distinct)
			tell_clause(context, select->items_span, "DISTINCT");
		if (select->has_window_function)
			tell_clause(context, select->items_span, "a window function");
		if (select->having.present &&
		    looks_at_aggregates(context->checker, select, select->having.body))
			tell_clause(context, hazard_clause_span(&select->having), "HAVING");
		if (select->order_by.present)
			tell_clause(context, hazard_clause_span(&select->order_by), "ORDER BY");
		if (select->limit_by.present)
			tell_clause(context, hazard_clause_span(&select->limit_by), "LIMIT BY");
		if (select->limit.present)
			tell_clause(context, hazard_clause_span(&select->limit), "LIMIT");
		else if (select->offset.present)
			tell_clause(context, hazard_clause_span(&select->offset), "OFFSET");
	}
}

void hazard_unnamed_column(struct hazard_context *context)
{
	const struct query *query = context->view->model.query;
	const struct select *select = query->branches.items[0];

	if (!context->target->model.has_columns ||
	    context->view->entry->statement->u.view.columns.present)
		return;
	for (size_t i = 0; i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];
		struct str text = span_text(context->checker->sources, item->expr);

		if (item->is_star || item->name.n || check_find_column(context->target, text))
			continue;
		hazard_hint(context,
		            hazard_tell(context, item->expr,
		                        "this column of view '%.*s' has no name, and '%.*s' no "
		                        "column for it",
		                        STR_ARG(context->view->model.name),
		                        STR_ARG(context->target->model.name)),
		            "give it the name of a target's column: … AS name");
	}
}
