/* Tables that history lands in, and what they do to its rows. */
#include "compiler/hazard_internal.h"

#include "compiler/tokens.h"

/* A model_table is the first member of its checked_table. */
static struct checked_table *checked(const struct model_table *table)
{
	return (struct checked_table *)(void *)(uintptr_t)table;
}

/* Calls `check` for each declared table of the closure that no earlier backfill reaches: several may
 * reach one table, and what the table does is told once. */
static void each_table(struct hazard_context *context,
                       void (*check)(struct hazard_context *context,
                                     const struct checked_table *table))
{
	const struct model_closure *closure = &context->backfill->model.closure;

	for (size_t i = 0; i < closure->table_count; i++) {
		const struct checked_table *table = checked(closure->tables[i]);

		if (table->filled_first_by == context->backfill)
			check(context, table);
	}
}

static void note_backfill(struct hazard_context *context, struct diag *diag)
{
	diag_note(context->checker->diags, diag, context->backfill->statement->span,
	          "the backfill");
}

/* --- TTL ------------------------------------------------------------------------------------- */

static void check_ttl(struct hazard_context *context, const struct checked_table *table)
{
	struct checker *checker = context->checker;
	struct diag *diag;
	struct span where;

	if (!table->engine.ttl.present ||
	    !ddl_ttl_deletes(checker->sources, table->engine.ttl.span, checker->arena, &where))
		return;
	diag = hazard_tell(context, where,
	                   "this TTL of '%.*s' would delete history as soon as it lands",
	                   STR_ARG(table->model.name));
	note_backfill(context, diag);
	hazard_hint(context, diag,
	            "take the TTL off until the migration is done; or narrow the source to "
	            "rows that have not expired and write `-- bfc: allow "
	            "ttl-deletes-history` on the line before");
}

void hazard_ttl(struct hazard_context *context)
{
	each_table(context, check_ttl);
}

/* `v String TTL at + INTERVAL 1 DAY`: the TTL word at the top of a column's declaration. */
static bool column_ttl(struct checker *checker, struct span element, struct span *where)
{
	struct tokens tokens;

	tokens_read(checker->sources, element, checker->arena, &tokens);
	if (token_is_word(&tokens, 0, "index") || token_is_word(&tokens, 0, "projection") ||
	    token_is_word(&tokens, 0, "constraint"))
		return false;
	for (size_t i = 2; i + 1 < tokens.count; i++) {
		if (tokens.depth[i] > 0 || !token_is_word(&tokens, i, "ttl") ||
		    !token_ends_operand(&tokens, i - 1) ||
		    tokens.items[i + 1].kind == TOKEN_OPERATOR)
			continue;
		*where = tokens_span(&tokens, i, tokens.count);
		return true;
	}
	return false;
}

/* Measured on 26.7: the insert keeps the value, the first merge clears it. */
static void check_column_ttl(struct hazard_context *context, const struct checked_table *table)
{
	struct checker *checker = context->checker;
	const struct ast_sql *columns = &table->entry->statement->u.table.columns;
	struct span_list elements;
	struct span where;

	if (!columns->present)
		return;
	ddl_split(checker->sources, columns->span, checker->arena, &elements);
	for (size_t i = 0; i < elements.list.count; i++) {
		struct diag *diag;

		if (!column_ttl(checker, elements.list.items[i], &where))
			continue;
		diag = hazard_tell(context, where,
		                   "this TTL would clear the column in the history that lands in "
		                   "'%.*s'",
		                   STR_ARG(table->model.name));
		note_backfill(context, diag);
		hazard_hint(context, diag, "take the TTL off where history shall keep the column");
	}
}

void hazard_column_ttl(struct hazard_context *context)
{
	each_table(context, check_column_ttl);
}

/* --- defaults of today ----------------------------------------------------------------------- */

static bool view_gives(struct checker *checker, const struct model_view *view, struct str column)
{
	const struct select *select = view->query->branches.items[0];

	if (view->column_text.n)
		return true; /* its list names them by position */
	for (size_t i = 0; i < select->items.count; i++)
		if (select->items.items[i].is_star || str_eq(select->items.items[i].name, column) ||
		    str_eq(span_text(checker->sources, select->items.items[i].expr), column))
			return true;
	return false;
}

static bool inserted(const struct model_backfill *backfill, struct str column)
{
	for (size_t i = 0; i < backfill->insert_column_count; i++)
		if (str_eq(backfill->insert_columns[i], column))
			return true;
	return false;
}

