/*
 * rewrite_rounding.c: times that a query rounds down and groups by. See rewrite.h.
 *
 * Whatever could make the query mean something else, or nothing, with a constant in their place is
 * looked for here, and then none is found.
 */
#include "compiler/rewrite.h"

#include "compiler/rewrite_tables.h"
#include "compiler/types.h"

/* More of them are not written by people. */
enum { ROUNDINGS_MAX = 64 };

/* Functions that never fall where their argument rises: the server chooses partitions and granules by
 * that, too (getMonotonicityForRange of its functions of dates). Names of the same function have the
 * same `is`. */
static const struct function {
	const char *name, *is;
	uint64_t count;
	enum ast_unit unit;
} functions[] = {
        {"toStartOfMinute", "toStartOfMinute", 1, UNIT_MINUTE},
        {"toStartOfFiveMinutes", "toStartOfFiveMinutes", 5, UNIT_MINUTE},
        {"toStartOfFiveMinute", "toStartOfFiveMinutes", 5, UNIT_MINUTE},
        {"toStartOfTenMinutes", "toStartOfTenMinutes", 10, UNIT_MINUTE},
        {"toStartOfFifteenMinutes", "toStartOfFifteenMinutes", 15, UNIT_MINUTE},
        {"toStartOfHour", "toStartOfHour", 1, UNIT_HOUR},
        {"toStartOfDay", "toStartOfDay", 1, UNIT_DAY},
        {"toDate", "toDate", 1, UNIT_DAY},
        {"date", "toDate", 1, UNIT_DAY},
        {"toYYYYMMDD", "toYYYYMMDD", 1, UNIT_DAY},
        {"toMonday", "toMonday", 1, UNIT_WEEK},
        {"toStartOfWeek", "toStartOfWeek", 1, UNIT_WEEK},
        {"toStartOfMonth", "toStartOfMonth", 1, UNIT_MONTH},
        {"toYYYYMM", "toYYYYMM", 1, UNIT_MONTH},
        {"toStartOfQuarter", "toStartOfQuarter", 1, UNIT_QUARTER},
        {"toStartOfYear", "toStartOfYear", 1, UNIT_YEAR},
        {"toYear", "toYear", 1, UNIT_YEAR},
        {"year", "toYear", 1, UNIT_YEAR},
        {"toStartOfInterval", "toStartOfInterval", 0, UNIT_NONE}, /* says it itself */
};

/* A call of one of them with the column; calls that have the rest in common are one expression. */
struct call {
	struct rounding rounding;
	const char *function;
	uint64_t seconds; /* what it rounds to */
	struct str rest;  /* a time zone, a mode; or empty */
	bool grouped;     /* the query groups by it, here or where it stands again */
};

struct finder {
	const struct source_set *sources;
	const struct select *select;
	const struct table_ref *table;
	struct str column;
	uint64_t step; /* seconds */
	struct arena *arena;
	struct query_tokens tokens;
	LIST_OF(struct call) calls;
};

/* The last token, an end, stands for whatever is behind it. */
static const struct query_token *token_at(const struct finder *finder, size_t i)
{
	size_t last = finder->tokens.list.count - 1;

	return &finder->tokens.list.items[i < last ? i : last];
}

static enum token_kind kind_at(const struct finder *finder, size_t i)
{
	return token_at(finder, i)->kind;
}

static struct str text_at(const struct finder *finder, size_t i)
{
	return span_text(finder->sources, token_at(finder, i)->span);
}

static bool names(const struct finder *finder, size_t i, struct str name)
{
	const struct query_token *token = token_at(finder, i);

	return query_token_names(token) &&
	       str_eq(query_token_name(finder->sources, token, finder->arena), name);
}

static bool is_same(struct span a, struct span b)
{
	return a.begin == b.begin && a.end == b.end;
}

static bool lies_in(const struct clause *clause, struct span span)
{
	return clause->present && clause->body.begin <= span.begin && span.end <= clause->body.end;
}

/* --- one call ------------------------------------------------------------------------------ */

/* Some of the server's names may be written in any case: in the wrong one the others are no functions. */
static const struct function *function_named(struct str name)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (str_ieq(name, str_of(functions[i].name)))
			return &functions[i];
	return NULL;
}

static uint64_t seconds_of_unit(const struct finder *finder, size_t i)
{
	for (enum ast_unit unit = UNIT_SECOND; unit <= UNIT_YEAR; unit++)
		if (str_ieq(text_at(finder, i), str_of(ast_unit_word(unit))))
			return ast_unit_seconds(unit);
	return 0;
}

/* `, INTERVAL 15 MINUTE` at `*i`, which is moved behind it; 0 when it is something else. */
static uint64_t seconds_of_interval(const struct finder *finder, size_t *i)
{
	uint64_t seconds, count = 0;
	struct str number;

	if (kind_at(finder, *i) != TOKEN_COMMA || token_at(finder, *i + 1)->word != WORD_INTERVAL ||
	    kind_at(finder, *i + 2) != TOKEN_NUMBER)
		return 0;
	number = text_at(finder, *i + 2);
	for (size_t k = 0; k < number.n; k++) {
		if (number.p[k] < '0' || number.p[k] > '9' || k == 6)
			return 0;
		count = 10 * count + (uint64_t)(number.p[k] - '0');
	}
	seconds = count * seconds_of_unit(finder, *i + 3);
	*i += 4;
	return seconds;
}

