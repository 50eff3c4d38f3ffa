/* Tables: columns, engine, clauses. */
#include "compiler/check_internal.h"
#include "compiler/tokens.h"

static struct str text_of(const struct checker *checker, const struct ddl_clause *clause)
{
	return clause->present ? span_text(checker->sources, clause->span) : (struct str){0};
}

static bool read_columns(struct checker *checker, const struct ast_statement *statement,
                         struct checked_table *table, struct span *inner_key)
{
	const struct ast_sql *columns = &statement->u.table.columns;
	struct model_table *model = &table->model;
	struct ddl_columns found;
	bool ok;

	if (!columns->present) /* an external table; the parser asks others for theirs */
		return true;
	ok = ddl_read_columns(checker->sources, columns->span, checker->arena, &found,
	                      checker->diags);
	model->column_text = span_text(checker->sources, columns->span);
	model->columns = found.list.items;
	model->column_count = found.list.count;
	model->has_columns = found.list.count > 0;
	if (found.has_primary_key)
		*inner_key = found.primary_key;
	if (ok && !model->has_columns) {
		diag_add(checker->diags, BF110, statement->u.table.name.span,
		         "table '%.*s' has no columns", STR_ARG(model->name));
		ok = false;
	}
	column_index_init(&table->columns, model->columns, model->column_count, checker->arena);
	return ok;
}

static bool read_rest(struct checker *checker, const struct ast_statement *statement,
                      struct checked_table *table)
{
	const struct ast_sql *rest = &statement->u.table.rest;
	struct model_table *model = &table->model;
	struct ddl_engine *engine = &table->engine;

	if (!rest->present)
		return true;
	if (!ddl_read_engine(checker->sources, rest->span, checker->arena, engine, checker->diags))
		return false;
	model->rest_text = span_text(checker->sources, rest->span);
	model->engine = engine->name;
	model->engine_text = span_text(checker->sources, engine->span);
	model->engine_class = ddl_engine_class(engine->name);
	model->order_by = text_of(checker, &engine->order_by);
	model->partition_by = text_of(checker, &engine->partition_by);
	model->primary_key = text_of(checker, &engine->primary_key);
	model->sample_by = text_of(checker, &engine->sample_by);
	model->ttl = text_of(checker, &engine->ttl);
	return true;
}

/* Plain names alone: what an expression is made of, the server knows better. */
static void check_key(struct checker *checker, const struct checked_table *table,
                      const struct ddl_clause *clause)
{
	struct span_list elements = {0};
	struct arena scratch;

	if (!clause->present)
		return;
	arena_init(&scratch);
	ddl_split(checker->sources, clause->span, &scratch, &elements);
	for (size_t i = 0; i < elements.list.count; i++) {
		struct tokens tokens;
		struct diag *diag;
		struct str name;

		tokens_read(checker->sources, elements.list.items[i], &scratch, &tokens);
		if (tokens.count != 1 || !token_is_name(&tokens, 0))
			continue;
		name = token_meaning(&tokens, 0, &scratch);
		if (check_find_column(table, name))
			continue;
		diag = diag_add(checker->diags, BF142, tokens.items[0].span,
		                "table '%.*s' has no column '%.*s'", STR_ARG(table->model.name),
		                STR_ARG(name));
		check_suggest(checker, diag, column_nearest(&table->columns, name), NULL);
	}
	arena_release(&scratch);
}

static void check_table(struct checker *checker, struct name_entry *entry)
{
	const struct ast_statement *statement = entry->statement;
	struct checked_table *table = arena_new(checker->arena, struct checked_table);
	struct model_table *model = &table->model;
	struct span inner_key = {0};
	bool ok;

	*list_add(checker->arena, &checker->tables) = table;
	table->entry = entry;
	model->database = entry->database;
	model->name = entry->name;
	model->external = statement->u.table.external;
	model->engine_class = ENGINE_UNKNOWN;
	model->span = statement->span;
	ok = read_columns(checker, statement, table, &inner_key);
	ok &= read_rest(checker, statement, table);
	if (inner_key.end && !model->primary_key.n)
		model->primary_key = span_text(checker->sources, inner_key);
	if (!ok)
		return;
	entry->thing = table;
	if (!model->has_columns)
		return;
	check_key(checker, table, &table->engine.order_by);
	check_key(checker, table, &table->engine.primary_key);
	check_key(checker, table, &table->engine.partition_by);
}

void check_tables(struct checker *checker)
{
	for (struct name_entry *entry = checker->relations.head; entry; entry = entry->hh.next)
		if (entry->kind == NAME_TABLE)
			check_table(checker, entry);
}
