/* query_behind.c: what a token is behind an operand. See query_scan.h. */
#include "compiler/query_scan.h"

/* How many words a join phrase has that begins here, JOIN included; 0: it is none. */
static size_t join_words(const struct query_parser *parser, bool *array)
{
	*array = false;
	for (size_t i = 0;; i++) {
		switch (scan_peek(parser, i)->word) {
		case WORD_JOIN:
			return i + 1;
		case WORD_ARRAY:
			*array = true;
			break;
		case WORD_GLOBAL:
		case WORD_LOCAL:
		case WORD_NATURAL:
		case WORD_ANY:
		case WORD_ALL:
		case WORD_ASOF:
		case WORD_SEMI:
		case WORD_ANTI:
		case WORD_LEFT:
		case WORD_RIGHT:
		case WORD_FULL:
		case WORD_INNER:
		case WORD_OUTER:
		case WORD_CROSS:
		case WORD_PASTE:
			break;
		default:
			return 0;
		}
	}
}

/* IS [NOT] NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM; 0: none of them. */
static int is_phrase(struct query_parser *parser, struct span *span)
{
	size_t more = scan_peek(parser, 1)->word == WORD_NOT;

	switch (scan_peek(parser, more + 1)->word) {
	case WORD_DISTINCT:
		if (scan_peek(parser, more + 2)->word == WORD_FROM)
			return scan_operator_word(parser, more + 2, span);
		break;
	case WORD_NULL:
	case WORD_TRUE:
	case WORD_FALSE:
	case WORD_UNKNOWN:
		return scan_operator_word(parser, more, span);
	default:
		break;
	}
	/* What follows NOT is an operand, as far as the structure goes. */
	return more ? scan_operator_word(parser, more, span) : 0;
}

/* Words between two operands; 0: none of them. */
static int infix_word(struct query_parser *parser, struct span *span)
{
	struct query_level *level = scan_top(parser);
	const struct query_token *token = scan_peek(parser, 0), *next = scan_peek(parser, 1);

	switch (token->word) {
	case WORD_AND:
	case WORD_OR:
	case WORD_IN:
	case WORD_LIKE:
	case WORD_ILIKE:
	case WORD_BETWEEN:
	case WORD_REGEXP:
	case WORD_DIV:
	case WORD_MOD:
		return level->place == PLACE_FROM ? 0 : scan_operator_word(parser, 0, span);
	case WORD_GLOBAL:
		if (next->word != WORD_IN && next->word != WORD_NOT)
			return 0;
		/* fall through */
	case WORD_NOT:
		level->after_not = true;
		return scan_operator_word(parser, 0, span);
	case WORD_IS:
		return is_phrase(parser, span);
	case WORD_AT: /* TIME ZONE */
		return next->word == WORD_TIME && scan_peek(parser, 2)->word == WORD_ZONE
		               ? scan_operator_word(parser, 2, span)
		               : 0;
	case WORD_ESCAPE:
	case WORD_COLLATE:
		return next->kind == TOKEN_STRING ? scan_operator_word(parser, 0, span) : 0;
	case WORD_WHEN:
	case WORD_THEN:
	case WORD_ELSE:
		return level->cases ? scan_operator_word(parser, 0, span) : 0;
	case WORD_OVER:
		if (next->kind != TOKEN_LEFT &&
		    (!query_token_names(next) || word_is_restricted(next->word)))
			return 0;
		if (!query_token_closes(scan_previous(parser)) &&
		    scan_previous(parser)->word != WORD_NULLS)
			return 0;
		level->operand = true;
		return scan_take(parser, 0, span, SQL_OVER);
	case WORD_FROM:
	case WORD_TO:
	case WORD_STEP:
	case WORD_STALENESS:
		return level->fill ? scan_operator_word(parser, 0, span) : 0;
	default:
		return 0;
	}
}

/* `* EXCEPT (a)`, `* EXCEPT a`, `COLUMNS('x') APPLY(f)`. */
static int transformer(struct query_parser *parser, struct span *span)
{
	size_t strict = scan_peek(parser, 1)->word == WORD_STRICT;
	bool bracket = scan_peek(parser, strict + 1)->kind == TOKEN_LEFT;

	if (!scan_top(parser)->star && !bracket)
		return 0;
	if (!bracket)
		return scan_operator_word(parser, strict, span);
	return scan_take(parser, strict, span, SQL_POSTFIX);
}