enum found { FOUND_OTHER, FOUND_CALL, FOUND_UNKNOWN };

/* What is around the column at `column`, written from token `first` on: f(column), with literals behind
 * it or none. FOUND_UNKNOWN: it may be the same as a call that is written in another way. */
static enum found read_call(const struct finder *finder, size_t first, size_t column,
                            struct call *call)
{
	const struct function *function;
	size_t end = column + 1, rest;

	if (first < 2 || kind_at(finder, first - 1) != TOKEN_LEFT ||
	    kind_at(finder, first - 2) != TOKEN_WORD)
		return FOUND_OTHER;
	function = function_named(text_at(finder, first - 2));
	if (!function)
		return FOUND_OTHER;
	*call = (struct call){.function = function->is,
	                      .seconds =
	                              function->unit == UNIT_NONE
	                                      ? seconds_of_interval(finder, &end)
	                                      : function->count * ast_unit_seconds(function->unit)};
	rest = end;
	while (kind_at(finder, end) == TOKEN_COMMA && (kind_at(finder, end + 1) == TOKEN_STRING ||
	                                               kind_at(finder, end + 1) == TOKEN_NUMBER))
		end += 2;
	if (!call->seconds || kind_at(finder, end) != TOKEN_RIGHT)
		return FOUND_UNKNOWN;
	if (end > rest)
		call->rest = span_text(finder->sources, span_join(token_at(finder, rest)->span,
		                                                  token_at(finder, end - 1)->span));
	call->rounding = (struct rounding){
	        .call = span_join(token_at(finder, first - 2)->span, token_at(finder, end)->span),
	        .column = span_join(token_at(finder, first)->span, token_at(finder, column)->span),
	};
	return FOUND_CALL;
}

/* --- all of them --------------------------------------------------------------------------- */

/* Nothing but this table's rows and their groups. */
static bool is_plain(const struct query *query, const struct trigger *trigger)
{
	const struct select *select = query->branches.items[0];

	return query->branches.count == 1 && select == trigger->select && !select->with.count &&
	       !select->nested.count && !select->has_array_join && select->from.count == 1 &&
	       select->from.items[0].kind == FROM_TABLE && select->group_keys.count &&
	       !select->group_modifier && !select->settings.present;
}

/* `column AS other`, `(column) other`: an expression of it could be one of the keys. */
static bool has_alias(const struct finder *finder, const struct select_item *item)
{
	size_t last = SIZE_MAX;

	if (!item->alias.text.n)
		return false;
	for (size_t i = query_tokens_at(&finder->tokens, item->expr.begin);
	     token_at(finder, i)->span.begin < item->expr.end; i++) {
		enum token_kind kind = kind_at(finder, i);
		bool named = query_token_names(token_at(finder, i));

		if (!named && kind != TOKEN_LEFT && kind != TOKEN_RIGHT && kind != TOKEN_DOT)
			return false;
		if (named) {
			if (kind_at(finder, i + 1) == TOKEN_LEFT)
				return false;
			last = i;
		}
	}
	return last != SIZE_MAX && names(finder, last, finder->column);
}

/* The column's name means the column wherever it stands, and no other name does; and no lambda has
 * names of its own. */
static bool is_unmistakable(const struct finder *finder)
{
	const struct select *select = finder->select;

	for (size_t i = 0; i < select->items.count; i++)
		if (str_eq(select->items.items[i].alias.text, finder->column) ||
		    has_alias(finder, &select->items.items[i]))
			return false;
	for (size_t i = 0; kind_at(finder, i) != TOKEN_END; i++) {
		if (kind_at(finder, i) == TOKEN_OPERATOR && str_is(text_at(finder, i), "->"))
			return false;
		if (token_at(finder, i)->word == WORD_AS &&
		    (names(finder, i + 1, finder->column) ||
		     (i > 0 && names(finder, i - 1, finder->column))))
			return false;
	}
	return true;
}

/* The column at token `i`, alone or behind its table's name: where that begins; else `i` + 1. */
static size_t column_begins(const struct finder *finder, size_t i)
{
	const struct table_ref *table = finder->table;

	if (!names(finder, i, finder->column) || kind_at(finder, i + 1) == TOKEN_LEFT)
		return i + 1;
	if (i < 2 || kind_at(finder, i - 1) != TOKEN_DOT)
		return i;
	if (!names(finder, i - 2, table->alias.text.n ? table->alias.text : table->table.name.text))
		return i + 1;
	return i - 2;
}

