#include "compiler/ast_build.h"

static struct str text_of(const struct parse *parse, struct span span)
{
	return span_text(parse->sources, span);
}

/* --- pieces -------------------------------------------------------------------------------- */

struct ast_name ast_name_of(struct parse *parse, struct span span)
{
	marks_add_name(parse->marks, span);
	return (struct ast_name){token_unquote(text_of(parse, span), parse->arena), span};
}

struct ast_object_name ast_object_name_of(struct ast_name database, struct ast_name name)
{
	struct ast_object_name object = {.database = database, .name = name, .span = name.span};

	if (database.text.n)
		object.span = span_join(database.span, name.span);
	return object;
}

struct ast_sql ast_sql_of(struct span span)
{
	return (struct ast_sql){span, true};
}

struct ast_sql ast_sql_between(struct span left, struct span right)
{
	return (struct ast_sql){{left.file, left.end, right.begin}, true};
}

/* {name:Type} taken apart. */
static void take_parameter(const struct parse *parse, struct ast_literal *literal)
{
	struct str text = text_of(parse, literal->span);
	struct str inside = {text.p + 1, text.n - 2};
	size_t colon = (size_t)str_find(inside, STR(":"));

	literal->text = str_trim((struct str){inside.p, colon});
	literal->param_type = str_trim((struct str){inside.p + colon + 1, inside.n - colon - 1});
}

struct ast_literal *ast_literal_of(struct parse *parse, enum ast_literal_kind kind,
                                   struct span span)
{
	struct ast_literal *literal = arena_new(parse->arena, struct ast_literal);
	struct str text = text_of(parse, span);

	*literal = (struct ast_literal){.kind = kind, .text = text, .span = span};
	if (kind == LITERAL_PARAM) {
		take_parameter(parse, literal);
	} else if (kind == LITERAL_NUMBER && text.p[0] == '-') {
		/* Blanks or a comment may stand behind the minus. */
		struct str digits = str_trim((struct str){text.p + 1, text.n - 1});

		literal->text = str_of(arena_printf(parse->arena, "-%.*s", STR_ARG(digits)));
	} else if (kind != LITERAL_NUMBER) {
		literal->text = token_unquote(text, parse->arena);
	}
	return literal;
}

struct ast_literal *ast_plain_literal(struct parse *parse, struct ast_literal *literal)
{
	struct diag *diag;

	if (literal->kind != LITERAL_NUMBER || !str_ends(literal->text, STR("i")))
		return literal;
	diag = diag_add(parse->diags, BF023, literal->span, "'%.*s' is a size, not a number",
	                STR_ARG(literal->text));
	diag_hint(parse->diags, diag, "sizes are for settings; write the number in full");
	return literal;
}

uint64_t ast_count_of(struct parse *parse, struct span span)
{
	struct str text = text_of(parse, span);
	uint64_t count = 0;
	bool whole = true;
	struct diag *diag;

	for (size_t i = 0; i < text.n; i++) {
		uint64_t digit = (uint64_t)(text.p[i] - '0');

		if (text.p[i] == '_')
			continue;
		if (text.p[i] < '0' || text.p[i] > '9' || count > (UINT64_MAX - digit) / 10) {
			whole = false;
			break;
		}
		count = count * 10 + digit;
	}
	if (whole && count)
		return count;
	diag = diag_add(parse->diags, BF023, span, "'%.*s' is no whole number from 1 on",
	                STR_ARG(text));
	diag_hint(parse->diags, diag, "write a number such as 1 or 10");
	return 1;
}

const char *ast_unit_word(enum ast_unit unit)
{
	static const char *const words[] = {
	        [UNIT_SECOND] = "SECOND",   [UNIT_MINUTE] = "MINUTE", [UNIT_HOUR] = "HOUR",
	        [UNIT_DAY] = "DAY",         [UNIT_WEEK] = "WEEK",     [UNIT_MONTH] = "MONTH",
	        [UNIT_QUARTER] = "QUARTER", [UNIT_YEAR] = "YEAR",
	};

	return words[unit];
}

uint64_t ast_unit_seconds(enum ast_unit unit)
{
	static const uint64_t seconds[] = {
	        [UNIT_NONE] = 0,           [UNIT_SECOND] = 1,           [UNIT_MINUTE] = 60,
	        [UNIT_HOUR] = 3600,        [UNIT_DAY] = 86400,          [UNIT_WEEK] = 7 * 86400,
	        [UNIT_MONTH] = 31 * 86400, [UNIT_QUARTER] = 92 * 86400, [UNIT_YEAR] = 366 * 86400,
	};

	return seconds[unit];
}

struct ast_interval ast_interval_of(struct parse *parse, struct span number, enum ast_unit unit,
                                    struct span span)
{
	return (struct ast_interval){
	        .count = ast_count_of(parse, number), .unit = unit, .span = span};
}

