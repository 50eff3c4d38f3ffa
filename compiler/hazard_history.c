/* Hazards of time: values of today, rows that have expired; and what nothing refers to. */
#include "compiler/hazard_internal.h"

/* Functions that give something else for the same row tomorrow. Source: system.functions of
 * 26.7 (is_deterministic = 0), without those that only read the server's state. */
static const char *const todays_functions[] = {
        "now",
        "now64",
        "nowInBlock",
        "nowInBlock64",
        "today",
        "yesterday",
        "current_timestamp",
        "current_date",
        "curdate",
        "UTCTimestamp",
        "rand",
        "rand32",
        "rand64",
        "randConstant",
        "randCanonical",
        "randUniform",
        "randNormal",
        "randLogNormal",
        "randBinomial",
        "randNegativeBinomial",
        "randBernoulli",
        "randExponential",
        "randChiSquared",
        "randStudentT",
        "randFisherF",
        "randPoisson",
        "randomString",
        "randomFixedString",
        "randomPrintableASCII",
        "randomStringUTF8",
        "fuzzBits",
        "generateUUIDv4",
        "generateUUIDv7",
        "generateULID",
        "generateSnowflakeID",
        "rowNumberInBlock",
        "rowNumberInAllBlocks",
        "blockNumber",
        "runningDifference",
        "runningAccumulate",
        "neighbor",
        "hostName",
};

static bool is_todays(struct str name)
{
	/* All of those that ClickHouse folds are here; folding the rest does no harm. */
	for (size_t i = 0; i < sizeof(todays_functions) / sizeof(*todays_functions); i++)
		if (str_ieq(name, str_of(todays_functions[i])))
			return true;
	return false;
}

void hazard_todays_value(struct hazard_context *context)
{
	struct checker *checker = context->checker;
	struct str name = context->view ? context->view->model.name : context->source->model.name;
	struct function_calls calls = {0};

	query_functions(checker->sources, context->sql, checker->arena, &calls);
	for (size_t i = 0; i < calls.list.count; i++) {
		const struct function_call *call = &calls.list.items[i];

		if (!is_todays(call->name))
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

void hazard_ttl(struct hazard_context *context)
{
	struct checker *checker = context->checker;
	const struct model_closure *closure = &context->backfill->model.closure;

	for (size_t i = 0; i < closure->table_count; i++) {
		/* A model_table is the first member of its checked_table. */
		struct checked_table *table = (struct checked_table *)(void *)closure->tables[i];
		struct diag *diag;
		struct span where;

		if (table->ttl_told || !table->engine.ttl.present ||
		    !ddl_ttl_deletes(checker->sources, table->engine.ttl.span, checker->arena,
		                     &where))
			continue;
		table->ttl_told = true;
		diag = hazard_tell(context, where,
		                   "this TTL of '%.*s' would delete history as soon as it lands",
		                   STR_ARG(table->model.name));
		if (!diag)
			continue;
		diag_note(checker->diags, diag, context->backfill->statement->span, "the backfill");
		hazard_hint(context, diag,
		            "take the TTL off until the migration is done; or narrow the source to "
		            "rows that have not expired and write `-- bfc: allow "
		            "ttl-deletes-history` on the line before");
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

/* A misspelt use is an error of its own, and the declaration is used but for that. */
void hazard_unused(struct hazard_context *context)
{
	struct checker *checker = context->checker;

	if (diag_failed(checker->diags))
		return;
	tell_unused(context, &checker->source_names, "source",
	            "name it in a `backfill`, or take it out");
	tell_unused(context, &checker->profiles, "profile",
	            "name it in `settings`, or take it out");
	tell_unused_params(context);
}
