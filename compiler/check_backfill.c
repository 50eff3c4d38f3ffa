/* `backfill table`: what is filled, from where, and how. */
#include "compiler/check_internal.h"
#include "compiler/rewrite.h"

/* One backfill a table. */
static bool first_of_table(struct checker *checker, const struct checked_backfill *backfill,
                           struct name_table *filled, const struct checked_table *table)
{
	const struct ast_object_name *target = &backfill->statement->u.backfill.targets.items[0];
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
		                backfill->statement->u.backfill.targets.items[0].span,
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
	const struct ast_backfill *it = &backfill->statement->u.backfill;

	backfill->model.workers = 1;
	if (!it->has_workers)
		return;
	backfill->model.workers = it->workers_auto ? 0 : (unsigned)it->workers;
	if (it->chunk.kind != CHUNK_NONE || backfill->model.workers == 1)
		return;
	diag_hint(checker->diags,
	          diag_add(checker->diags, BF150, it->workers_span,
	                   "workers without chunks have nothing to share"),
	          "add `chunk by COLUMN every N UNIT` or `chunk by files N`");
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

static void check_plain_clauses(struct checker *checker, struct checked_backfill *backfill,
                                struct str database)
{
	const struct ast_backfill *it = &backfill->statement->u.backfill;
	struct model_backfill *model = &backfill->model;
	struct folded_settings settings = {0};

	model->strategy = STRATEGY_DUPLICATE;
	model->nulls = it->nulls;
	model->verify = it->verify == VERIFY_DEFAULT ? VERIFY_ROWS : it->verify;
	if (it->where.present)
		model->where_sql = qualified_where(checker, it->where.span, database);
	if (it->has_settings)
		check_settings(checker, &it->settings, &settings);
	model->settings = settings.items;
	model->setting_count = settings.count;
	check_workers(checker, backfill);
}

static struct checked_source *find_source(struct checker *checker,
                                          const struct ast_statement *statement)
{
	const struct ast_backfill *it = &statement->u.backfill;
	struct name_entry *entry;

	entry = check_find(checker, &checker->source_names, &it->source, BF103, "source");
	return entry ? entry->thing : NULL;
}

static void check_backfill(struct checker *checker, const struct ast_statement *statement,
                           struct str current, struct name_table *filled)
{
	const struct ast_backfill *it = &statement->u.backfill;
	struct checked_backfill *backfill = arena_new(checker->arena, struct checked_backfill);
	const struct checked_source *source;
	const struct checked_table *table;

	*list_add(checker->arena, &checker->backfills) = backfill;
	backfill->statement = statement;
	backfill->model.number = (unsigned)checker->backfills.count;
	backfill->model.span = statement->span;
	table = check_find_table(checker, &it->targets.items[0], current, BF101,
	                         "declare it with `table`, or with `external table` when it exists "
	                         "already");
	source = find_source(checker, statement);
	check_plain_clauses(checker, backfill, current);
	if (table && first_of_table(checker, backfill, filled, table)) {
		backfill->model.table = &table->model;
		backfill->model.closure = closure_of(&checker->closures, &table->model);
		check_closure_engines(checker, backfill);
	}
	if (source)
		backfill->model.source = &source->model;
	/* What only one of the two says is checked without the other. */
	if (table || source) {
		check_split(checker, backfill, table, source);
		check_chunk(checker, backfill, table, source);
	}
	if (table && source) {
		check_nulls(checker, backfill, source);
		check_insert_columns(checker, backfill, table, source);
	}
}

void check_backfills(struct checker *checker)
{
	struct name_table filled;

	names_init(&filled);
	for (size_t i = 0; i < checker->ast->list.count; i++) {
		const struct ast_statement *it = checker->ast->list.items[i];

		if (it->kind == AST_BACKFILL)
			check_backfill(checker, it, checker->current_databases[i], &filled);
	}
	names_release(&filled);
}
