/* Aggregates that a target's columns cannot combine. */
#include "compiler/hazard_internal.h"

#include "compiler/tokens.h"
#include "compiler/types.h"

/* Longer names before their own beginnings. Source: system.functions of 26.7 (is_aggregate). */
static const struct aggregate aggregates[] = {
        {"sumWithOverflow", "sumWithOverflow", false},
        {"sumMap", "sumMap", true},
        {"sum", "sum", true},
        {"count", "sum", true},
        {"min", "min", true},
        {"max", "max", true},
        {"anyLast", "anyLast", false},
        {"any", "any", true},
        {"groupUniqArrayArray", "groupUniqArrayArray", false},
        {"groupArrayArray", "groupArrayArray", false},
        {"groupBitAnd", "groupBitAnd", false},
        {"groupBitOr", "groupBitOr", false},
        {"groupBitXor", "groupBitXor", false},
        {"avgWeighted", NULL, false},
        {"avg", NULL, true},
        {"uniqCombined64", NULL, false},
        {"uniqCombined", NULL, false},
        {"uniqExact", NULL, false},
        {"uniqHLL12", NULL, false},
        {"uniqTheta", NULL, false},
        {"uniq", NULL, false},
        {"quantiles", NULL, false},
        {"quantileExact", NULL, false},
        {"quantileTDigest", NULL, false},
        {"quantileTiming", NULL, false},
        {"quantileDeterministic", NULL, false},
        {"quantile", NULL, false},
        {"median", NULL, true},
        {"argMin", NULL, false},
        {"argMax", NULL, false},
        {"stddevPop", NULL, false},
        {"stddevSamp", NULL, false},
        {"varPop", NULL, false},
        {"varSamp", NULL, false},
        {"covarPop", NULL, false},
        {"covarSamp", NULL, false},
        {"corr", NULL, false},
        {"topK", NULL, false},
        {"groupArray", NULL, false},
        {"groupUniqArray", NULL, false},
};

static const char *const combinators[] = {
        "SimpleState", "MergeState", "State",   "Merge", "If",     "Array",  "Distinct",
        "OrNull",      "OrDefault",  "ForEach", "Map",   "ArgMin", "ArgMax",
};

/* All of it is combinators. */
static bool read_combinators(struct str rest, bool *state)
{
	*state = false;
	while (rest.n) {
		size_t i, count = sizeof(combinators) / sizeof(*combinators);

		for (i = 0; i < count; i++)
			if (str_starts(rest, str_of(combinators[i])))
				break;
		if (i == count)
			return false;
		*state |= !strcmp(combinators[i], "State") || !strcmp(combinators[i], "MergeState");
		rest.p += strlen(combinators[i]);
		rest.n -= strlen(combinators[i]);
	}
	return true;
}

const struct aggregate *aggregate_named(struct str name, bool *state)
{
	for (size_t i = 0; i < sizeof(aggregates) / sizeof(*aggregates); i++) {
		struct str base = str_of(aggregates[i].name);
		struct str head = {name.p, base.n}, rest;

		if (name.n < base.n)
			continue;
		if (!(aggregates[i].folded ? str_ieq(head, base) : str_eq(head, base)))
			continue;
		rest = (struct str){name.p + base.n, name.n - base.n};
		if (read_combinators(rest, state))
			return &aggregates[i];
	}
	return NULL;
}

/* What is called, when the tokens are one call and nothing else; else empty. */
static struct str called(const struct tokens *tokens)
{
	size_t end;

	if (tokens->count < 3 || tokens->items[0].kind != TOKEN_WORD ||
	    tokens->items[1].kind != TOKEN_LEFT)
		return (struct str){NULL, 0};
	end = tokens_skip_group(tokens, 1);
	if (end < tokens->count && tokens->items[end].kind == TOKEN_LEFT) /* quantile(0.5)(x) */
		end = tokens_skip_group(tokens, end);
	return end == tokens->count ? token_text(tokens, 0) : (struct str){NULL, 0};
}

