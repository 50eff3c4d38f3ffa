/* Groups of a view that its target merges wrongly, or that were wrong before they got there. */
#include "compiler/hazard_internal.h"

#include "compiler/tokens.h"
#include "compiler/types.h"

/* --- group columns outside of the target's key ----------------------------------------------- */

static bool combines(const struct model_table *table)
{
	struct str name = hazard_engine(table);

	return str_is(name, "SummingMergeTree") || str_is(name, "AggregatingMergeTree");
}

/* GROUP BY names the item: by its alias, its text or its number. */
static bool is_group_key(struct checker *checker, const struct select *select, size_t i)
{
	const struct select_item *item = &select->items.items[i];
	struct str expr = span_text(checker->sources, item->expr);

	for (size_t k = 0; k < select->group_keys.count; k++) {
		struct span key = select->group_keys.items[k];
		struct str text = span_text(checker->sources, key);
		struct str bare = hazard_bare_column(checker, key);

		if (type_text_equal(text, expr) || (bare.n && str_eq(bare, item->name)) ||
		    str_is(text, arena_printf(checker->arena, "%zu", i + 1)))
			return true;
	}
	return false;
}

/* ORDER BY has it, alone or in an expression; or it sets partitions apart by itself. */
static bool keeps_apart(struct checker *checker, const struct checked_table *table, struct str name)
{
	const struct ddl_engine *engine = &table->engine;
	struct span_list parts;

	if ((engine->order_by.present && hazard_mentions(checker, engine->order_by.span, name)) ||
	    hazard_in_sorting_key(checker, table, name))
		return true;
	if (!engine->partition_by.present)
		return false;
	ddl_split(checker->sources, engine->partition_by.span, checker->arena, &parts);
	for (size_t i = 0; i < parts.list.count; i++)
		if (str_eq(hazard_bare_column(checker, parts.list.items[i]), name))
			return true;
	return false;
}

/* All that an expression is made of is decided by what the key has: toMonth(day), 'all'. */
static bool follows_from_key(struct hazard_context *context, const struct select_item *item)
{
	struct checker *checker = context->checker;
	struct tokens tokens;

	tokens_read(checker->sources, item->expr, checker->arena, &tokens);
	for (size_t i = 0; i < tokens.count; i++) {
		if (!token_is_name(&tokens, i) || tokens.items[i + 1].kind == TOKEN_LEFT ||
		    tokens.items[i + 1].kind == TOKEN_DOT)
			continue;
		if (!keeps_apart(checker, context->target,
		                 token_meaning(&tokens, i, checker->arena)))
			return false;
	}
	return true;
}

/* The key decides these by itself: the user says so. */
static bool is_combined(const struct model_column *column)
{
	struct str inside;

	return type_arguments(column->type, "SimpleAggregateFunction", &inside) ||
	       type_arguments(column->type, "AggregateFunction", &inside);
}

static void tell_outside_key(struct hazard_context *context, const struct select_item *item)
{
	const struct checked_table *target = context->target;
	struct diag *diag = hazard_tell(
	        context, item->expr,
	        "view '%.*s' groups by '%.*s', and '%.*s' (%.*s) merges rows that differ in it",
	        STR_ARG(context->view->model.name), STR_ARG(item->name),
	        STR_ARG(target->model.name), STR_ARG(target->model.engine));

	if (target->engine.order_by.present)
		diag_note(context->checker->diags, diag, target->engine.order_by.span,
		          "rows that are equal in these are merged into one");
	hazard_hint(
	        context, diag,
	        arena_printf(context->checker->arena,
	                     "add '%.*s' to ORDER BY of the target; where the other keys decide "
	                     "it, make it SimpleAggregateFunction(any, …)",
	                     STR_ARG(item->name)));
}

void hazard_group_outside_key(struct hazard_context *context)
{
	const struct select *select = context->view->model.query->branches.items[0];

	if (!combines(&context->target->model) || select->group_modifier)
		return;
	for (size_t i = 0; i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];
		const struct model_column *column = check_find_column(context->target, item->name);

		if (item->name.n && column && !is_combined(column) &&
		    is_group_key(context->checker, select, i) &&
		    !keeps_apart(context->checker, context->target, item->name) &&
		    !follows_from_key(context, item))
			tell_outside_key(context, item);
	}
}

/* --- groups of groups ------------------------------------------------------------------------ */

/* Sums of sums, greatest of greatest and sets of values come out right whatever the blocks were. */
static bool counts_groups(struct str name)
{
	static const char *const names[] = {"count", "avg",  "quantile", "median", "stddev",
	                                    "var",   "topK", "covar",    "corr",   "groupArray"};
	bool state;
	const struct aggregate *aggregate = aggregate_named(name, &state);

	for (size_t i = 0; aggregate && i < sizeof(names) / sizeof(*names); i++)
		if (str_starts(str_of(aggregate->name), str_of(names[i])))
			return !str_starts(str_of(aggregate->name), STR("groupArrayArray"));
	return false;
}

static void tell_counted(struct hazard_context *context, const struct select *outer,
                         const struct select *inner)
{
	struct checker *checker = context->checker;
	struct function_calls calls = {0};
	struct diag *diag;

	query_functions(checker->sources, outer->items_span, checker->arena, &calls);
	for (size_t i = 0; i < calls.list.count; i++) {
		const struct function_call *call = &calls.list.items[i];

		if (!counts_groups(call->name))
			continue;
		diag = hazard_tell(
		        context, call->span,
		        "%.*s() in view '%.*s' works on groups that were made within one "
		        "inserted block",
		        STR_ARG(call->name), STR_ARG(context->view->model.name));
		diag_note(checker->diags, diag, hazard_clause_span(&inner->group_by),
		          "these groups");
		hazard_hint(context, diag,
		            "a group that comes in two blocks is taken twice: use -State functions "
		            "such as uniqState() on the rows themselves");
		return;
	}
}

void hazard_nested_groups(struct hazard_context *context)
{
	struct select_path path = hazard_path(context);

	for (size_t i = 0; i < path.list.count; i++) {
		for (size_t k = i + 1; k < path.list.count; k++) {
			if (!path.list.items[k]->group_by.present)
				continue;
			tell_counted(context, path.list.items[i], path.list.items[k]);
			break;
		}
	}
}
