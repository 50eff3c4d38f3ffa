/* Params and secrets: their declarations, and every {name:Type} in the program's SQL. */
#include "compiler/check_internal.h"

#include <ctype.h>

#include "compiler/hazard.h"
#include "compiler/tokens.h"
#include "compiler/types.h"

/* --- declarations -------------------------------------------------------------------------- */

static bool is_number(struct str text)
{
	return text.n && isdigit((unsigned char)text.p[text.p[0] == '-' && text.n > 1]);
}

struct str check_number_text(const struct checker *checker, struct str text)
{
	char *copy = arena_alloc(checker->arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '_')
			copy[n++] = text.p[i];
	return (struct str){copy, n};
}

static void check_default(struct checker *checker, const struct ast_statement *it,
                          struct param *param)
{
	const struct ast_literal *value = &it->u.param.value;
	struct type_info type = type_read(param->type, checker->arena);
	bool fits = true;

	if (value->kind != LITERAL_STRING && value->kind != LITERAL_NUMBER) {
		diag_hint(checker->diags,
		          diag_add(checker->diags, BF107, value->span,
		                   "the default of '%.*s' is not a literal", STR_ARG(param->name)),
		          "write a string in single quotes or a number");
		return;
	}
	param->value = value->kind == LITERAL_NUMBER ? check_number_text(checker, value->text)
	                                             : value->text;
	if (type.class == TYPE_INTEGER)
		fits = type_integer_text_fits(&type, param->value);
	else if (type.class != TYPE_OTHER && type.class != TYPE_UNKNOWN &&
	         !(value->kind == LITERAL_NUMBER && is_number(param->value)))
		fits = type_date_text_fits(&type, param->value);
	if (!fits)
		diag_add(checker->diags, BF107, value->span,
		         "the default of '%.*s' is not a value of type %.*s", STR_ARG(param->name),
		         STR_ARG(param->type));
}

static void report_no_origin(struct checker *checker, const struct ast_statement *it)
{
	diag_hint(checker->diags,
	          diag_add(checker->diags, BF031, it->span, "secret '%.*s' has no origin",
	                   STR_ARG(it->u.secret.name.text)),
	          "write `from env VAR` or `from file 'PATH'`; a library is given it where it is "
	          "used: use … as NAME (%.*s = {YOURS:String})",
	          STR_ARG(it->u.secret.name.text));
}

void check_params(struct checker *checker)
{
	struct model *model = checker->model;
	size_t count = HASH_CNT(hh, checker->params.head);

	model->params = arena_array(checker->arena, struct param, count);
	for (struct name_entry *entry = checker->params.head; entry; entry = entry->hh.next) {
		const struct ast_statement *it = entry->statement;
		struct param *param = &model->params[model->param_count++];

		param->name = entry->name;
		if (it->kind == AST_SECRET) {
			param->secret = true;
			param->type = STR("String");
			if (!it->u.secret.from.n)
				report_no_origin(checker, it);
			*(it->u.secret.from_env ? &param->from_env : &param->from_file) =
			        it->u.secret.from;
		} else {
			param->type = span_text(checker->sources, it->u.param.type.span);
			param->has_default = it->u.param.has_default;
			if (param->has_default)
				check_default(checker, it, param);
		}
		entry->thing = param;
	}
}

/* --- uses ---------------------------------------------------------------------------------- */

/* Where a {name:Type} stands; secrets are for sources alone. */
enum use_place { PLACE_SOURCE, PLACE_ELSEWHERE };

static void check_use(struct checker *checker, struct str name, struct str type, struct span span,
                      enum use_place place)
{
	struct name_entry *entry = names_find(&checker->params, (struct str){0}, name);
	/* In a library's text with arguments: what is wrong with one is told where it stands. */
	bool made = checker->sources->list.items[span.file]->piece_count > 0;
	const struct param *param;
	struct diag *diag;

	if (!entry && made)
		return;
	if (!entry) {
		diag = diag_add(checker->diags, BF105, span, "parameter '%.*s' is not declared",
		                STR_ARG(name));
		check_suggest(checker, diag, names_nearest(&checker->params, (struct str){0}, name),
		              arena_printf(checker->arena, "declare it: param %.*s %.*s;",
		                           STR_ARG(name), STR_ARG(type)));
		return;
	}
	entry->used = true;
	param = entry->thing;
	if (!made && !type_text_equal(param->type, type)) {
		diag = diag_add(checker->diags, BF106, span,
		                "'%.*s' is declared as %.*s and used as %.*s", STR_ARG(name),
		                STR_ARG(param->type), STR_ARG(type));
		diag_note(checker->diags, diag, entry->span, "declared here");
	}
	if (param->secret && place != PLACE_SOURCE)
		diag_hint(checker->diags,
		          diag_add(checker->diags, BF108, span,
		                   "secret '%.*s' is used outside of a source", STR_ARG(name)),
		          "secrets open files and servers that history is read from; use a param "
		          "for everything else");
}

