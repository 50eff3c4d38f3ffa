/* Declarations: every name gets its entry, whatever order they stand in. */
#include "compiler/check_internal.h"

bool check_in_main_file(struct span span)
{
	return span.file == 0; /* parse_program() loads the program before its libraries */
}

struct str check_database(const struct checker *checker, const struct ast_object_name *name,
                          struct str current)
{
	(void)checker;
	return name->database.text.n ? name->database.text : current;
}

const char *check_qualified(const struct checker *checker, struct str database, struct str name)
{
	return arena_printf(checker->arena, "%.*s.%.*s", STR_ARG(database), STR_ARG(name));
}

void check_suggest(struct checker *checker, struct diag *diag, struct str best,
                   const char *otherwise)
{
	if (best.n)
		diag_hint(checker->diags, diag, "did you mean '%.*s'?", STR_ARG(best));
	else if (otherwise)
		diag_hint(checker->diags, diag, "%s", otherwise);
}

struct name_entry *check_find(struct checker *checker, struct name_table *names,
                              const struct ast_name *name, enum diag_code code, const char *what)
{
	struct name_entry *entry = names_find(names, (struct str){0}, name->text);

	if (entry) {
		entry->used = true;
		return entry;
	}
	check_suggest(checker,
	              diag_add(checker->diags, code, name->span, "unknown %s '%.*s'", what,
	                       STR_ARG(name->text)),
	              names_nearest(names, (struct str){0}, name->text), NULL);
	return NULL;
}

/* The same name in another database. */
static struct name_entry *elsewhere(const struct checker *checker, struct str name)
{
	for (struct name_entry *it = checker->relations.head; it; it = it->hh.next)
		if (it->kind == NAME_TABLE && str_eq(it->name, name))
			return it;
	return NULL;
}

struct checked_table *check_find_table(struct checker *checker, const struct ast_object_name *name,
                                       struct str current, enum diag_code unknown, const char *hint)
{
	struct str database = check_database(checker, name, current);
	struct name_entry *entry = names_find(&checker->relations, database, name->name.text);
	struct diag *diag;

	if (entry && entry->kind == NAME_TABLE)
		return entry->thing;
	if (entry) {
		diag = diag_add(checker->diags, BF102, name->span, "'%s' is a view, not a table",
		                check_qualified(checker, database, name->name.text));
		diag_note(checker->diags, diag, entry->span, "declared here");
		if (entry->statement->kind == AST_VIEW)
			diag_hint(checker->diags, diag, "name the table that it writes to: '%.*s'",
			          STR_ARG(entry->statement->u.view.target.name.text));
		return NULL;
	}
	diag = diag_add(checker->diags, unknown, name->span, "table '%s' is not declared",
	                check_qualified(checker, database, name->name.text));
	entry = elsewhere(checker, name->name.text);
	if (entry)
		diag_hint(checker->diags, diag, "did you mean '%s'?",
		          check_qualified(checker, entry->database, entry->name));
	else
		check_suggest(checker, diag,
		              names_nearest(&checker->relations, database, name->name.text), hint);
	return NULL;
}

const struct model_column *check_find_column(const struct checked_table *table, struct str name)
{
	return column_find(&table->columns, name);
}

/* The entry, or NULL after telling that the name is taken. */
static struct name_entry *declare(struct checker *checker, struct name_table *names,
                                  struct str database, const struct ast_name *name,
                                  enum name_kind kind, const struct ast_statement *statement)
{
	struct name_entry *entry = names_find(names, database, name->text);
	struct diag *diag;

	if (entry) {
		diag = diag_add(checker->diags, BF100, name->span, "'%.*s' is declared twice",
		                STR_ARG(name->text));
		diag_note(checker->diags, diag, entry->span, "the first declaration");
		return NULL;
	}
	entry = names_add(names, checker->arena, database, name->text);
	entry->kind = kind;
	entry->span = name->span;
	entry->statement = statement;
	return entry;
}

static void note_database(struct checker *checker, struct name_table *met, struct str database)
{
	if (names_find(met, (struct str){0}, database))
		return;
	names_add(met, checker->arena, (struct str){0}, database);
	*list_add(checker->arena, &checker->databases) = database;
}

static void declare_relation(struct checker *checker, struct name_table *met,
                             const struct ast_object_name *name, enum name_kind kind,
                             const struct ast_statement *statement, struct str current)
{
	struct str database = check_database(checker, name, current);
	struct name_entry *entry =
	        declare(checker, &checker->relations, database, &name->name, kind, statement);

	note_database(checker, met, database);
	if (entry)
		entry->current_database = current;
}

