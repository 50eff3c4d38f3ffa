/* Sources, what queries give, and `check` statements. */
#include "compiler/check_internal.h"

/* WITH lists that a table's name may mean, innermost first. */
struct scope {
	const struct select *select;
	const struct scope *outer;
	unsigned depth;
};

/* Deeper subqueries are treated as unknown; nobody writes them, and a CTE may name itself. */
enum { SCOPE_DEPTH_MAX = 100 };

static void query_outputs(struct checker *checker, const struct query *query,
                          const struct scope *outer, struct str database, struct outputs *out);

static const struct query *with_named(const struct select *select, struct str name)
{
	for (size_t i = 0; i < select->with.count; i++)
		if (select->with.items[i].subquery && str_eq(select->with.items[i].name.text, name))
			return select->with.items[i].subquery;
	return NULL;
}

static const struct query *find_cte(const struct scope *scope, struct str name)
{
	for (; scope; scope = scope->outer) {
		const struct query *found = with_named(scope->select, name);

		if (found)
			return found;
	}
	return NULL;
}

static void table_outputs(struct checker *checker, const struct ast_object_name *name,
                          struct str database, struct outputs *out)
{
	struct name_entry *entry = names_find(
	        &checker->relations, check_database(checker, name, database), name->name.text);
	const struct checked_table *table =
	        entry && entry->kind == NAME_TABLE ? entry->thing : NULL;

	out->has_star = !table || !table->model.has_columns;
	for (size_t i = 0; table && i < table->model.column_count; i++) {
		const struct model_column *column = &table->model.columns[i];

		if (column->default_kind == DEFAULT_NONE || column->default_kind == DEFAULT_VALUE)
			*list_add(checker->arena, &out->list) = (struct output){
			        .name = column->name, .type = column->type, .span = name->span};
	}
}

/* What `*` in a SELECT means, as far as it is known. */
static void inner_outputs(struct checker *checker, const struct scope *scope, struct str database,
                          struct outputs *out)
{
	const struct select *select = scope->select;
	const struct table_ref *from;
	const struct query *cte;

	*out = (struct outputs){.has_star = true};
	if (!select->has_from || select->from.count != 1 || select->has_join ||
	    select->has_array_join || scope->depth > SCOPE_DEPTH_MAX)
		return;
	from = &select->from.items[0];
	if (from->kind == FROM_SUBQUERY && from->subquery) {
		query_outputs(checker, from->subquery, scope, database, out);
	} else if (from->kind == FROM_TABLE) {
		cte = from->table.database.text.n ? NULL : find_cte(scope, from->table.name.text);
		if (cte)
			query_outputs(checker, cte, scope, database, out);
		else
			table_outputs(checker, &from->table, database, out);
	}
}

const struct output *check_find_output(const struct outputs *outputs, struct str name)
{
	for (size_t i = 0; i < outputs->list.count; i++)
		if (name.n && str_eq(outputs->list.items[i].name, name))
			return &outputs->list.items[i];
	return NULL;
}

static void add_star(struct checker *checker, const struct select_item *item,
                     const struct outputs *inner, struct outputs *out)
{
	/* `* EXCEPT (…)`, `t.*` and COLUMNS(…) are left to the server. */
	if (!str_is(span_text(checker->sources, item->expr), "*")) {
		out->has_star = true;
		return;
	}
	out->has_star |= inner->has_star;
	for (size_t i = 0; i < inner->list.count; i++) {
		struct output output = inner->list.items[i];

		output.span = item->expr;
		output.item = NULL;
		*list_add(checker->arena, &out->list) = output;
	}
}

static void query_outputs(struct checker *checker, const struct query *query,
                          const struct scope *outer, struct str database, struct outputs *out)
{
	struct scope scope = {.outer = outer, .depth = outer ? outer->depth + 1 : 0};
	struct outputs inner;

	*out = (struct outputs){0};
	if (!query->branches.count) {
		out->has_star = true;
		return;
	}
	scope.select = query->branches.items[0];
	inner_outputs(checker, &scope, database, &inner);
	for (size_t i = 0; i < scope.select->items.count; i++) {
		const struct select_item *item = &scope.select->items.items[i];
		struct str expr = span_text(checker->sources, item->expr);
		const struct output *same;

		if (item->is_star) {
			add_star(checker, item, &inner, out);
			continue;
		}
		/* Only a bare column passes its type through. */
		same = check_find_output(&inner, expr);
		*list_add(checker->arena, &out->list) = (struct output){
		        .name = item->name,
		        .type = same && query->branches.count == 1 ? same->type : (struct str){0},
		        .span = item->alias.text.n ? item->alias.span : item->expr,
		        .item = item,
		};
	}
}

