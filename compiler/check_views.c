/* Views: the table that fires them, the table that they fill, and circles. */
#include "compiler/check_internal.h"

#include "compiler/base/buf.h"

static struct checked_table *find_trigger(struct checker *checker, const struct name_entry *entry,
                                          struct model_view *model)
{
	const struct ast_object_name *table;
	const char *why = "its query begins with no table";
	struct diag *diag;

	if (!query_trigger(model->query, &model->trigger, &why) ||
	    model->trigger.ref->kind != FROM_TABLE) {
		diag = diag_add(checker->diags, BF120, entry->span,
		                "view '%.*s' has no trigger table: %s", STR_ARG(entry->name), why);
		diag_hint(checker->diags, diag,
		          "an incremental view reads FROM a table whose "
		          "inserts fire it");
		return NULL;
	}
	table = &model->trigger.ref->table;
	return check_find_table(checker, table, entry->current_database, BF121,
	                        "declare it with `table`, or with `external table` when it exists "
	                        "already and shall not be created");
}

/* Names listed behind the target, else the query's own. */
static void view_outputs(struct checker *checker, const struct name_entry *entry,
                         const struct checked_view *view, struct outputs *out)
{
	const struct ast_sql *columns = &entry->statement->u.view.columns;
	struct ddl_columns listed;

	*out = (struct outputs){0};
	if (!columns->present) {
		check_outputs(checker, view->model.query, entry->current_database, out);
		return;
	}
	ddl_read_columns(checker->sources, columns->span, checker->arena, &listed, checker->diags);
	for (size_t i = 0; i < listed.list.count; i++)
		*list_add(checker->arena, &out->list) = (struct output){
		        .name = listed.list.items[i].name, .span = listed.list.items[i].span};
}

static void compare_columns(struct checker *checker, const struct outputs *outputs,
                            const struct checked_table *target)
{
	if (!target->model.has_columns)
		return;
	for (size_t i = 0; i < outputs->list.count; i++) {
		struct str name = outputs->list.items[i].name;
		struct diag *diag;

		if (!name.n || check_find_column(target, name))
			continue;
		diag = diag_add(checker->diags, BF122, outputs->list.items[i].span,
		                "target '%.*s' has no column '%.*s'", STR_ARG(target->model.name),
		                STR_ARG(name));
		diag_note(checker->diags, diag, target->entry->span, "the target");
		check_suggest(checker, diag, column_nearest(&target->columns, name),
		              "ClickHouse would drop the column silently; add it to the target or "
		              "take it out of the view");
	}
}

/* What the view gives is only looked at: it is not kept. */
static void check_target_columns(struct checker *checker, const struct name_entry *entry,
                                 const struct checked_view *view,
                                 const struct checked_table *target)
{
	struct arena *kept = checker->arena;
	struct outputs outputs;
	struct arena scratch;

	arena_init(&scratch);
	checker->arena = &scratch;
	view_outputs(checker, entry, view, &outputs);
	compare_columns(checker, &outputs, target);
	checker->arena = kept;
	arena_release(&scratch);
}

/* As the server prints it: a view with a definer is of SQL SECURITY DEFINER when nothing else is said. */
static void find_security(struct checker *checker, const struct ast_statement *statement,
                          struct model_view *model)
{
	struct str definer = statement->u.view.definer.text;
	struct str security = statement->u.view.security.text;

	if (!definer.n && !security.n)
		return;
	model->of_runner = !definer.n || str_ieq(definer, STR("current_user"));
	if (!model->of_runner)
		model->definer = definer;
	model->security = str_of(arena_printf(checker->arena, "%s%.*s%sSQL SECURITY %s",
	                                      definer.n ? "DEFINER = " : "", STR_ARG(definer),
	                                      definer.n ? " " : "",
	                                      str_ieq(security, STR("none")) ? "NONE" : "DEFINER"));
}

static void check_view(struct checker *checker, struct name_entry *entry)
{
	const struct ast_statement *statement = entry->statement;
	struct checked_view *view = arena_new(checker->arena, struct checked_view);
	struct model_view *model = &view->model;
	struct checked_table *target, *reads = NULL;

	*list_add(checker->arena, &checker->views) = view;
	view->entry = entry;
	view->select = statement->u.view.select.span;
	model->database = entry->database;
	model->name = entry->name;
	model->query_database = entry->current_database;
	model->span = statement->span;
	model->comment = statement->u.view.comment.text;
	find_security(checker, statement, model);
	if (statement->u.view.columns.present)
		model->column_text = span_text(checker->sources, statement->u.view.columns.span);
	target =
	        check_find_table(checker, &statement->u.view.target, entry->current_database, BF101,
	                         "declare it with `table`, or with `external table` when it "
	                         "exists already");
	model->query = query_parse(checker->sources, view->select, checker->arena, checker->diags);
	if (model->query)
		reads = find_trigger(checker, entry, model);
	if (model->query && target)
		check_target_columns(checker, entry, view, target);
	model->target = target ? &target->model : NULL;
	model->reads = reads ? &reads->model : NULL;
	if (model->query && target && reads)
		entry->thing = view;
}

void check_views(struct checker *checker)
{
	for (struct name_entry *entry = checker->relations.head; entry; entry = entry->hh.next)
		if (entry->kind == NAME_VIEW)
			check_view(checker, entry);
}

/* A model_view is the first member of its checked_view. */
static struct span name_span(const struct model_view *view)
{
	return ((const struct checked_view *)view)->entry->span;
}

static void tell_cycle(struct checker *checker, const struct view_list *cycle)
{
	const struct model_view *first = cycle->list.items[0];
	struct diag *diag;
	struct buf chain;

	buf_init(&chain, 1 << 16);
	buf_addf(&chain, "%.*s", STR_ARG(first->reads->name));
	for (size_t i = 0; i < cycle->list.count; i++)
		buf_addf(&chain, " -> %.*s -> %.*s", STR_ARG(cycle->list.items[i]->name),
		         STR_ARG(cycle->list.items[i]->target->name));
	diag = diag_add(checker->diags, BF123, name_span(first), "views feed each other: %.*s",
	                STR_ARG(buf_str(&chain)));
	buf_release(&chain);
	for (size_t i = 1; i < cycle->list.count; i++)
		diag_note(checker->diags, diag, name_span(cycle->list.items[i]), "goes on here");
}

void check_cycles(struct checker *checker)
{
	const struct model_view **views =
	        arena_array(checker->arena, const struct model_view *, checker->views.count);
	struct view_list cycle;

	for (size_t i = 0; i < checker->views.count; i++)
		views[i] = &checker->views.items[i]->model;
	closure_index_init(&checker->closures, views, checker->views.count, checker->arena);
	while (closure_cycle(&checker->closures, &cycle))
		tell_cycle(checker, &cycle);
}