/* Which others there are, the folder says; that one does not wait for itself shows here. */
static void declare_after(struct checker *checker, const struct ast_statement *statement)
{
	struct model *model = checker->model;
	size_t count = statement->u.migration.after.count;

	model->after = arena_array(checker->arena, struct str, count);
	for (size_t i = 0; i < count; i++) {
		const struct ast_name *name = &statement->u.migration.after.items[i];
		bool twice = false;

		for (size_t k = 0; k < model->after_count; k++)
			twice |= str_eq(model->after[k], name->text);
		if (twice)
			diag_add(checker->diags, BF100, name->span, "'%.*s' is named twice",
			         STR_ARG(name->text));
		if (str_eq(name->text, model->migration))
			diag_hint(checker->diags,
			          diag_add(checker->diags, BF167, name->span,
			                   "migration '%.*s' would wait for itself",
			                   STR_ARG(name->text)),
			          "name the migrations that have to be applied before this one");
		model->after[model->after_count++] = name->text;
		model->after_span = i ? span_join(model->after_span, name->span) : name->span;
	}
}

static void declare_migration(struct checker *checker, const struct ast_statement **first,
                              const struct ast_statement *statement)
{
	if (*first) {
		struct diag *diag =
		        diag_add(checker->diags, BF109, statement->u.migration.name.span,
		                 "the migration is named a second time");

		diag_note(checker->diags, diag, (*first)->u.migration.name.span, "the first name");
		return;
	}
	*first = statement;
	checker->model->migration = statement->u.migration.name.text;
	checker->model->description = statement->u.migration.text;
	declare_after(checker, statement);
}

static void declare_plain(struct checker *checker, struct name_table *names,
                          const struct ast_name *name, enum name_kind kind,
                          const struct ast_statement *statement, struct str current)
{
	struct name_entry *entry = declare(checker, names, (struct str){0}, name, kind, statement);

	if (entry)
		entry->current_database = current;
}

static void declare_statement(struct checker *checker, struct name_table *databases,
                              const struct ast_statement *it, struct str current)
{
	switch (it->kind) {
	case AST_PARAM:
		declare_plain(checker, &checker->params, &it->u.param.name, NAME_PARAM, it,
		              current);
		break;
	case AST_SECRET:
		declare_plain(checker, &checker->params, &it->u.secret.name, NAME_PARAM, it,
		              current);
		break;
	case AST_PROFILE:
		declare_plain(checker, &checker->profiles, &it->u.profile.name, NAME_PROFILE, it,
		              current);
		break;
	case AST_SOURCE:
		declare_plain(checker, &checker->source_names, &it->u.source.name, NAME_SOURCE, it,
		              current);
		break;
	case AST_TABLE:
		declare_relation(checker, databases, &it->u.table.name, NAME_TABLE, it, current);
		break;
	case AST_VIEW:
		declare_relation(checker, databases, &it->u.view.name, NAME_VIEW, it, current);
		break;
	default:
		break;
	}
}

static void collect_ignored(struct checker *checker)
{
	for (size_t i = 0; i < checker->ast->list.count; i++) {
		const struct ast_statement *it = checker->ast->list.items[i];
		struct ast_object_name name;
		struct name_entry *entry;

		if (it->kind != AST_IGNORE_VIEW)
			continue;
		name = it->u.ignore_view.name;
		name.database.text = check_database(checker, &name, checker->current_databases[i]);
		*list_add(checker->arena, &checker->ignored) = name;
		entry = names_find(&checker->relations, name.database.text, name.name.text);
		if (!entry)
			continue;
		diag_note(checker->diags,
		          diag_add(checker->diags, BF102, name.span,
		                   "'%s' is declared in this program, so it cannot be ignored",
		                   check_qualified(checker, name.database.text, name.name.text)),
		          entry->span, "declared here");
	}
}

void check_declare(struct checker *checker)
{
	const struct ast *ast = checker->ast;
	/* A library's `database` statement ends with the library. */
	struct str *current =
	        arena_array(checker->arena, struct str, checker->sources->list.count + 1);
	const struct ast_statement *migration = NULL;
	struct name_table databases;

	names_init(&databases);
	names_init(&checker->relations);
	names_init(&checker->source_names);
	names_init(&checker->profiles);
	names_init(&checker->params);
	checker->current_databases = arena_array(checker->arena, struct str, ast->list.count + 1);
	for (size_t i = 0; i < ast->list.count; i++) {
		const struct ast_statement *it = ast->list.items[i];
		struct str *here = &current[it->span.file];

		if (!here->n)
			*here = STR("default");
		if (it->kind == AST_DATABASE)
			*here = it->u.database.name.text;
		if (it->kind == AST_USE)
			current[it->u.use->file] = *here;
		if (it->kind == AST_MIGRATION)
			declare_migration(checker, &migration, it);
		checker->current_databases[i] = *here;
		declare_statement(checker, &databases, it, *here);
	}
	names_release(&databases);
	collect_ignored(checker);
}
