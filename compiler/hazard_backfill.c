/* How history is read: its chunks, its end, and what a split's condition means in a view. */
#include "compiler/hazard_internal.h"

#include "compiler/tokens.h"
#include "compiler/types.h"

/* --- chunks of a column ---------------------------------------------------------------------- */

/* The table that a source's query reads, when it is one declared table whose column passes
 * through under its own name; NULL otherwise. */
static const struct checked_table *source_table(struct hazard_context *context, struct str column)
{
	struct checker *checker = context->checker;
	const struct model_source *source = context->backfill->model.source;
	const struct select *select = source->query->branches.items[0];
	const struct table_ref *from = select->from.items;
	const struct name_entry *entry;

	if (source->query->branches.count != 1 || !select->has_from || select->from.count != 1 ||
	    from->kind != FROM_TABLE || select->with.count)
		return NULL;
	for (size_t i = 0; i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];

		if (!item->is_star && str_eq(item->name, column) &&
		    !str_eq(hazard_bare_column(checker, item->expr), column))
			return NULL;
	}
	entry = names_find(&checker->relations,
	                   check_database(checker, &from->table, source->database),
	                   from->table.name.text);
	return entry && entry->kind == NAME_TABLE ? entry->thing : NULL;
}

static const struct checked_table *read_table(struct hazard_context *context)
{
	const struct model_backfill *backfill = &context->backfill->model;

	if (backfill->chunk.kind != CHUNK_COLUMN)
		return NULL;
	/* A model_table is the first member of its checked_table. */
	if (backfill->reads)
		return (const struct checked_table *)backfill->reads;
	return backfill->source ? source_table(context, backfill->chunk.column) : NULL;
}

/* How a range of the column is found in the table. */
enum access { ACCESS_UNKNOWN, ACCESS_PRUNED, ACCESS_LATER_KEY, ACCESS_NONE };

/* Partitions, indices and projections of it skip what a chunk does not need. */
static bool is_pruned(struct checker *checker, const struct checked_table *table, struct str column)
{
	const struct ast_sql *columns = &table->entry->statement->u.table.columns;
	struct span_list elements = {0};

	if (table->engine.partition_by.present &&
	    hazard_mentions(checker, table->engine.partition_by.span, column))
		return true;
	if (columns->present)
		ddl_split(checker->sources, columns->span, checker->arena, &elements);
	for (size_t i = 0; i < elements.list.count; i++) {
		struct span element = elements.list.items[i];
		struct tokens tokens;

		tokens_read(checker->sources, element, checker->arena, &tokens);
		if ((token_is_word(&tokens, 0, "index") ||
		     token_is_word(&tokens, 0, "projection")) &&
		    hazard_mentions(checker, element, column))
			return true;
	}
	return false;
}

static enum access access_of(struct checker *checker, const struct checked_table *table,
                             struct str column)
{
	const struct ddl_clause *key = &table->engine.order_by;
	struct span_list keys;

	if (table->engine.primary_key.present)
		key = &table->engine.primary_key;
	if (!key->present || table->model.engine_class != ENGINE_MERGE_TREE ||
	    !check_find_column(table, column))
		return ACCESS_UNKNOWN;
	if (is_pruned(checker, table, column))
		return ACCESS_PRUNED;
	ddl_split(checker->sources, key->span, checker->arena, &keys);
	for (size_t i = 0; i < keys.list.count; i++)
		if (hazard_mentions(checker, keys.list.items[i], column))
			return i == 0 ? ACCESS_PRUNED : ACCESS_LATER_KEY;
	return ACCESS_NONE;
}

/* What to chunk by in its place. */
static const char *better_chunk(struct checker *checker, const struct checked_table *table)
{
	const struct model_column *column = NULL;
	struct span_list keys = {0};

	if (table->engine.order_by.present)
		ddl_split(checker->sources, table->engine.order_by.span, checker->arena, &keys);
	if (keys.list.count)
		column = check_find_column(table, hazard_bare_column(checker, keys.list.items[0]));
	if (column) {
		struct type_info type = type_read(column->type, checker->arena);

		if (type.class >= TYPE_DATE && type.class <= TYPE_INTEGER)
			return arena_printf(checker->arena,
			                    "`chunk by %.*s every …` reads each row once",
			                    STR_ARG(column->name));
	}
	if (table->engine.partition_by.present)
		return "`chunk by partition` reads each row once";
	return "take fewer, larger chunks";
}

static void tell_access(struct hazard_context *context, const struct checked_table *table,
                        const char *format_end)
{
	const struct model_chunk *chunk = &context->backfill->model.chunk;
	struct diag *diag =
	        hazard_tell(context, chunk->span, "'%.*s' is %s '%.*s'", STR_ARG(chunk->column),
	                    format_end, STR_ARG(table->model.name));

	if (table->engine.order_by.present)
		diag_note(context->checker->diags, diag, table->engine.order_by.span, "the key");
	hazard_hint(context, diag, better_chunk(context->checker, table));
}

