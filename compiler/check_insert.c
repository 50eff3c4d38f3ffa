/* What a backfill inserts: a source's columns go to the table's columns by name. */
#include "compiler/check_internal.h"

static bool insertable(const struct model_column *column)
{
	return column->default_kind == DEFAULT_NONE || column->default_kind == DEFAULT_VALUE;
}

struct columns {
	LIST_OF(struct str) list;
};

/* Every column that the source names must be one of the table's that take values. */
static void check_named(struct checker *checker, const struct ast_name *source_name,
                        const struct output *output, const struct checked_table *table,
                        struct columns *columns)
{
	const struct model_column *column;
	struct diag *diag;

	if (!output->name.n) {
		diag = diag_add(checker->diags, BF153, output->span,
		                "a column of source '%.*s' has no name",
		                STR_ARG(source_name->text));
		diag_hint(checker->diags, diag, "give it the name of a column of '%.*s': … AS name",
		          STR_ARG(table->model.name));
		return;
	}
	column = check_find_column(table, output->name);
	if (table->model.has_columns && !column) {
		diag = diag_add(checker->diags, BF151, output->span,
		                "table '%.*s' has no column '%.*s'", STR_ARG(table->model.name),
		                STR_ARG(output->name));
		diag_note(checker->diags, diag, source_name->span, "the backfill inserts by name");
		check_suggest(checker, diag, column_nearest(&table->columns, output->name),
		              "take it out of the source, or rename it");
		return;
	}
	if (column && !insertable(column)) {
		diag = diag_add(checker->diags, BF151, output->span,
		                "column '%.*s' of '%.*s' takes no values", STR_ARG(output->name),
		                STR_ARG(table->model.name));
		diag_note(checker->diags, diag, column->span,
		          "it is MATERIALIZED, ALIAS or EPHEMERAL");
		diag_hint(checker->diags, diag, "take it out of the source");
		return;
	}
	*list_add(checker->arena, &columns->list) = output->name;
}

static void check_repeated(struct checker *checker, const struct outputs *outputs)
{
	struct name_table met;
	struct arena scratch;

	arena_init(&scratch);
	names_init(&met);
	for (size_t i = 0; i < outputs->list.count; i++) {
		const struct output *output = &outputs->list.items[i];
		struct name_entry *first;

		if (!output->name.n)
			continue;
		first = names_find(&met, (struct str){0}, output->name);
		if (first) {
			diag_note(checker->diags,
			          diag_add(checker->diags, BF111, output->span,
			                   "the source has a second column '%.*s'",
			                   STR_ARG(output->name)),
			          first->span, "the first one");
			continue;
		}
		first = names_add(&met, &scratch, (struct str){0}, output->name);
		first->span = output->span;
	}
	names_release(&met);
	arena_release(&scratch);
}

void check_insert_columns(struct checker *checker, struct checked_backfill *backfill,
                          const struct checked_table *table, const struct checked_source *source)
{
	const struct ast_backfill *it = backfill->statement->u.backfill;
	const struct outputs *outputs = &source->outputs;
	struct columns columns = {0};
	struct diag *diag;

	if (outputs->has_star && !table->model.has_columns) {
		diag = diag_add(checker->diags, BF152, it->source.span,
		                "'*' of source '%.*s' would go to '%.*s' by position",
		                STR_ARG(it->source.text), STR_ARG(table->model.name));
		diag_note(checker->diags, diag, source->user_span, "the source");
		diag_note(checker->diags, diag, table->entry->span, "a table without columns");
		diag_hint(checker->diags, diag, "list the source's columns, or the table's");
		return;
	}
	check_repeated(checker, outputs);
	for (size_t i = 0; i < outputs->list.count; i++)
		check_named(checker, &it->source, &outputs->list.items[i], table, &columns);
	if (outputs->has_star) {
		columns = (struct columns){0};
		for (size_t i = 0; i < table->model.column_count; i++)
			if (insertable(&table->model.columns[i]))
				*list_add(checker->arena, &columns.list) =
				        table->model.columns[i].name;
	}
	backfill->model.insert_columns = columns.list.items;
	backfill->model.insert_column_count = columns.list.count;
}
