/* Backfills: what is filled, from where, and how. check_backfill_view.c has what is a view's own. */
#include "compiler/check_internal.h"
#include "compiler/rewrite.h"

/* One backfill a table. */
static bool first_of_table(struct checker *checker, const struct checked_backfill *backfill,
                           struct name_table *filled, const struct checked_table *table)
{
	const struct ast_object_name *target = &backfill->statement->u.backfill->targets.items[0];
	struct name_entry *entry = names_find(filled, table->model.database, table->model.name);

	if (entry) {
		diag_note(checker->diags,
		          diag_add(checker->diags, BF140, target->span,
		                   "table '%.*s' has a backfill already",
		                   STR_ARG(table->model.name)),
		          entry->span, "the first one");
		return false;
	}
	entry = names_add(filled, checker->arena, table->model.database, table->model.name);
	entry->span = target->span;
	return true;
}

/* Every table that history lands in must have parts to move. */
static void check_closure_engines(struct checker *checker, const struct checked_backfill *backfill)
{
	const struct model_closure *closure = &backfill->model.closure;

	for (size_t i = 0; i < closure->table_count; i++) {
		const struct model_table *table = closure->tables[i];
		const struct checked_table *checked = (const struct checked_table *)table;
		struct diag *diag;

		if (table->engine_class != ENGINE_OTHER)
			continue;
		diag = diag_add(checker->diags, BF124,
		                backfill->statement->u.backfill->targets.items[0].span,
		                "history would land in '%s', and engine %.*s has no parts to move",
		                check_qualified(checker, table->database, table->name),
		                STR_ARG(table->engine));
		diag_note(checker->diags, diag, checked->engine.span, "its engine");
		diag_hint(checker->diags, diag, "an engine of the MergeTree family, or Null");
	}
}

/* The parser has seen to it that there are 1 to 64 of them. */
static void check_workers(struct checker *checker, struct checked_backfill *backfill)
{
	const struct ast_backfill *it = backfill->statement->u.backfill;
	struct span span = it->clauses[CLAUSE_WORKERS];

	backfill->model.workers = 1;
	if (!span.end)
		return;
	backfill->model.workers = it->workers_auto ? 0 : (unsigned)it->workers;
	if (it->chunk.kind != CHUNK_NONE || backfill->model.workers == 1)
		return;
	diag_hint(checker->diags,
	          diag_add(checker->diags, BF150, span,
	                   "workers without chunks have nothing to share"),
	          it->of_view ? "add `chunk by COLUMN every N UNIT` or `chunk by partition`"
	                      : "add `chunk by COLUMN every N UNIT` or `chunk by files N`");
}

/* The condition with its unqualified tables in the file's database, not in the connection's. It is
 * read as a query's; where that fails it stays as written, and the server says what is wrong. */
static struct str qualified_where(struct checker *checker, struct span span, struct str database)
{
	static const char select[] = "SELECT 1 WHERE (\n", end[] = "\n)";
	struct str text = span_text(checker->sources, span), whole;
	const struct query *query = NULL;
	struct diag_list diags;
	struct source *source;

	diag_list_init(&diags, checker->arena);
	whole = str_of(arena_printf(checker->arena, "%s%.*s%s", select, STR_ARG(text), end));
	source = source_from_text(checker->sources, "where", whole, &diags);
	if (source)
		query = query_parse(checker->sources,
		                    (struct span){source->id, 0, (uint32_t)whole.n}, checker->arena,
		                    &diags);
	if (!query)
		return text;
	whole = rewrite_qualify(checker->sources, query, database, checker->arena);
	return (struct str){whole.p + sizeof(select) - 1,
	                    whole.n - sizeof(select) - sizeof(end) + 2};
}

static void check_throttle(struct checker *checker, const struct ast_sql *select,
                           struct str database, struct model_backfill *model)
{
	if (!select->present)
		return;
	model->throttle =
	        query_parse(checker->sources, select->span, checker->arena, checker->diags);
	model->throttle_database = database;
}

