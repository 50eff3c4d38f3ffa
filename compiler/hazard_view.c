/* Hazards of views: what acts within one inserted block. */
#include "compiler/hazard_internal.h"

/* The SELECTs between a view's outside and its trigger table: those that see inserted blocks. */
struct select_path {
	LIST_OF(const struct select *) list;
};

static const struct query *with_of(const struct query *query, const struct select *select,
                                   struct str name)
{
	for (size_t i = 0; i < select->with.count; i++)
		if (str_eq(select->with.items[i].name.text, name))
			return select->with.items[i].subquery;
	for (size_t i = 0; i < query->with.count; i++)
		if (str_eq(query->with.items[i].name.text, name))
			return query->with.items[i].subquery;
	return NULL;
}

static struct select_path path_of(const struct hazard_context *context)
{
	const struct query *outermost = context->view->model.query, *query = outermost;
	const struct select *last = context->view->model.trigger.select;
	struct select_path path = {0};

	while (query && query->branches.count) {
		const struct select *select = query->branches.items[0];
		const struct table_ref *from = select->from.items;
		const struct query *inner = NULL;

		*list_add(context->checker->arena, &path.list) = select;
		if (select == last || !select->has_from || !select->from.count)
			break;
		if (from->kind == FROM_SUBQUERY)
			inner = from->subquery;
		else if (from->kind == FROM_TABLE && !from->table.database.text.n)
			inner = with_of(query, select, from->table.name.text);
		if (!inner && from->kind == FROM_TABLE) /* a CTE of the query outside */
			inner = with_of(outermost, outermost->branches.items[0],
			                from->table.name.text);
		if (inner == query)
			break;
		query = inner;
	}
	return path;
}

static struct span clause_span(const struct clause *clause)
{
	return span_join(clause->keyword, clause->body);
}

/* --- groups -------------------------------------------------------------------------------- */

static struct str plain_engine(struct str name)
{
	static const char *const prefixes[] = {"Replicated", "Shared"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (str_starts(name, str_of(prefixes[i])))
			return (struct str){name.p + strlen(prefixes[i]),
			                    name.n - strlen(prefixes[i])};
	return name;
}

/* Engines that keep rows of one key apart, or keep one of them. Unknown ones are let be. */
static bool keeps_groups_apart(const struct model_table *table)
{
	static const char *const others[] = {"Log", "TinyLog", "StripeLog", "Memory"};
	struct str name = plain_engine(table->engine);

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
		*where = clause_span(&select->group_by);
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
	struct select_path path = path_of(context);
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

void hazard_per_block_clause(struct hazard_context *context)
{
	struct select_path path = path_of(context);

	for (size_t i = 0; i < path.list.count; i++) {
		const struct select *select = path.list.items[i];

		if (select->distinct)
			tell_clause(context, select->items_span, "DISTINCT");
		if (select->has_window_function)
			tell_clause(context, select->items_span, "a window function");
		if (select->order_by.present)
			tell_clause(context, clause_span(&select->order_by), "ORDER BY");
		if (select->limit_by.present)
			tell_clause(context, clause_span(&select->limit_by), "LIMIT BY");
		if (select->limit.present)
			tell_clause(context, clause_span(&select->limit), "LIMIT");
		else if (select->offset.present)
			tell_clause(context, clause_span(&select->offset), "OFFSET");
	}
}

void hazard_join(struct hazard_context *context)
{
	struct select_path path = path_of(context);

	for (size_t i = 0; i < path.list.count; i++) {
		const struct select *select = path.list.items[i];

		if (!select->has_join || select->from.count < 2)
			continue;
		hazard_hint(
		        context,
		        hazard_tell(context, select->from.items[1].span,
		                    "the right side of the JOIN in view '%.*s' is read as it is "
		                    "when history is loaded",
		                    STR_ARG(context->view->model.name)),
		        "make sure that it holds what the history's rows need");
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