/* The source, and every view that history comes through, has the column. */
static bool is_given(struct hazard_context *context, const struct checked_table *table,
                     const struct model_column *column)
{
	const struct model_backfill *backfill = &context->backfill->model;

	if (column->default_kind == DEFAULT_MATERIALIZED)
		return false;
	if (&table->model == backfill->table && !inserted(backfill, column->name))
		return false;
	for (size_t i = 0; i < backfill->closure.view_count; i++)
		if (backfill->closure.views[i]->target == &table->model &&
		    !view_gives(context->checker, backfill->closure.views[i], column->name))
			return false;
	for (size_t i = 0; i < backfill->view_count; i++)
		if (backfill->views[i]->target == &table->model &&
		    !view_gives(context->checker, backfill->views[i], column->name))
			return false;
	return true;
}

static void check_defaults(struct hazard_context *context, const struct checked_table *table)
{
	struct checker *checker = context->checker;

	for (size_t i = 0; i < table->model.column_count; i++) {
		const struct model_column *column = &table->model.columns[i];
		struct diag *diag;
		struct str call;

		if ((column->default_kind != DEFAULT_VALUE &&
		     column->default_kind != DEFAULT_MATERIALIZED) ||
		    column->default_expr.begin == column->default_expr.end)
			continue;
		call = hazard_todays_call(checker, column->default_expr);
		if (!call.n || is_given(context, table, column))
			continue;
		diag = hazard_tell(context, column->default_expr,
		                   "%.*s() would fill '%.*s' of '%.*s' when history is loaded",
		                   STR_ARG(call), STR_ARG(column->name),
		                   STR_ARG(table->model.name));
		note_backfill(context, diag);
		hazard_hint(context, diag,
		            column->default_kind == DEFAULT_MATERIALIZED
		                    ? "make it a DEFAULT, and give the column in what history "
		                      "comes from"
		                    : "give the column in what history comes from: … AS name");
	}
}

void hazard_default(struct hazard_context *context)
{
	each_table(context, check_defaults);
}

/* --- the last one wins ----------------------------------------------------------------------- */

/* Engines that keep of one key what was inserted last. Measured on 26.7: a moved part counts
 * as younger than all that are there. */
static bool keeps_last(const struct checked_table *table)
{
	struct str name = hazard_engine(&table->model);
	size_t arguments = table->engine.arguments.count;

	if (name.n != table->model.engine.n && str_starts(table->model.engine, STR("Replicated")))
		arguments -= arguments < 2 ? arguments : 2; /* path and replica */
	if (str_is(name, "ReplacingMergeTree"))
		return arguments == 0;
	return str_is(name, "CollapsingMergeTree") || str_is(name, "CoalescingMergeTree");
}

/* True when rows of one key are all history or all live: the key has the split's column. */
static bool split_in_key(struct hazard_context *context, const struct checked_table *table)
{
	struct checker *checker = context->checker;
	const struct model_backfill *backfill = &context->backfill->model;
	struct str column = backfill->split.column;
	const struct model_view *view = NULL;

	if (backfill->split.kind == SPLIT_NONE)
		return false;
	if (hazard_in_sorting_key(checker, table, column))
		return true;
	for (size_t i = 0; i < backfill->closure.view_count; i++)
		if (backfill->closure.views[i]->target == &table->model)
			view = backfill->closure.views[i];
	for (size_t i = 0; i < backfill->view_count; i++)
		if (backfill->views[i]->target == &table->model)
			view = backfill->views[i];
	for (size_t i = 0; view && i < view->query->branches.items[0]->items.count; i++) {
		const struct select_item *item = &view->query->branches.items[0]->items.items[i];

		if (hazard_mentions(checker, item->expr, column) && item->name.n &&
		    hazard_in_sorting_key(checker, table, item->name))
			return true;
	}
	return false;
}

static void check_last(struct hazard_context *context, const struct checked_table *table)
{
	struct diag *diag;

	if (!keeps_last(table) || split_in_key(context, table))
		return;
	diag = hazard_tell(context, table->engine.span,
	                   "history comes into '%.*s' after the live rows, and of one key the last "
	                   "row wins",
	                   STR_ARG(table->model.name));
	note_backfill(context, diag);
	hazard_hint(context, diag,
	            str_is(hazard_engine(&table->model), "CollapsingMergeTree")
	                    ? "use VersionedCollapsingMergeTree(sign, version)"
	                    : "give the engine a column that says which row is newer: "
	                      "ReplacingMergeTree(version)");
}

void hazard_last_insert(struct hazard_context *context)
{
	each_table(context, check_last);
}