/* {name:Type} as the scanner took it. */
static void check_token(struct checker *checker, struct span span, enum use_place place)
{
	struct str text = span_text(checker->sources, span);
	struct str inside = {text.p + 1, text.n - 2};
	ptrdiff_t colon = str_find(inside, STR(":"));

	if (colon < 0)
		return;
	check_use(checker, str_trim((struct str){inside.p, (size_t)colon}),
	          str_trim((struct str){inside.p + colon + 1, inside.n - (size_t)colon - 1}), span,
	          place);
}

static void check_sql(struct checker *checker, const struct ast_sql *sql, enum use_place place)
{
	struct str text = span_text(checker->sources, sql->span);
	struct tokens tokens;

	if (!sql->present || !text.n || !memchr(text.p, '{', text.n))
		return;
	tokens_read(checker->sources, sql->span, checker->arena, &tokens);
	for (size_t i = 0; i < tokens.count; i++)
		if (tokens.items[i].kind == TOKEN_PARAM)
			check_token(checker, tokens.items[i].span, place);
}

static void check_literal(struct checker *checker, const struct ast_literal *literal)
{
	if (literal->kind == LITERAL_PARAM)
		check_use(checker, literal->text, literal->param_type, literal->span,
		          PLACE_ELSEWHERE);
}

static void check_backfill_uses(struct checker *checker, const struct ast_backfill *backfill)
{
	check_sql(checker, &backfill->where, PLACE_ELSEWHERE);
	check_sql(checker, &backfill->throttle, PLACE_ELSEWHERE);
	if (backfill->split.present && backfill->split.point == POINT_LITERAL)
		check_literal(checker, &backfill->split.literal);
	if (backfill->chunk.has_from)
		check_literal(checker, &backfill->chunk.from);
	if (backfill->chunk.has_to)
		check_literal(checker, &backfill->chunk.to);
}

/* Arguments of a library: whatever its type, a secret is one. */
static void check_arguments(struct checker *checker, const struct ast_use *use)
{
	for (size_t i = 0; i < use->arguments.count; i++) {
		const struct ast_argument *argument = &use->arguments.items[i];
		const struct ast_literal *value = &argument->literal;
		const struct name_entry *entry;

		if (argument->is_name || value->kind != LITERAL_PARAM)
			continue;
		check_use(checker, value->text, value->param_type, value->span, PLACE_SOURCE);
		entry = names_find(&checker->params, (struct str){0}, value->text);
		if (!argument->for_secret || !entry || entry->statement->kind == AST_SECRET)
			continue;
		diag_note(checker->diags,
		          diag_add(checker->diags, BF030, value->span,
		                   "'%.*s' is a secret, and '%.*s' is a param",
		                   STR_ARG(argument->name.text), STR_ARG(value->text)),
		          entry->span, "declared here");
	}
}

static void check_statement(struct checker *checker, const struct ast_statement *it)
{
	switch (it->kind) {
	case AST_USE:
		check_arguments(checker, it->u.use);
		break;
	case AST_TABLE:
		check_sql(checker, &it->u.table.columns, PLACE_ELSEWHERE);
		check_sql(checker, &it->u.table.rest, PLACE_ELSEWHERE);
		break;
	case AST_VIEW:
		check_sql(checker, &it->u.view.select, PLACE_ELSEWHERE);
		break;
	case AST_SOURCE:
		check_sql(checker, &it->u.source.select, PLACE_SOURCE);
		check_sql(checker, &it->u.source.function, PLACE_SOURCE);
		break;
	case AST_CHECK:
		check_sql(checker, &it->u.check.select, PLACE_ELSEWHERE);
		break;
	case AST_BACKFILL:
		check_backfill_uses(checker, it->u.backfill);
		break;
	default:
		break;
	}
}

void check_param_uses(struct checker *checker)
{
	for (size_t i = 0; i < checker->ast->list.count; i++)
		check_statement(checker, checker->ast->list.items[i]);
}
