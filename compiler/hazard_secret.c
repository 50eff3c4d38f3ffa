/* Keys, passwords and URLs with credentials that stand in the program's text. */
#include "compiler/hazard_internal.h"

#include "compiler/secrets.h"

static const char secret_hint[] =
        "declare `secret NAME from env VAR;` and write {NAME:String} in its place";
/* ClickHouse would keep a parameter's value in the object's metadata. */
static const char collection_hint[] =
        "create a named collection on the server, and write its name in place of all arguments";

/* `kind` and `name` are what it stands in. */
static void tell_secrets(struct hazard_context *context, struct span sql, const char *kind,
                         struct str name, const char *hint)
{
	struct secret_list found = {0};
	struct arena scratch;

	arena_init(&scratch);
	secrets_find(context->checker->sources, sql, &scratch, &found);
	for (size_t i = 0; i < found.list.count; i++) {
		const struct secret *secret = &found.list.items[i];

		if (secret->what)
			hazard_hint(context,
			            hazard_tell(context, secret->span, "%s stands in %s '%.*s'",
			                        secret->what, kind, STR_ARG(name)),
			            hint);
	}
	arena_release(&scratch);
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
			             "source", it->u.source.name.text, secret_hint);
			break;
		case AST_VIEW:
			tell_secrets(context, it->u.view.select.span, "view",
			             it->u.view.name.name.text, collection_hint);
			break;
		case AST_TABLE:
			if (it->u.table.rest.present)
				tell_secrets(context, it->u.table.rest.span, "table",
				             it->u.table.name.name.text, collection_hint);
			break;
		case AST_CHECK:
			tell_secrets(context, it->u.check.select.span, "check", it->u.check.text,
			             collection_hint);
			break;
		default:
			break;
		}
	}
}