struct name_list *ast_name_list(struct parse *parse, struct name_list *list,
                                struct ast_object_name name)
{
	if (!list)
		list = arena_new(parse->arena, struct name_list);
	*list_add(parse->arena, &list->list) = name;
	return list;
}

struct ast_setting_list *ast_settings_add(struct parse *parse, struct ast_setting_list *list,
                                          struct ast_name name, const struct ast_literal *value)
{
	if (!list)
		list = arena_new(parse->arena, struct ast_setting_list);
	*list_add(parse->arena, &list->list) = (struct ast_setting){
	        .name = name,
	        .has_value = value != NULL,
	        .value = value ? *value : (struct ast_literal){0},
	};
	return list;
}

struct argument_list *ast_arguments_add(struct parse *parse, struct argument_list *list,
                                        struct ast_name name, const struct ast_literal *literal,
                                        const struct ast_object_name *object)
{
	struct ast_argument *argument;

	if (!list)
		list = arena_new(parse->arena, struct argument_list);
	argument = list_add(parse->arena, &list->list);
	*argument = (struct ast_argument){.name = name, .is_name = object != NULL};
	if (object)
		argument->object = *object;
	else
		argument->literal = *literal;
	return list;
}

struct view_options *ast_view_options(struct parse *parse)
{
	return arena_new(parse->arena, struct view_options);
}

void ast_view_columns(struct parse *parse, struct view_options *options, struct ast_sql columns)
{
	if (options->columns.present)
		diag_add(parse->diags, BF017, columns.span, "the view's columns are given twice");
	options->columns = columns;
}

void ast_view_definer(struct parse *parse, struct view_options *options, struct span span,
                      struct span user)
{
	if (options->definer.span.end)
		diag_add(parse->diags, BF017, span, "the view's definer is given twice");
	options->definer = (struct ast_name){text_of(parse, user), span};
}

/* Measured on 26.7: a materialized view takes no INVOKER. */
void ast_view_security(struct parse *parse, struct view_options *options, struct span span,
                       struct ast_name security)
{
	if (options->security.span.end)
		diag_add(parse->diags, BF017, span, "the view's sql security is given twice");
	options->security = (struct ast_name){security.text, span};
	if (str_ieq(security.text, STR("definer")) || str_ieq(security.text, STR("none")))
		return;
	diag_hint(parse->diags,
	          diag_add(parse->diags, BF023, security.span,
	                   "a materialized view has no sql security '%.*s'",
	                   STR_ARG(security.text)),
	          "definer or none");
}

void ast_view_comment(struct parse *parse, struct view_options *options, struct span string)
{
	if (options->comment.span.end)
		diag_add(parse->diags, BF017, string, "the view's comment is given twice");
	options->comment =
	        (struct ast_name){token_unquote(text_of(parse, string), parse->arena), string};
}

/* --- statements ------------------------------------------------------------------------------ */

static struct ast_statement *add(struct parse *parse, enum ast_kind kind, struct span span)
{
	struct ast_statement *statement = arena_new(parse->arena, struct ast_statement);

	statement->kind = kind;
	statement->span = span;
	*list_add(parse->arena, &parse->ast->list) = statement;
	return statement;
}

void ast_add_migration(struct parse *parse, struct span span, struct ast_name name, struct str text,
                       const struct name_list *after)
{
	struct ast_statement *statement = add(parse, AST_MIGRATION, span);

	statement->u.migration.name = name;
	statement->u.migration.text = text;
	if (!after)
		return;
	for (size_t i = 0; i < after->list.count; i++)
		*list_add(parse->arena, &statement->u.migration.after) = after->list.items[i].name;
}

struct ast_use *ast_use_path(struct parse *parse, struct ast_name path)
{
	struct ast_use *use = arena_new(parse->arena, struct ast_use);

	use->name = path;
	return use;
}

struct ast_use *ast_use_standard(struct parse *parse, struct ast_name std, struct ast_name library)
{
	struct ast_use *use = arena_new(parse->arena, struct ast_use);
	struct diag *diag;

	*use = (struct ast_use){.standard = true, .name = library};
	if (str_ieq(std.text, STR("std")))
		return use;
	diag = diag_add(parse->diags, BF021, span_join(std.span, library.span),
	                "no library folder is called '%.*s'", STR_ARG(std.text));
	use->refused = true;
	diag_hint(
	        parse->diags, diag,
	        "what comes with bfc begins with `std.`; a file of your own is named by its path: "
	        "use './%.*s.bf';",
	        STR_ARG(library.text));
	return use;
}

struct ast_use *ast_use_more(struct parse *parse, struct ast_use *use, struct ast_name name)
{
	use->name.text = str_of(arena_printf(parse->arena, "%.*s/%.*s", STR_ARG(use->name.text),
	                                     STR_ARG(name.text)));
	use->name.span = span_join(use->name.span, name.span);
	return use;
}

void ast_add_use(struct parse *parse, struct span span, const struct ast_use *use)
{
	(void)span;
	*list_add(parse->arena, &parse->uses) = *use;
}

