/* Values of today; and what nothing refers to. */
#include "compiler/hazard_internal.h"

void hazard_todays_value(struct hazard_context *context)
{
	struct checker *checker = context->checker;
	struct str name = context->view ? context->view->model.name : context->source->model.name;
	struct function_calls calls = {0};

	query_functions(checker->sources, context->sql, checker->arena, &calls);
	for (size_t i = 0; i < calls.list.count; i++) {
		const struct function_call *call = &calls.list.items[i];

		if (!hazard_is_todays(call->name) &&
		    (context->view || !hazard_acts_per_block(call->name)))
			continue;
		hazard_hint(context,
		            hazard_tell(context, call->span,
		                        "%.*s() in %s '%.*s' gives history the value of the day it "
		                        "is loaded",
		                        STR_ARG(call->name), context->view ? "view" : "source",
		                        STR_ARG(name)),
		            "use a column of the row, or a literal");
	}
}

static void tell_unused(struct hazard_context *context, const struct name_table *names,
                        const char *what, const char *hint)
{
	for (struct name_entry *entry = names->head; entry; entry = entry->hh.next) {
		if (entry->used || !check_in_main_file(entry->span))
			continue;
		hazard_hint(context,
		            hazard_tell(context, entry->span, "%s '%.*s' is not used", what,
		                        STR_ARG(entry->name)),
		            hint);
	}
}

static void tell_unused_params(struct hazard_context *context)
{
	struct checker *checker = context->checker;

	for (struct name_entry *entry = checker->params.head; entry; entry = entry->hh.next) {
		const struct param *param = entry->thing;

		if (entry->used || !check_in_main_file(entry->span))
			continue;
		hazard_hint(context,
		            hazard_tell(context, entry->span, "%s '%.*s' is not used",
		                        param->secret ? "secret" : "param", STR_ARG(entry->name)),
		            arena_printf(checker->arena, "write {%.*s:%.*s} in SQL, or take it out",
		                         STR_ARG(param->name), STR_ARG(param->type)));
	}
}

/* A file that runs nothing is a library, looked at by itself. */
static bool is_library(const struct ast *ast)
{
	for (size_t i = 0; i < ast->list.count; i++) {
		enum ast_kind kind = ast->list.items[i]->kind;

		if (kind == AST_BACKFILL || kind == AST_CHECK || kind == AST_MIGRATION)
			return false;
	}
	return true;
}

/* A misspelt use is an error of its own, and the declaration is used but for that. */
void hazard_unused(struct hazard_context *context)
{
	struct checker *checker = context->checker;

	if (diag_failed(checker->diags) || is_library(checker->ast))
		return;
	tell_unused(context, &checker->source_names, "source",
	            "name it in a `backfill`, or take it out");
	tell_unused(context, &checker->profiles, "profile",
	            "name it in `settings`, or take it out");
	tell_unused_params(context);
}