/* False: there is one that can't be read. Conditions on rows stay as they are. */
static bool find_calls(struct finder *finder)
{
	const struct select *select = finder->select;

	for (size_t i = 0; kind_at(finder, i) != TOKEN_END; i++) {
		struct span span = token_at(finder, i)->span;
		size_t first = column_begins(finder, i);
		struct call call;

		if (first > i || lies_in(&select->where, span) || lies_in(&select->prewhere, span))
			continue;
		switch (read_call(finder, first, i, &call)) {
		case FOUND_OTHER:
			break;
		case FOUND_UNKNOWN:
			return false;
		case FOUND_CALL:
			*list_add(finder->arena, &finder->calls) = call;
		}
	}
	return finder->calls.count <= ROUNDINGS_MAX;
}

/* An output that has no name but its text would lose it. */
static bool is_in_unnamed(const struct finder *finder, const struct rounding *rounding)
{
	const struct select *select = finder->select;

	for (size_t i = 0; i < select->items.count; i++) {
		const struct select_item *item = &select->items.items[i];

		if (item->expr.begin <= rounding->call.begin &&
		    rounding->call.end <= item->expr.end)
			return !item->alias.text.n;
	}
	return false;
}

/* By its text or its alias. */
static bool is_group_key(const struct finder *finder, const struct rounding *rounding)
{
	const struct select *select = finder->select;
	struct str alias = STR("");

	for (size_t i = 0; i < select->items.count; i++)
		if (is_same(select->items.items[i].expr, rounding->call))
			alias = select->items.items[i].alias.text;
	for (size_t i = 0; i < select->group_keys.count; i++) {
		struct span key = select->group_keys.items[i];
		size_t first = query_tokens_at(&finder->tokens, key.begin);

		if (is_same(key, rounding->call) || (alias.n && names(finder, first, alias) &&
		                                     is_same(token_at(finder, first)->span, key)))
			return true;
	}
	return false;
}

static bool is_alike(const struct call *a, const struct call *b)
{
	return str_eq(str_of(a->function), str_of(b->function)) && a->seconds == b->seconds &&
	       type_text_equal(a->rest, b->rest);
}

/* Wherever one that is grouped by stands, it has to stay the same expression. */
static void keep_group_keys(const struct finder *finder, struct arena *arena,
                            struct roundings *roundings)
{
	struct call *calls = finder->calls.items;

	for (size_t i = 0; i < finder->calls.count; i++) {
		if (!is_group_key(finder, &calls[i].rounding))
			continue;
		for (size_t k = 0; k < finder->calls.count; k++)
			calls[k].grouped |= is_alike(&calls[i], &calls[k]);
	}
	for (size_t i = 0; i < finder->calls.count; i++) {
		if (!calls[i].grouped || calls[i].seconds < finder->step)
			continue;
		if (is_in_unnamed(finder, &calls[i].rounding)) {
			*roundings = (struct roundings){0};
			return;
		}
		*list_add(arena, &roundings->list) = calls[i].rounding;
	}
}

void rewrite_find_roundings(const struct source_set *sources, const struct query *query,
                            const struct trigger *trigger, struct str column, uint64_t step,
                            struct arena *arena, struct roundings *roundings)
{
	struct finder finder = {.sources = sources,
	                        .select = trigger->select,
	                        .table = trigger->ref,
	                        .column = column,
	                        .step = step};
	struct arena scratch;

	*roundings = (struct roundings){0};
	if (!is_plain(query, trigger))
		return;
	arena_init(&scratch);
	finder.arena = &scratch;
	if (query_tokens_read(sources, query->span, &scratch, NULL, &finder.tokens) &&
	    is_unmistakable(&finder) && find_calls(&finder))
		keep_group_keys(&finder, arena, roundings);
	arena_release(&scratch);
}

/* --- what becomes of them ------------------------------------------------------------------ */

static struct str call_of(struct rewriter *r, const struct rounding *rounding, struct str value)
{
	struct span head = {rounding->call.file, rounding->call.begin, rounding->column.begin};
	struct span tail = {rounding->call.file, rounding->column.end, rounding->call.end};
	struct str before = span_text(r->sources, head), after = span_text(r->sources, tail);

	return str_of(arena_printf(r->edits.arena, "%.*s%.*s%.*s", STR_ARG(before), STR_ARG(value),
	                           STR_ARG(after)));
}

void rewrite_roundings(struct rewriter *r, const struct rounded *rounded)
{
	for (size_t i = 0; i < rounded->calls->list.count; i++) {
		const struct rounding *rounding = &rounded->calls->list.items[i];
		struct str first = call_of(r, rounding, rounded->first);
		struct str last = call_of(r, rounding, rounded->last);

		edits_insert(&r->edits, rounding->call, rounding->call.begin,
		             str_of(arena_printf(r->edits.arena,
		                                 "if(%.*s\n    AND %.*s = %.*s,\n    %.*s, ",
		                                 STR_ARG(rounded->within), STR_ARG(first),
		                                 STR_ARG(last), STR_ARG(first))));
		edits_insert(&r->edits, rounding->call, rounding->call.end, STR(")"));
	}
}