static void check_strategy(const struct ast_backfill *it, struct model_backfill *model)
{
	bool pause = it->strategy == STRATEGY_PAUSE_AND_ATTACH;

	model->strategy = it->strategy == STRATEGY_DEFAULT ? STRATEGY_DUPLICATE : it->strategy;
	model->with = pause ? it->with : model->strategy;
	if (model->with == STRATEGY_DEFAULT)
		model->with = STRATEGY_DUPLICATE;
	model->publish = it->publish == PUBLISH_DEFAULT ? PUBLISH_EACH_CHUNK : it->publish;
	model->verify = it->verify;
	if (model->verify == VERIFY_DEFAULT)
		model->verify = model->strategy == STRATEGY_DIRECT ? VERIFY_NOTHING : VERIFY_ROWS;
}

/* What does not depend on the table and its columns. */
static void check_plain_clauses(struct checker *checker, struct checked_backfill *backfill,
                                struct str database)
{
	const struct ast_backfill *it = backfill->statement->u.backfill;
	struct model_backfill *model = &backfill->model;
	struct folded_settings settings = {0};

	memcpy(model->clauses, it->clauses, sizeof(model->clauses));
	check_strategy(it, model);
	model->nulls = it->nulls;
	model->keep_filter = it->clauses[CLAUSE_KEEP].end != 0;
	if (it->where.present)
		model->where_sql = qualified_where(checker, it->where.span, database);
	check_throttle(checker, &it->throttle, database, model);
	check_settings(checker, &it->settings, &settings);
	model->settings = settings.items;
	model->setting_count = settings.count;
	check_workers(checker, backfill);
	check_pause(checker, &it->pause, database, &model->pause);
}

static struct checked_source *find_source(struct checker *checker,
                                          const struct ast_statement *statement)
{
	const struct ast_backfill *it = statement->u.backfill;
	struct name_entry *entry;

	entry = check_find(checker, &checker->source_names, &it->source, BF103, "source");
	return entry ? entry->thing : NULL;
}

static void check_backfill_table(struct checker *checker, struct checked_backfill *backfill,
                                 struct str current, struct name_table *filled)
{
	const struct ast_statement *statement = backfill->statement;
	struct model_backfill *model = &backfill->model;
	const struct checked_source *source;
	const struct checked_table *table;

	table = check_find_table(checker, &statement->u.backfill->targets.items[0], current, BF101,
	                         "declare it with `table`, or with `external table` when it exists "
	                         "already");
	source = find_source(checker, statement);
	if (table && first_of_table(checker, backfill, filled, table)) {
		model->table = &table->model;
		model->closure = closure_of(&checker->closures, &model->table, 1, model->number);
	}
	if (source)
		model->source = &source->model;
	/* What only one of the two says is checked without the other. */
	if (table || source) {
		check_split(checker, backfill, table, source);
		check_chunk(checker, backfill, table, source);
	}
	if (table && source) {
		check_nulls(checker, backfill, table, source);
		check_insert_columns(checker, backfill, table, source);
	}
}

/* Numbers them, and finds the views of each: what history reaches depends on what comes later. */
static void find_backfills(struct checker *checker)
{
	for (size_t i = 0; i < checker->ast->list.count; i++) {
		const struct ast_statement *it = checker->ast->list.items[i];
		struct checked_backfill *backfill;

		if (it->kind != AST_BACKFILL)
			continue;
		backfill = arena_new(checker->arena, struct checked_backfill);
		*list_add(checker->arena, &checker->backfills) = backfill;
		backfill->statement = it;
		backfill->current_database = checker->current_databases[i];
		backfill->model.number = (unsigned)checker->backfills.count;
		backfill->model.span = it->span;
		if (it->u.backfill->of_view)
			check_find_views(checker, backfill, backfill->current_database);
	}
}

void check_backfills(struct checker *checker)
{
	struct name_table filled;

	names_init(&filled);
	find_backfills(checker);
	for (size_t i = 0; i < checker->backfills.count; i++) {
		struct checked_backfill *backfill = checker->backfills.items[i];
		struct str current = backfill->current_database;

		check_clauses(checker, backfill->statement);
		check_plain_clauses(checker, backfill, current);
		if (backfill->statement->u.backfill->of_view)
			check_backfill_view(checker, backfill);
		else
			check_backfill_table(checker, backfill, current, &filled);
		if (backfill->model.strategy != STRATEGY_DIRECT)
			check_closure_engines(checker, backfill);
	}
	names_release(&filled);
}