/* Words behind an operand that complete it; 0: none of them. */
static int postfix_word(struct query_parser *parser, struct span *span)
{
	struct query_level *level = scan_top(parser);
	const struct query_token *token = scan_peek(parser, 0), *next = scan_peek(parser, 1);
	bool order = level->place == PLACE_ORDER;
	bool rows = level->place == PLACE_OFFSET || level->place == PLACE_LIMIT;
	bool found = false;
	size_t more = 0;

	switch (token->word) {
	case WORD_END:
		found = level->cases > 0;
		level->cases -= found;
		break;
	case WORD_FILTER:
		found = query_token_closes(scan_previous(parser)) && next->kind == TOKEN_LEFT;
		break;
	case WORD_RESPECT:
	case WORD_IGNORE:
		more = next->word == WORD_NULLS;
		found = more;
		break;
	case WORD_ASC:
	case WORD_ASCENDING:
	case WORD_DESC:
	case WORD_DESCENDING:
	case WORD_INTERPOLATE:
		found = order;
		break;
	case WORD_NULLS:
		more = order && (next->word == WORD_FIRST || next->word == WORD_LAST);
		found = more;
		break;
	case WORD_ROW:
	case WORD_ROWS:
	case WORD_ONLY:
		found = rows;
		break;
	case WORD_WITH:
		level->fill |= order && next->word == WORD_FILL;
		more = (order && next->word == WORD_FILL) || (rows && next->word == WORD_TIES);
		found = more;
		break;
	case WORD_REPLACE:
	case WORD_APPLY:
		return transformer(parser, span);
	default:
		found = level->interval && word_is_unit(token->word);
		level->interval &= !found;
		break;
	}
	return found ? scan_take(parser, more, span, SQL_POSTFIX) : 0;
}

int scan_set_operator(struct query_parser *parser, struct span *span)
{
	enum query_word word = scan_peek(parser, 0)->word, next = scan_peek(parser, 1)->word;
	size_t behind = parser->position + 1 + (next == WORD_ALL || next == WORD_DISTINCT);

	if (word == WORD_EXCEPT && scan_peek(parser, 1)->kind == TOKEN_LEFT
	            ? !scan_begins_query(parser, behind + 1)
	            : word == WORD_EXCEPT && !scan_begins_query(parser, behind)) {
		int kind = transformer(parser, span);

		return kind ? kind : scan_take(parser, 0, span, SQL_STRAY);
	}
	return scan_enter(parser, 0, span, PLACE_START,
	                  word == WORD_UNION    ? SQL_UNION
	                  : word == WORD_EXCEPT ? SQL_EXCEPT
	                                        : SQL_INTERSECT);
}

static int output_clause(struct query_parser *parser, struct span *span, const char *what)
{
	struct diag *diag = diag_add(parser->diags, BF062, *span,
	                             "'%s' has no place in a query of a migration", what);

	diag_hint(parser->diags, diag, "leave it out: bfc decides where rows go");
	return scan_take(parser, 0, span, SQL_SELECT_error);
}

/* Clauses of a SELECT; 0: none of them. */
static int clause_word(struct query_parser *parser, struct span *span)
{
	struct query_level *level = scan_top(parser);
	const struct query_token *next = scan_peek(parser, 1);

	switch (scan_peek(parser, 0)->word) {
	case WORD_SELECT:
		return scan_enter(parser, 0, span, PLACE_SELECT, SQL_SELECT);
	case WORD_FROM:
		return scan_enter(parser, 0, span, PLACE_FROM, SQL_FROM);
	case WORD_PREWHERE:
		return scan_enter(parser, 0, span, PLACE_CONDITION, SQL_PREWHERE);
	case WORD_WHERE:
		return scan_enter(parser, 0, span, PLACE_CONDITION, SQL_WHERE);
	case WORD_HAVING:
		return scan_enter(parser, 0, span, PLACE_CONDITION, SQL_HAVING);
	case WORD_QUALIFY:
		return scan_enter(parser, 0, span, PLACE_CONDITION, SQL_QUALIFY);
	case WORD_GROUP:
	case WORD_ORDER:
		return scan_early_clause(parser, span);
	case WORD_WINDOW:
		return query_token_names(next) && scan_peek(parser, 2)->word == WORD_AS
		               ? scan_enter(parser, 0, span, PLACE_WINDOW, SQL_WINDOW)
		               : 0;
	case WORD_LIMIT:
		return scan_enter(parser, 0, span, PLACE_LIMIT, SQL_LIMIT);
	case WORD_BY:
		return level->place == PLACE_LIMIT
		               ? scan_enter(parser, 0, span, PLACE_LIMIT, SQL_BY)
		               : 0;
	case WORD_OFFSET:
		if (level->place == PLACE_SAMPLE)
			return scan_enter(parser, 0, span, PLACE_ON, SQL_SAMPLE_OFFSET);
		return scan_enter(parser, 0, span,
		                  level->place == PLACE_LIMIT ? PLACE_LIMIT : PLACE_OFFSET,
		                  SQL_OFFSET);
	case WORD_FETCH:
		return next->word == WORD_FIRST || next->word == WORD_NEXT
		               ? scan_enter(parser, 1, span, PLACE_OFFSET, SQL_FETCH)
		               : 0;
	case WORD_SETTINGS:
		return scan_enter(parser, 0, span, PLACE_SETTINGS, SQL_SETTINGS);
	case WORD_FORMAT:
		return query_token_names(next) ? output_clause(parser, span, "FORMAT") : 0;
	case WORD_INTO:
		return next->word == WORD_OUTFILE ? output_clause(parser, span, "INTO OUTFILE") : 0;
	case WORD_UNION:
	case WORD_INTERSECT:
	case WORD_EXCEPT:
		return scan_set_operator(parser, span);
	default:
		return 0;
	}
}

