/* `backfill view`: which views, the one table that all of them read, and where history lands. */
#include "compiler/check_internal.h"

#include "compiler/base/suggest.h"

static struct checked_view *find_view(struct checker *checker, const struct ast_object_name *name,
                                      struct str current)
{
	struct str database = check_database(checker, name, current);
	struct name_entry *entry = names_find(&checker->relations, database, name->name.text);
	struct suggestion nearest;
	struct diag *diag;

	if (entry && entry->kind == NAME_VIEW)
		return entry->thing;
	if (entry) {
		diag = diag_add(checker->diags, BF102, name->span, "'%s' is a table, not a view",
		                check_qualified(checker, database, name->name.text));
		diag_note(checker->diags, diag, entry->span, "declared here");
		diag_hint(checker->diags, diag,
		          "for a table write `backfill table %.*s from SOURCE`",
		          STR_ARG(name->name.text));
		return NULL;
	}
	diag = diag_add(checker->diags, BF155, name->span, "view '%s' is not declared",
	                check_qualified(checker, database, name->name.text));
	suggest_begin(&nearest, name->name.text);
	for (entry = checker->relations.head; entry; entry = entry->hh.next)
		if (entry->kind == NAME_VIEW)
			suggest_offer(&nearest, entry->name);
	check_suggest(
	        checker, diag, nearest.best,
	        "declare it, as it is to stand in the end: `view NAME to TARGET as SELECT …;`");
	return NULL;
}

/* A view is filled once in a migration. */
static bool first_of_view(struct checker *checker, struct checked_backfill *backfill,
                          struct checked_view *view, const struct ast_object_name *name)
{
	struct diag *diag;

	if (!view->model.filled_by) {
		view->model.filled_by = backfill->model.number;
		view->filled_at = name->span;
		return true;
	}
	diag = diag_add(checker->diags, BF140, name->span, "view '%.*s' has a backfill already",
	                STR_ARG(view->model.name));
	diag_note(checker->diags, diag, view->filled_at, "the first one");
	return false;
}

void check_find_views(struct checker *checker, struct checked_backfill *backfill,
                      struct str current)
{
	const struct ast_backfill *it = backfill->statement->u.backfill;
	struct model_backfill *model = &backfill->model;

	model->views = arena_array(checker->arena, const struct model_view *, it->targets.count);
	for (size_t i = 0; i < it->targets.count; i++) {
		const struct ast_object_name *name = &it->targets.items[i];
		struct checked_view *view = find_view(checker, name, current);

		if (!view || !first_of_view(checker, backfill, view, name))
			continue;
		if (!model->reads)
			model->reads = view->model.reads;
		model->views[model->view_count++] = &view->model;
	}
}

/* One pass over one table. */
static void check_one_trigger(struct checker *checker, const struct checked_backfill *backfill)
{
	const struct model_backfill *model = &backfill->model;

	for (size_t i = 1; i < model->view_count; i++) {
		const struct model_view *view = model->views[i], *first = model->views[0];
		struct diag *diag;

		if (view->reads == first->reads)
			continue;
		diag = diag_add(
		        checker->diags, BF161, ((const struct checked_view *)view)->filled_at,
		        "view '%.*s' reads '%s', and '%.*s' reads '%s'", STR_ARG(view->name),
		        check_qualified(checker, view->reads->database, view->reads->name),
		        STR_ARG(first->name),
		        check_qualified(checker, first->reads->database, first->reads->name));
		diag_hint(checker->diags, diag,
		          "views of one table are filled in one pass: give this one a `backfill "
		          "view` of its own");
	}
}

/* History is read from the table; some keep nothing, or hand each row out once. */
static void check_readable(struct checker *checker, const struct checked_backfill *backfill)
{
	const struct model_table *table = backfill->model.reads;
	const struct checked_table *checked = (const struct checked_table *)table;
	struct span span = backfill->statement->u.backfill->targets.items[0].span;
	struct diag *diag;

	if (!check_keeps_rows(table)) {
		diag = diag_add(checker->diags, BF162, span,
		                "'%.*s' has no history: engine %.*s keeps no rows",
		                STR_ARG(table->name), STR_ARG(table->engine));
		diag_note(checker->diags, diag, checked->engine.span, "its engine");
		diag_hint(checker->diags, diag,
		          "declare where the history is as a `source`, and load it with `backfill "
		          "table %.*s from SOURCE`",
		          STR_ARG(table->name));
	} else if (backfill->model.strategy == STRATEGY_PAUSE_AND_ATTACH &&
	           table->engine_class == ENGINE_OTHER) {
		diag = diag_add(checker->diags, BF165, span,
		                "no snapshot of '%.*s' can be made: engine %.*s has no partitions",
		                STR_ARG(table->name), STR_ARG(table->engine));
		diag_note(checker->diags, diag, checked->engine.span, "its engine");
		diag_hint(checker->diags, diag, "write `using null_engine` with a `split on`");
	}
}

static bool insertable(const struct checked_table *table, struct str name)
{
	const struct model_column *column = check_find_column(table, name);

	if (!table->model.has_columns)
		return true;
	return column &&
	       (column->default_kind == DEFAULT_NONE || column->default_kind == DEFAULT_VALUE);
}

/* A view's columns go to its target by name; an INSERT of its query has to name them. */
static void check_columns(struct checker *checker, const struct checked_backfill *backfill,
                          struct checked_view *view)
{
	const struct checked_table *target = (const struct checked_table *)view->model.target;
	struct outputs outputs;
	bool named = true;
	struct diag *diag;

	check_outputs(checker, view->model.query, view->model.query_database, &outputs);
	view->model.columns = arena_array(checker->arena, struct str, outputs.list.count);
	for (size_t i = 0; i < outputs.list.count; i++) {
		struct str name = outputs.list.items[i].name;

		named &= name.n > 0;
		if (name.n && insertable(target, name))
			view->model.columns[view->model.column_count++] = name;
	}
	if (backfill->model.with != STRATEGY_DUPLICATE ||
	    (named && !outputs.has_star && view->model.column_count))
		return;
	diag = diag_add(checker->diags, BF154, view->filled_at,
	                "the names of the columns of view '%.*s' are not all known",
	                STR_ARG(view->model.name));
	diag_note(checker->diags, diag, view->select, "its query");
	diag_hint(checker->diags, diag,
	          "list the columns, each with an alias, or write `using null_engine`");
}

void check_backfill_view(struct checker *checker, struct checked_backfill *backfill)
{
	struct model_backfill *model = &backfill->model;
	const struct model_table **starts;

	if (!model->view_count)
		return;
	starts = arena_array(checker->arena, const struct model_table *, model->view_count);
	for (size_t i = 0; i < model->view_count; i++)
		starts[i] = model->views[i]->target;
	model->closure = closure_of(&checker->closures, starts, model->view_count, model->number);
	for (size_t i = 0; i < model->view_count; i++)
		check_columns(checker, backfill, (struct checked_view *)(void *)model->views[i]);
	check_one_trigger(checker, backfill);
	check_readable(checker, backfill);
	check_split(checker, backfill, (const struct checked_table *)model->reads, NULL);
	check_chunk(checker, backfill, (const struct checked_table *)model->reads, NULL);
	check_nulls(checker, backfill, (const struct checked_table *)model->reads, NULL);
}