void hazard_chunk_reads_all(struct hazard_context *context)
{
	const struct checked_table *table = read_table(context);

	if (table && access_of(context->checker, table, context->backfill->model.chunk.column) ==
	                     ACCESS_NONE)
		tell_access(context, table,
		            "not in the sorting key: each chunk would read the whole of");
}

void hazard_chunk_not_leading(struct hazard_context *context)
{
	const struct checked_table *table = read_table(context);

	if (table && access_of(context->checker, table, context->backfill->model.chunk.column) ==
	                     ACCESS_LATER_KEY)
		tell_access(context, table,
		            "not the first column of the sorting key: a chunk may read much of");
}

/* --- the split ------------------------------------------------------------------------------- */

static void check_hidden(struct hazard_context *context, const struct model_view *view,
                         struct str column)
{
	struct checker *checker = context->checker;
	const struct select *select = view->trigger.select;

	for (size_t i = 0; column.n && i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];
		struct diag *diag;

		if (!str_eq(item->alias.text, column) ||
		    str_eq(hazard_bare_column(checker, item->expr), column))
			continue;
		diag = hazard_tell(context, item->alias.span,
		                   "this alias in view '%.*s' hides column '%.*s' of '%.*s'",
		                   STR_ARG(view->name), STR_ARG(column),
		                   STR_ARG(view->reads->name));
		diag_note(checker->diags, diag, context->backfill->model.span,
		          "its conditions are written with the table's name, and mean the column");
	}
}

void hazard_hidden_column(struct hazard_context *context)
{
	const struct model_backfill *backfill = &context->backfill->model;

	for (size_t i = 0; i < backfill->view_count; i++) {
		check_hidden(context, backfill->views[i], backfill->split.column);
		if (!str_eq(backfill->split.column, backfill->chunk.column))
			check_hidden(context, backfill->views[i], backfill->chunk.column);
	}
}

void hazard_late_rows(struct hazard_context *context)
{
	const struct model_backfill *backfill = &context->backfill->model;

	if (!backfill->view_count || backfill->split.kind != SPLIT_NOW_PLUS ||
	    backfill->clauses[CLAUSE_SETTLE].end)
		return;
	hazard_hint(context,
	            hazard_tell(context, backfill->split.span,
	                        "a row from before the split that comes in after history was read "
	                        "is counted nowhere"),
	            "add `settle 30 seconds`, or as long as rows are ever late");
}

static void tell_merged(struct hazard_context *context, const char *what, const char *hint)
{
	const struct model_table *reads = context->backfill->model.reads;
	struct diag *diag = hazard_tell(context, context->backfill->model.span,
	                                "history in '%.*s' (%.*s) is merged: %s",
	                                STR_ARG(reads->name), STR_ARG(reads->engine), what);

	diag_note(context->checker->diags, diag, ((const struct checked_table *)reads)->engine.span,
	          "its engine");
	hazard_hint(context, diag, hint);
}

static bool in_sorting_key(struct checker *checker, const struct checked_table *table,
                           struct str column)
{
	return table->engine.order_by.present &&
	       hazard_mentions(checker, table->engine.order_by.span, column);
}

/* Replaced and collapsed rows are gone from the table; the live view has counted them. What a
 * summed row has outside its key is that of any of the rows in it, old or new. */
void hazard_merged_trigger(struct hazard_context *context)
{
	static const char *const replacing[] = {"ReplacingMergeTree", "CollapsingMergeTree",
	                                        "VersionedCollapsingMergeTree",
	                                        "CoalescingMergeTree"};
	static const char *const summing[] = {"SummingMergeTree", "AggregatingMergeTree"};
	const struct model_backfill *backfill = &context->backfill->model;
	const struct model_table *reads = backfill->reads;

	if (!backfill->view_count || !reads)
		return;
	for (size_t i = 0; i < sizeof(replacing) / sizeof(*replacing); i++) {
		if (str_is(hazard_engine(reads), replacing[i]))
			tell_merged(
			        context,
			        "rows that were replaced are not in it, and live rows are taken "
			        "as they come",
			        "make sure that the view's result does not change when a row "
			        "comes twice");
	}
	for (size_t i = 0; i < sizeof(summing) / sizeof(*summing) && backfill->split.column.n;
	     i++) {
		if (str_is(hazard_engine(reads), summing[i]) &&
		    !in_sorting_key(context->checker, (const struct checked_table *)reads,
		                    backfill->split.column))
			tell_merged(
			        context,
			        "the split's column is not in its sorting key, so that a row may "
			        "hold old and new ones, which the view has counted",
			        "split on a column of the sorting key");
	}
}
