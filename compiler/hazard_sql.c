/* What the hazard checks ask of a piece of SQL. */
#include "compiler/hazard_internal.h"

#include "compiler/tokens.h"

/* --- a view's SELECTs ------------------------------------------------------------------------ */

static const struct query *with_of(const struct select *select, struct str name)
{
	for (size_t i = 0; i < select->with.count; i++)
		if (str_eq(select->with.items[i].name.text, name))
			return select->with.items[i].subquery;
	return NULL;
}

struct select_path hazard_path(const struct hazard_context *context)
{
	const struct query *outermost = context->view->model.query, *query = outermost;
	const struct select *last = context->view->model.trigger.select;
	struct select_path path = {0};

	while (query && query->branches.count) {
		const struct select *select = query->branches.items[0];
		const struct table_ref *from = select->from.items;
		const struct query *inner = NULL;

		*list_add(context->checker->arena, &path.list) = select;
		if (select == last || !select->has_from || !select->from.count)
			break;
		if (from->kind == FROM_SUBQUERY)
			inner = from->subquery;
		else if (from->kind == FROM_TABLE && !from->table.database.text.n)
			inner = with_of(select, from->table.name.text);
		if (!inner && from->kind == FROM_TABLE) /* a CTE of the query outside */
			inner = with_of(outermost->branches.items[0], from->table.name.text);
		if (inner == query)
			break;
		query = inner;
	}
	return path;
}

struct span hazard_clause_span(const struct clause *clause)
{
	return span_join(clause->keyword, clause->body);
}

/* --- names ----------------------------------------------------------------------------------- */

bool hazard_mentions(struct checker *checker, struct span sql, struct str name)
{
	struct tokens tokens;

	tokens_read(checker->sources, sql, checker->arena, &tokens);
	for (size_t i = 0; i < tokens.count; i++)
		if (token_is_name(&tokens, i) && tokens.items[i + 1].kind != TOKEN_LEFT &&
		    str_eq(token_meaning(&tokens, i, checker->arena), name))
			return true;
	return false;
}

struct str hazard_bare_column(struct checker *checker, struct span expr)
{
	struct tokens tokens;
	size_t i = 0;

	tokens_read(checker->sources, expr, checker->arena, &tokens);
	while (token_is_name(&tokens, i) && tokens.items[i + 1].kind == TOKEN_DOT)
		i += 2;
	if (!token_is_name(&tokens, i) || i + 1 != tokens.count)
		return (struct str){0};
	return token_meaning(&tokens, i, checker->arena);
}

/* `a DESC` is a key element as well. */
static struct span without_direction(struct checker *checker, struct span element)
{
	struct tokens tokens;

	tokens_read(checker->sources, element, checker->arena, &tokens);
	if (tokens.count > 1 && (token_is_word(&tokens, tokens.count - 1, "desc") ||
	                         token_is_word(&tokens, tokens.count - 1, "asc")))
		element.end = tokens.items[tokens.count - 2].span.end;
	return element;
}

bool hazard_in_sorting_key(struct checker *checker, const struct checked_table *table,
                           struct str name)
{
	const struct ddl_clause *key = &table->engine.order_by;
	struct span_list keys;

	if (!key->present)
		key = &table->engine.primary_key;
	if (!key->present) /* it may stand in the column list */
		return table->model.primary_key.n > 0;
	ddl_split(checker->sources, key->span, checker->arena, &keys);
	for (size_t i = 0; i < keys.list.count; i++)
		if (str_eq(hazard_bare_column(checker,
		                              without_direction(checker, keys.list.items[i])),
		           name))
			return true;
	return false;
}

/* --- engines and functions ------------------------------------------------------------------- */

struct str hazard_engine(const struct model_table *table)
{
	static const char *const prefixes[] = {"Replicated", "Shared"};
	struct str name = table->engine;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (str_starts(name, str_of(prefixes[i])))
			return (struct str){name.p + strlen(prefixes[i]),
			                    name.n - strlen(prefixes[i])};
	return name;
}

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
        "UTC_timestamp",
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
        "hostName",
        "queryID",
        "initialQueryID",
        "currentUser",
};

bool hazard_is_todays(struct str name)
{
	/* All of those that ClickHouse folds are here; folding the rest does no harm. */
	for (size_t i = 0; i < sizeof(todays_functions) / sizeof(*todays_functions); i++)
		if (str_ieq(name, str_of(todays_functions[i])))
			return true;
	return false;
}

struct str hazard_todays_call(struct checker *checker, struct span sql)
{
	struct function_calls calls = {0};

	query_functions(checker->sources, sql, checker->arena, &calls);
	for (size_t i = 0; i < calls.list.count; i++)
		if (hazard_is_todays(calls.list.items[i].name))
			return calls.list.items[i].name;
	return (struct str){0};
}

bool hazard_acts_per_block(struct str name)
{
	static const char *const names[] = {
	        "rowNumberInBlock",  "rowNumberInAllBlocks",
	        "blockNumber",       "blockSize",
	        "runningDifference", "runningDifferenceStartingWithFirstValue",
	        "runningAccumulate", "runningConcurrency",
	        "neighbor"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_is(name, names[i]))
			return true;
	return false;
}
