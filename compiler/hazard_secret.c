/* Keys, passwords and URLs with credentials that stand in the program's text. */
#include "compiler/hazard_internal.h"

#include "compiler/secrets.h"

static const char secret_hint[] =
        "declare `secret NAME from env VAR;` and write {NAME:String} in its place";
/* ClickHouse would keep a parameter's value in the object's metadata. */
static const char collection_hint[] =
        "create a named collection on the server, and write its name in place of all arguments";

static void tell_secrets(struct hazard_context *context, struct span sql, const char *what,
                         const char *hint)
{
	struct checker *checker = context->checker;
	struct secret_list found = {0};

	secrets_find(checker->sources, sql, checker->arena, &found);
	for (size_t i = 0; i < found.list.count; i++) {
		const struct secret *secret = &found.list.items[i];

		if (secret->what)
			hazard_hint(context,
			            hazard_tell(context, secret->span, "%s stands in %s",
			                        secret->what, what),
			            hint);
	}
}

static const char *named(struct hazard_context *context, const char *kind, struct str name)
{
	return arena_printf(context->checker->arena, "%s '%.*s'", kind, STR_ARG(name));
}

/* Also of a source without mistakes elsewhere: it is in version control already. */
void hazard_credentials(struct hazard_context *context)
{
	const struct ast *ast = context->checker->ast;

	for (size_t i = 0; i < ast->list.count; i++) {
		const struct ast_statement *it = ast->list.items[i];

		switch (it->kind) {
		case AST_SOURCE:
			tell_secrets(context,
			             it->u.source.function.present ? it->u.source.function.span
			                                           : it->u.source.select.span,
			             named(context, "source", it->u.source.name.text), secret_hint);
			break;
		case AST_VIEW:
			tell_secrets(context, it->u.view.select.span,
			             named(context, "view", it->u.view.name.name.text),
			             collection_hint);
			break;
		case AST_TABLE:
			if (it->u.table.rest.present)
				tell_secrets(context, it->u.table.rest.span,
				             named(context, "table", it->u.table.name.name.text),
				             collection_hint);
			break;
		case AST_CHECK:
			tell_secrets(context, it->u.check.select.span,
			             named(context, "check", it->u.check.text), collection_hint);
			break;
		default:
			break;
		}
	}
}