void ast_add_use_as(struct parse *parse, struct span span, struct ast_use *use,
                    struct ast_name instance, const struct argument_list *arguments)
{
	add(parse, AST_USE, span)->u.use = use;
	use->instance = instance;
	for (size_t i = 0; arguments && i < arguments->list.count; i++)
		*list_add(parse->arena, &use->arguments) = arguments->list.items[i];
}

void ast_add_database(struct parse *parse, struct span span, struct ast_name name)
{
	add(parse, AST_DATABASE, span)->u.database.name = name;
}

void ast_add_param(struct parse *parse, struct span span, struct ast_name name, struct span type,
                   const struct ast_literal *value)
{
	struct ast_statement *statement = add(parse, AST_PARAM, span);

	statement->u.param.name = name;
	statement->u.param.type = ast_sql_of(type);
	statement->u.param.has_default = value != NULL;
	if (value)
		statement->u.param.value = *value;
}

void ast_add_secret(struct parse *parse, struct span span, struct ast_name name, bool from_env,
                    struct ast_name from)
{
	struct ast_statement *statement = add(parse, AST_SECRET, span);

	statement->u.secret.name = name;
	statement->u.secret.from_env = from_env;
	statement->u.secret.from = from.text;
}

void ast_add_profile(struct parse *parse, struct span span, struct ast_name name,
                     const struct ast_setting_list *settings)
{
	struct ast_statement *statement = add(parse, AST_PROFILE, span);

	statement->u.profile.name = name;
	statement->u.profile.settings = *settings;
}

void ast_add_table(struct parse *parse, struct span span, struct ast_object_name name,
                   struct ast_sql columns, struct span rest)
{
	struct sql_look look = ast_look_at_sql(parse, rest);
	struct ast_statement *statement;

	if (look.as.end) {
		ast_refuse_statement(parse, FOREIGN_TABLE_AS, look.as);
		return;
	}
	statement = add(parse, AST_TABLE, span);
	statement->u.table.name = name;
	statement->u.table.columns = columns;
	statement->u.table.rest = ast_sql_of(rest);
}

void ast_add_external(struct parse *parse, struct span span, struct ast_object_name name,
                      struct ast_sql columns)
{
	struct ast_statement *statement = add(parse, AST_TABLE, span);

	statement->u.table.name = name;
	statement->u.table.external = true;
	statement->u.table.columns = columns;
}

void ast_add_view(struct parse *parse, struct span span, struct ast_object_name name,
                  struct ast_object_name target, struct view_options *options, struct span select)
{
	struct sql_look look = ast_look_at_sql(parse, select);
	struct ast_statement *statement = add(parse, AST_VIEW, span);

	/* SHOW CREATE of some versions prints a view's comment behind its query. */
	if (look.comment.end) {
		ast_view_comment(parse, options, look.comment);
		select.end = look.body_end;
	}
	statement->u.view.comment = options->comment;
	statement->u.view.definer = options->definer;
	statement->u.view.security = options->security;
	statement->u.view.name = name;
	statement->u.view.target = target;
	statement->u.view.columns = options->columns;
	statement->u.view.select = ast_sql_of(select);
}

void ast_add_ignore_view(struct parse *parse, struct span span, struct ast_object_name name)
{
	add(parse, AST_IGNORE_VIEW, span)->u.ignore_view.name = name;
}

void ast_add_source_select(struct parse *parse, struct span span, struct ast_name name,
                           struct span select)
{
	struct ast_statement *statement = add(parse, AST_SOURCE, span);

	ast_look_at_sql(parse, select);
	statement->u.source.name = name;
	statement->u.source.select = ast_sql_of(select);
}

void ast_add_source_function(struct parse *parse, struct span span, struct ast_name name,
                             struct span function)
{
	struct ast_statement *statement = add(parse, AST_SOURCE, span);

	statement->u.source.name = name;
	statement->u.source.function = ast_sql_of(function);
}

void ast_add_check(struct parse *parse, struct span span, struct ast_name text, struct span select)
{
	struct ast_statement *statement = add(parse, AST_CHECK, span);

	ast_look_at_sql(parse, select);
	statement->u.check.text = text.text;
	statement->u.check.select = ast_sql_of(select);
}

void ast_add_backfill_table(struct parse *parse, struct span span, struct ast_object_name table,
                            struct ast_name source, struct ast_backfill *backfill)
{
	add(parse, AST_BACKFILL, span)->u.backfill = backfill;
	*list_add(parse->arena, &backfill->targets) = table;
	backfill->has_source = true;
	backfill->source = source;
}

void ast_add_backfill_view(struct parse *parse, struct span span, const struct name_list *views,
                           struct ast_backfill *backfill)
{
	add(parse, AST_BACKFILL, span)->u.backfill = backfill;
	backfill->of_view = true;
	for (size_t i = 0; i < views->list.count; i++)
		*list_add(parse->arena, &backfill->targets) = views->list.items[i];
}