const struct aggregate *aggregate_of(struct checker *checker, struct span expr, bool *state)
{
	struct tokens tokens;
	struct arena scratch;
	struct str name;

	*state = false;
	arena_init(&scratch);
	tokens_read(checker->sources, expr, &scratch, &tokens);
	name = called(&tokens);
	arena_release(&scratch);
	return name.n ? aggregate_named(name, state) : NULL;
}

/* --- columns ------------------------------------------------------------------------------- */

static void tell(struct hazard_context *context, const struct select_item *item,
                 const struct model_column *column, const char *problem, const char *hint)
{
	struct diag *diag = hazard_tell(context, item->expr, "column '%.*s' of '%.*s' (%.*s) %s",
	                                STR_ARG(column->name), STR_ARG(context->target->model.name),
	                                STR_ARG(column->type), problem);

	if (!diag)
		return;
	diag_note(context->checker->diags, diag, column->span, "the column");
	hazard_hint(context, diag, hint);
}

static bool simple_fits(const struct aggregate *aggregate, struct str inside)
{
	size_t n = 0;
	struct str first;

	while (n < inside.n && inside.p[n] != ',' && inside.p[n] != ' ')
		n++;
	first = (struct str){inside.p, n};
	if (str_is(first, "sumWithOverflow"))
		first = STR("sum");
	if (str_is(first, "any_respect_nulls") || str_is(first, "anyLast_respect_nulls"))
		return true;
	return aggregate->simple &&
	       (str_is(first, aggregate->simple) ||
	        (str_is(first, "sum") && !strcmp(aggregate->simple, "sumWithOverflow")));
}

static void check_item(struct hazard_context *context, const struct select_item *item,
                       const struct model_column *column)
{
	struct checker *checker = context->checker;
	const struct model_table *target = &context->target->model;
	bool state;
	const struct aggregate *aggregate = aggregate_of(checker, item->expr, &state);
	bool sums = aggregate && aggregate->simple && !strncmp(aggregate->simple, "sum", 3);
	bool adds = str_ends(target->engine, STR("SummingMergeTree"));
	bool combines = str_ends(target->engine, STR("AggregatingMergeTree"));
	struct str inside;

	if (!aggregate || !column->type.n)
		return;
	if (type_arguments(column->type, "AggregateFunction", &inside)) {
		if (!state)
			tell(context, item, column, "needs a state",
			     "use the function with -State: avgState(x), countState()");
	} else if (state) {
		tell(context, item, column, "cannot hold a state",
		     "make the column an AggregateFunction(…), or take -State off");
	} else if (type_arguments(column->type, "SimpleAggregateFunction", &inside)) {
		if (!simple_fits(aggregate, inside))
			tell(context, item, column, "does not combine what this gives",
			     "use AggregateFunction(…) and -State");
	} else if (adds && !sums && !context->target->engine.arguments.count &&
	           type_is_numeric(column->type, checker->arena) &&
	           !hazard_in_sorting_key(context->checker, context->target, column->name)) {
		tell(context, item, column, "would be added up, which this does not survive",
		     "use AggregatingMergeTree with AggregateFunction(…) and -State");
	} else if (combines &&
	           !hazard_in_sorting_key(context->checker, context->target, column->name)) {
		tell(context, item, column, "keeps one block's value alone",
		     "use AggregateFunction(…) and -State, or SimpleAggregateFunction(…)");
	}
}

void hazard_aggregate_type(struct hazard_context *context)
{
	const struct select *select = context->view->model.query->branches.items[0];

	if (context->target->model.engine_class != ENGINE_MERGE_TREE)
		return;
	for (size_t i = 0; i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];
		const struct model_column *column = check_find_column(context->target, item->name);

		if (item->name.n && column)
			check_item(context, item, column);
	}
}

/* --- ranges and NULL ------------------------------------------------------------------------- */

