/*
 * lower_plain.c: whether a view's groups or rows can be told from its query.
 *
 * A view fires once a block. Counts of its rows, or its set of groups, are the same however the rows
 * fell into blocks only when the query takes each row, or each key, by itself: where that is not plain
 * from its clauses and from the names of its functions, nothing is told.
 */
#include "compiler/lower_verify.h"

#include "grammar/lex.h"

/* Strings and comments count too, which errs on the side of not verifying. */
unsigned verify_count_word(struct str text, struct str word)
{
	unsigned count = 0;

	for (size_t i = 0; i + word.n <= text.n; i++) {
		if ((i && verify_is_word(text.p[i - 1])) ||
		    (i + word.n < text.n && verify_is_word(text.p[i + word.n])))
			continue;
		count += str_ieq((struct str){text.p + i, word.n}, word);
	}
	return count;
}

/* Asking twice may give two answers. */
static bool is_steady(struct str text)
{
	static const char *const words[] = {"now",
	                                    "now64",
	                                    "today",
	                                    "yesterday",
	                                    "rand",
	                                    "rand32",
	                                    "rand64",
	                                    "randConstant",
	                                    "rowNumberInBlock",
	                                    "rowNumberInAllBlocks",
	                                    "generateUUIDv4",
	                                    "generateUUIDv7",
	                                    "joinGet",
	                                    "dictGet",
	                                    "blockNumber"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (verify_count_word(text, str_of(words[i])))
			return false;
	return true;
}

/* The one SELECT of a view whose groups or rows can be told from its query. */
const struct select *verify_plain_select(const struct fill *fill, const struct model_view *view)
{
	const struct source_set *sources = fill->lowering->model->sources;
	const struct query *query = view->query;
	const struct select *select;

	if (query->branches.count != 1)
		return NULL;
	select = query->branches.items[0];
	if (view->trigger.select != select || select->from.count != 1 || select->has_join ||
	    select->distinct || select->having.present || select->qualify.present ||
	    select->limit.present || select->limit_by.present || select->offset.present ||
	    select->group_modifier || select->has_window_function ||
	    select->from.items[0].is_final || select->from.items[0].has_sample ||
	    select->with.count)
		return NULL;
	if (verify_count_word(span_text(sources, query->span), STR("select")) != 1 ||
	    !is_steady(span_text(sources, query->span)))
		return NULL;
	return select;
}

const struct select_item *verify_item_of(const struct select *select, struct str name)
{
	for (size_t i = 0; i < select->items.count; i++)
		if (str_eq(select->items.items[i].name, name))
			return &select->items.items[i];
	return NULL;
}

/* Output name of a GROUP BY key, or empty when it is not a column of the result. */
static struct str key_name(const struct fill *fill, const struct select *select, struct span key)
{
	const struct source_set *sources = fill->lowering->model->sources;
	struct str text = str_trim(span_text(sources, key));

	for (size_t i = 0; i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];

		if (!item->name.n)
			continue;
		if (str_eq(token_unquote(text, fill->build->arena), item->name) ||
		    str_eq(text, str_trim(span_text(sources, item->expr))))
			return item->name;
	}
	return STR("");
}

struct verify_keys verify_view_keys(struct fill *fill, const struct model_view *view,
                                    const struct select *select)
{
	struct verify_keys keys = {.told = select->group_keys.count > 0};

	for (size_t i = 0; keys.told && i < select->group_keys.count; i++) {
		struct str name = key_name(fill, select, select->group_keys.items[i]);

		if (!name.n || (view->target->has_columns && !lower_column(view->target, name)))
			keys.told = false;
		*list_add(fill->build->arena, &keys.names) = name;
	}
	return keys;
}

/* `known` itself, or a name that goes on with a capital: `toDate` is of the family `to`, while
 * `topK`, an aggregate, is not. */
static bool is_of_family(struct str name, struct str known)
{
	return str_ieq(name, known) || (name.n > known.n && str_starts(name, known) &&
	                                name.p[known.n] >= 'A' && name.p[known.n] <= 'Z');
}

/* Without GROUP BY an aggregate makes one row a block. Names of aggregate functions are open-ended
 * (combinators), so only functions that are plainly scalar by name let a view through. */
bool verify_row_by_row(struct fill *fill, const struct select *select)
{
	static const char *const scalar[] = {
	        "abs",      "add",    "and",        "array",    "assumeNotNull", "bit",
	        "cast",     "ceil",   "cityHash64", "coalesce", "concat",        "date",
	        "dict",     "divide", "domain",     "empty",    "equals",        "extract",
	        "floor",    "format", "greater",    "greatest", "has",           "hex",
	        "if",       "in",     "int",        "is",       "JSON",          "least",
	        "length",   "less",   "like",       "lower",    "map",           "match",
	        "minus",    "modulo", "multi",      "multiply", "negate",        "not",
	        "notEmpty", "nullIf", "or",         "path",     "plus",          "position",
	        "replace",  "round",  "sipHash64",  "splitBy",  "substring",     "subtract",
	        "to",       "trim",   "tuple",      "upper",    "xxHash64"};
	struct function_calls calls = {{0}};

	query_functions(fill->lowering->model->sources, select->items_span, fill->build->arena,
	                &calls);
	for (size_t i = 0; i < calls.list.count; i++) {
		struct str name = calls.list.items[i].name;
		bool known = false;

		for (size_t k = 0; k < sizeof(scalar) / sizeof(scalar[0]) && !known; k++)
			known = is_of_family(name, str_of(scalar[k]));
		if (!known || str_ends(name, STR("State")))
			return false;
	}
	return true;
}