/* Words of FROM, and modifiers; 0: none of them. */
static int table_word(struct query_parser *parser, struct span *span)
{
	struct query_level *level = scan_top(parser);
	const struct query_token *next = scan_peek(parser, 1);
	bool array, tables = level->place >= PLACE_FROM && level->place <= PLACE_ARRAY_JOIN;
	size_t words = tables ? join_words(parser, &array) : 0;

	if (words && array)
		return scan_enter(parser, words - 1, span, PLACE_ARRAY_JOIN, SQL_ARRAY_JOIN);
	if (words)
		return scan_enter(parser, words - 1, span, PLACE_FROM, SQL_JOIN);
	switch (scan_peek(parser, 0)->word) {
	case WORD_AS:
		level->after_as = true;
		return scan_take(parser, 0, span, SQL_AS);
	case WORD_ON:
		return scan_enter(parser, 0, span, PLACE_ON, SQL_ON);
	case WORD_USING:
		return scan_enter(parser, 0, span,
		                  next->kind == TOKEN_LEFT ? PLACE_ON : PLACE_USING, SQL_USING);
	case WORD_FINAL:
		return scan_take(parser, 0, span, SQL_FINAL);
	case WORD_SAMPLE:
		return scan_enter(parser, 0, span, PLACE_SAMPLE, SQL_SAMPLE);
	case WORD_WITH:
		if (next->word == WORD_TOTALS || next->word == WORD_ROLLUP ||
		    next->word == WORD_CUBE)
			return scan_take(parser, 1, span, SQL_WITH_MODIFIER);
		return 0;
	default:
		return 0;
	}
}

/* Restricted words that 26.7 takes for a table's alias all the same. */
static bool names_table(enum query_word word)
{
	return word == WORD_IN || word == WORD_OR || word == WORD_DIV || word == WORD_MOD ||
	       word == WORD_REGEXP;
}

static int word_behind_operand(struct query_parser *parser, struct span *span)
{
	struct query_level *level = scan_top(parser);
	const struct query_token *token = scan_peek(parser, 0);
	int kind = 0;

	if (level->after_as && token->word == WORD_MATERIALIZED &&
	    scan_peek(parser, 1)->kind == TOKEN_LEFT)
		return scan_take(parser, 0, span, SQL_MATERIALIZED);
	if (level->after_as || level->after_dot)
		return scan_name(parser, span);
	kind = infix_word(parser, span);
	if (!kind)
		kind = postfix_word(parser, span);
	if (!kind)
		kind = table_word(parser, span);
	if (!kind)
		kind = clause_word(parser, span);
	if (kind)
		return kind;
	if (word_is_restricted(token->word) &&
	    (level->place != PLACE_FROM || !names_table(token->word)))
		return scan_take(parser, 0, span, SQL_STRAY);
	return scan_take(parser, 0, span, SQL_ALIAS);
}

int scan_behind_operand(struct query_parser *parser, struct span *span)
{
	struct query_level *level = scan_top(parser);
	const struct query_token *token = scan_peek(parser, 0), *last = scan_previous(parser);

	switch (token->kind) {
	case TOKEN_WORD:
		return word_behind_operand(parser, span);
	case TOKEN_QUOTED:
		if (level->after_as || level->after_dot)
			return scan_name(parser, span);
		return scan_take(parser, 0, span, SQL_ALIAS);
	case TOKEN_DOT:
		level->after_dot = true;
		return scan_take(parser, 0, span, SQL_DOT);
	case TOKEN_STAR:
	case TOKEN_NUMBER:
	case TOKEN_PARAM:
		if (level->after_dot)
			return scan_name(parser, span);
		return token->kind == TOKEN_STAR ? scan_operator_word(parser, 0, span)
		                                 : scan_take(parser, 0, span, SQL_STRAY);
	case TOKEN_EQUALS:
	case TOKEN_OPERATOR:
		if (level->after_dot) /* t.^a, t.:Int64: the name is still to come */
			return scan_take(parser, 0, span, SQL_OPERATOR);
		return scan_operator_word(parser, 0, span);
	case TOKEN_STRING: /* DATE '2024-01-01' */
		return scan_take(parser, 0, span,
		                 last->kind == TOKEN_WORD ? SQL_POSTFIX : SQL_STRAY);
	case TOKEN_COMMA: {
		enum query_place place = level->place;
		bool tables = place == PLACE_FROM || place == PLACE_ON || place == PLACE_SAMPLE;

		return scan_enter(parser, 0, span, tables ? PLACE_FROM : place,
		                  tables ? SQL_COMMA_TABLE : SQL_COMMA);
	}
	default:
		return scan_take(parser, 0, span, SQL_STRAY);
	}
}