/* SummingMergeTree adds this column up: all numbers outside of the key, or those it names. */
static bool is_summed(struct hazard_context *context, const struct model_column *column)
{
	const struct ddl_engine *engine = &context->target->engine;

	if (!str_is(hazard_engine(&context->target->model), "SummingMergeTree") ||
	    hazard_in_sorting_key(context->checker, context->target, column->name))
		return false;
	for (size_t i = 0; i < engine->arguments.count; i++)
		if (hazard_mentions(context->checker, engine->arguments.items[i], column->name))
			return true;
	/* Path and replica of a replicated table name no column. */
	return !engine->arguments.count ||
	       str_starts(context->target->model.engine, STR("Replicated"));
}

/* Measured on 26.7: 300 rows counted into a UInt8 are 44, without an error. */
void hazard_narrow_sum(struct hazard_context *context)
{
	struct checker *checker = context->checker;
	const struct select *select = context->view->model.query->branches.items[0];

	for (size_t i = 0; i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];
		const struct model_column *column = check_find_column(context->target, item->name);
		const struct aggregate *aggregate;
		struct type_info type;
		bool state;

		if (!item->name.n || !column || !is_summed(context, column))
			continue;
		aggregate = aggregate_of(checker, item->expr, &state);
		type = type_read(column->type, checker->arena);
		if (aggregate && !state && aggregate->simple &&
		    !strncmp(aggregate->simple, "sum", 3) && type.class == TYPE_INTEGER &&
		    type.bits < 64)
			tell(context, item, column, "wraps around when a sum is too large for it",
			     type.is_signed ? "make it Int64" : "make it UInt64");
	}
}

/* The column of the trigger table that an item is, or is one aggregate of that gives NULL for
 * NULLs alone; empty for anything else. */
static struct str passed_column(struct checker *checker, const struct select_item *item)
{
	static const char *const keeps_null[] = {"sum", "min", "max", "avg", "any", "anyLast"};
	struct str column = hazard_bare_column(checker, item->expr);
	struct tokens tokens;

	if (column.n)
		return column;
	tokens_read(checker->sources, item->expr, checker->arena, &tokens);
	if (tokens.count < 4 || tokens.items[1].kind != TOKEN_LEFT ||
	    tokens_skip_group(&tokens, 1) != tokens.count)
		return (struct str){0};
	for (size_t i = 0; i < sizeof(keeps_null) / sizeof(*keeps_null); i++)
		if (str_is(token_text(&tokens, 0), keeps_null[i]))
			return hazard_bare_column(checker,
			                          tokens_span(&tokens, 2, tokens.count - 1));
	return (struct str){0};
}

static bool filters(struct checker *checker, const struct select *select, struct str column)
{
	const struct clause *clauses[] = {&select->prewhere, &select->where, &select->having};

	for (size_t i = 0; i < sizeof(clauses) / sizeof(*clauses); i++)
		if (clauses[i]->present && hazard_mentions(checker, clauses[i]->body, column))
			return true;
	return false;
}

static bool is_nullable(struct checker *checker, struct str type)
{
	return type_read(type, checker->arena).nullable;
}

/* Measured on 26.7: such an insert fails, for live rows as well as for history. */
void hazard_nullable(struct hazard_context *context)
{
	struct checker *checker = context->checker;
	const struct model_view *view = &context->view->model;
	const struct select *select = view->query->branches.items[0];
	const struct checked_table *reads = (const struct checked_table *)view->reads;

	if (select != view->trigger.select || select->from.count != 1 || select->has_array_join)
		return;
	for (size_t i = 0; i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];
		const struct model_column *column = check_find_column(context->target, item->name);
		const struct model_column *from;
		struct str inside;

		if (!item->name.n || !column || !column->type.n ||
		    is_nullable(checker, column->type) ||
		    type_arguments(column->type, "AggregateFunction", &inside) ||
		    (type_arguments(column->type, "SimpleAggregateFunction", &inside) &&
		     str_find(inside, STR("Nullable")) >= 0))
			continue;
		from = check_find_column(reads, passed_column(checker, item));
		if (from && is_nullable(checker, from->type) &&
		    !filters(checker, select, from->name))
			tell(context, item, column,
			     "takes no NULL, and inserts that bring one fail",
			     "make it Nullable, or write ifNull(…, 0) or assumeNotNull(…) in the "
			     "view");
	}
}