void check_outputs(struct checker *checker, const struct query *query, struct str database,
                   struct outputs *out)
{
	query_outputs(checker, query, NULL, database, out);
}

/* --- sources ------------------------------------------------------------------------------- */

/* The user's place for one in the text that was made from it. */
static struct span mapped_back(struct span span, uint32_t made, uint32_t prefix, struct span user)
{
	uint32_t begin = span.begin < prefix ? 0 : span.begin - prefix;
	uint32_t end = span.end < prefix ? 0 : span.end - prefix;
	uint32_t most = user.end - user.begin;

	if (span.file != made)
		return span;
	if (begin > most)
		begin = most;
	if (end > most)
		end = most;
	return (struct span){user.file, user.begin + begin, user.begin + end};
}

static void move_diags(struct checker *checker, const struct diag_list *from, uint32_t made,
                       uint32_t prefix, struct span user)
{
	for (size_t i = 0; i < from->list.count; i++) {
		const struct diag *old = &from->list.items[i];
		struct diag *diag =
		        diag_add(checker->diags, old->code,
		                 mapped_back(old->span, made, prefix, user), "%s", old->text);

		if (old->hint)
			diag_hint(checker->diags, diag, "%s", old->hint);
		for (size_t k = 0; k < old->notes.count; k++)
			diag_note(checker->diags, diag,
			          mapped_back(old->notes.items[k].span, made, prefix, user), "%s",
			          old->notes.items[k].text);
	}
}

/* `from f(…)` becomes SELECT * FROM f(…): a text, and a source, of its own. */
static void parse_short_form(struct checker *checker, struct checked_source *source)
{
	static const char prefix[] = "SELECT * FROM ";
	struct str user = span_text(checker->sources, source->user_span);
	struct str path = str_of(checker->sources->list.items[source->user_span.file]->path);
	struct diag_list found;
	struct source *made;
	struct span span;

	diag_list_init(&found, checker->arena);
	made = source_from_text(
	        checker->sources, path.p,
	        str_of(arena_printf(checker->arena, "%s%.*s", prefix, STR_ARG(user))), &found);
	if (made) {
		span = (struct span){made->id, 0, (uint32_t)made->text.n};
		source->model.text = made->text;
		source->model.query = query_parse(checker->sources, span, checker->arena, &found);
	}
	move_diags(checker, &found, made ? made->id : UINT32_MAX, sizeof(prefix) - 1,
	           source->user_span);
}

static void check_source(struct checker *checker, struct name_entry *entry)
{
	const struct ast_statement *statement = entry->statement;
	struct checked_source *source = arena_new(checker->arena, struct checked_source);
	struct model_source *model = &source->model;
	bool is_short = statement->u.source.function.present;

	*list_add(checker->arena, &checker->all_sources) = source;
	source->entry = entry;
	source->user_span =
	        is_short ? statement->u.source.function.span : statement->u.source.select.span;
	model->name = entry->name;
	model->database = entry->current_database;
	model->span = statement->span;
	if (is_short) {
		parse_short_form(checker, source);
	} else {
		model->text = span_text(checker->sources, source->user_span);
		model->query = query_parse(checker->sources, source->user_span, checker->arena,
		                           checker->diags);
	}
	if (!model->query)
		return;
	check_outputs(checker, model->query, model->database, &source->outputs);
	/* Nobody wrote the short form's `*`: its columns come from the function. */
	for (size_t i = 0; is_short && i < source->outputs.list.count; i++)
		source->outputs.list.items[i].span = source->user_span;
	entry->thing = source;
}

void check_sources(struct checker *checker)
{
	for (struct name_entry *entry = checker->source_names.head; entry; entry = entry->hh.next)
		check_source(checker, entry);
}

void check_checks(struct checker *checker)
{
	for (size_t i = 0; i < checker->ast->list.count; i++) {
		const struct ast_statement *it = checker->ast->list.items[i];
		struct model_check *check;

		if (it->kind != AST_CHECK)
			continue;
		check = arena_new(checker->arena, struct model_check);
		check->text = it->u.check.text;
		check->database = checker->current_databases[i];
		check->span = it->span;
		check->query = query_parse(checker->sources, it->u.check.select.span,
		                           checker->arena, checker->diags);
		*list_add(checker->arena, &checker->checks) = check;
	}
}
