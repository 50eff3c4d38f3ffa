/*
 * query_scan.c: the token wrapper of grammar/select.y.
 *
 * ClickHouse reserves almost nothing, so what a word is hangs on the place: where an operand is
 * expected it is a name, behind an operand it is an operator, a clause or an alias. The bit
 * `operand` and the stack of brackets say which; words of one keyword (GROUP BY, LEFT ANY
 * JOIN, WITH TOTALS) become one token, so that the grammar needs one token of lookahead.
 */
#include "compiler/query_parse.h"

#include "grammar/select.h"

static const struct query_token *peek(const struct query_parser *parser, size_t ahead)
{
	size_t at = parser->position + ahead;

	return &parser->tokens[at < parser->count ? at : parser->count - 1];
}

static const struct query_token *previous(const struct query_parser *parser)
{
	return parser->position ? &parser->tokens[parser->position - 1] : NULL;
}

static struct query_level *top(struct query_parser *parser)
{
	return &parser->levels.items[parser->levels.count - 1];
}

static void push(struct query_parser *parser, enum query_place place)
{
	*list_add(parser->scratch, &parser->levels) =
	        (struct query_level){.place = place, .operand = true};
}

/* Takes the token at hand and `more` behind it as one. */
static int take(struct query_parser *parser, size_t more, struct span *span, int kind)
{
	span->end = peek(parser, more)->span.end;
	parser->position += more + 1;
	return kind;
}

static bool is_set_operator(enum query_word word)
{
	return word == WORD_UNION || word == WORD_INTERSECT || word == WORD_EXCEPT;
}

/* Does a query begin at token `at`? `(((SELECT` does when nothing but set operators follow. */
static bool begins_query(const struct query_parser *parser, size_t at)
{
	const struct query_token *token = &parser->tokens[at], *next = token + 1;

	if (token->kind == TOKEN_LEFT) {
		const struct query_token *behind = &parser->tokens[token->partner + 1];

		return begins_query(parser, at + 1) &&
		       (behind->kind == TOKEN_RIGHT || behind->kind == TOKEN_END ||
		        is_set_operator(behind->word));
	}
	if (token->word == WORD_SELECT || token->word == WORD_WITH)
		return next->kind != TOKEN_COMMA && next->kind != TOKEN_RIGHT &&
		       next->kind != TOKEN_DOT && next->kind != TOKEN_EQUALS &&
		       (next->kind != TOKEN_OPERATOR || token->word == WORD_SELECT);
	return token->word == WORD_FROM && query_token_names(next) && next->word != WORD_AS;
}

/* Can what follows a prefix word be its operand? Else the word is a name itself. */
static bool begins_operand(const struct query_token *token)
{
	switch (token->kind) {
	case TOKEN_WORD:
		return !word_is_restricted(token->word) || token->word == WORD_NOT ||
		       (token + 1)->kind == TOKEN_LEFT;
	case TOKEN_QUOTED:
	case TOKEN_STRING:
	case TOKEN_HEREDOC:
	case TOKEN_NUMBER:
	case TOKEN_PARAM:
		return true;
	default:
		return query_token_opens(token);
	}
}

static int open_bracket(struct query_parser *parser, struct span *span)
{
	const struct query_token *token = peek(parser, 0);
	struct query_level *level = top(parser);
	bool round = token->kind == TOKEN_LEFT;
	bool query = round && begins_query(parser, parser->position + 1);
	enum query_place place = query ? PLACE_START : PLACE_GROUPED;
	int kind = query ? SQL_LEFT_QUERY : SQL_LEFT;

	if (round && level->place == PLACE_START)
		place = PLACE_START, kind = SQL_LEFT_BRANCH;
	else if (round && level->place == PLACE_FROM && level->operand && !query &&
	         peek(parser, 1)->word != WORD_VALUES)
		place = PLACE_FROM, kind = SQL_LEFT_TABLES;
	level->after_as = false;
	push(parser, place);
	return take(parser, 0, span, kind);
}

static int close_bracket(struct query_parser *parser, struct span *span)
{
	struct query_level *level;

	if (parser->levels.count > 1)
		parser->levels.count--;
	level = top(parser);
	level->operand = level->keeps;
	level->keeps = false;
	return take(parser, 0, span, SQL_RIGHT);
}

/* A clause begins: an operand has to follow. */
static int enter(struct query_parser *parser, size_t more, struct span *span,
                 enum query_place place, int kind)
{
	struct query_level *level = top(parser);

	*level = (struct query_level){.place = place, .operand = true};
	level->item_start = place == PLACE_WITH;
	return take(parser, more, span, kind);
}

static int operator_word(struct query_parser *parser, size_t more, struct span *span)
{
	top(parser)->operand = true;
	return take(parser, more, span, SQL_OPERATOR);
}

static int name_token(struct query_parser *parser, struct span *span)
{
	struct query_level *level = top(parser);
	const struct query_token *token = peek(parser, 0);

	level->operand = false;
	level->after_not = level->after_as = level->after_dot = level->item_start = false;
	level->star = token->kind == TOKEN_STAR ||
	              (token->word == WORD_COLUMNS && peek(parser, 1)->kind == TOKEN_LEFT);
	return take(parser, 0, span, token->kind == TOKEN_STAR ? SQL_STAR : SQL_NAME);
}

static int set_operator(struct query_parser *parser, struct span *span);

/* At the start of a query, or behind one in parentheses. */
static int start_token(struct query_parser *parser, struct span *span)
{
	const struct query_token *last = previous(parser);

	if (last && last->kind == TOKEN_RIGHT)
		return is_set_operator(peek(parser, 0)->word) ? set_operator(parser, span)
		                                              : take(parser, 0, span, SQL_STRAY);
	switch (peek(parser, 0)->word) {
	case WORD_SELECT:
		return enter(parser, 0, span, PLACE_SELECT, SQL_SELECT);
	case WORD_FROM:
		return enter(parser, 0, span, PLACE_FROM, SQL_FROM);
	case WORD_WITH: {
		bool recursive = peek(parser, 1)->word == WORD_RECURSIVE &&
		                 query_token_names(peek(parser, 2)) &&
		                 peek(parser, 2)->word != WORD_AS;

		return enter(parser, recursive, span, PLACE_WITH,
		             recursive ? SQL_WITH_RECURSIVE : SQL_WITH);
	}
	case WORD_ALL:
	case WORD_DISTINCT:
		if (last && is_set_operator(last->word))
			return take(parser, 0, span,
			            peek(parser, 0)->word == WORD_ALL ? SQL_ALL : SQL_DISTINCT);
		break;
	default:
		break;
	}
	return take(parser, 0, span, SQL_STRAY);
}

/* `name AS (SELECT`, `name (a, b) AS (SELECT`, `name AS MATERIALIZED (SELECT`. */
static bool begins_cte(const struct query_parser *parser)
{
	const struct query_token *token = peek(parser, 1);

	if (token->kind == TOKEN_LEFT)
		token = &parser->tokens[token->partner] + 1;
	if (token->word != WORD_AS)
		return false;
	token++;
	if (token->word == WORD_MATERIALIZED)
		token++;
	return token->kind == TOKEN_LEFT &&
	       begins_query(parser, (size_t)(token - parser->tokens) + 1);
}

/* FROM where an operand should be: `SELECT a, FROM t` has a comma too many, which is allowed. */
static bool is_early_from(const struct query_parser *parser, const struct query_level *level)
{
	const struct query_token *next = peek(parser, 1);

	return level->place == PLACE_SELECT && previous(parser)->word != WORD_SELECT &&
	       (next->kind == TOKEN_LEFT || query_token_names(next)) &&
	       !word_is_restricted(next->word);
}

static bool begins_interval(const struct query_parser *parser)
{
	const struct query_token *next = peek(parser, 1), *behind = peek(parser, 2);

	if (next->kind == TOKEN_LEFT)
		return word_is_unit(parser->tokens[next->partner + 1].word);
	if (query_token_names(next))
		return !word_is_restricted(next->word) &&
		       (word_is_unit(behind->word) || behind->kind == TOKEN_DOT ||
		        behind->kind == TOKEN_LEFT);
	return next->kind == TOKEN_NUMBER || next->kind == TOKEN_STRING ||
	       next->kind == TOKEN_PARAM || next->kind == TOKEN_OPERATOR;
}

/* SELECT DISTINCT, DISTINCT ON, ALL; 0: the word is none of them. */
static int quantifier(struct query_parser *parser, struct span *span)
{
	struct query_level *level = top(parser);
	const struct query_token *token = peek(parser, 0), *last = previous(parser);

	if (level->place != PLACE_SELECT || last->word != WORD_SELECT)
		return 0;
	if (token->word == WORD_ALL)
		return take(parser, 0, span, SQL_ALL);
	if (token->word != WORD_DISTINCT)
		return 0;
	if (peek(parser, 1)->word != WORD_ON || peek(parser, 2)->kind != TOKEN_LEFT)
		return take(parser, 0, span, SQL_DISTINCT);
	level->keeps = true;
	return take(parser, 1, span, SQL_DISTINCT_ON);
}

/* Words that stand before an operand and leave it expected; 0: none of them. */
static int prefix_word(struct query_parser *parser, struct span *span)
{
	struct query_level *level = top(parser);
	const struct query_token *token = peek(parser, 0), *next = peek(parser, 1);

	switch (token->word) {
	case WORD_NOT:
		return begins_operand(next) || next->kind == TOKEN_OPERATOR || level->after_not
		               ? operator_word(parser, 0, span)
		               : 0;
	case WORD_IN:
	case WORD_LIKE:
	case WORD_ILIKE:
	case WORD_BETWEEN:
	case WORD_REGEXP:
		if (!level->after_not)
			return 0;
		level->after_not = false;
		return operator_word(parser, 0, span);
	case WORD_CASE:
		if (!begins_operand(next) && next->kind != TOKEN_OPERATOR)
			return 0;
		level->cases++;
		return operator_word(parser, 0, span);
	case WORD_WHEN:
		return level->cases && previous(parser)->word == WORD_CASE
		               ? operator_word(parser, 0, span)
		               : 0;
	case WORD_INTERVAL:
		if (!begins_interval(parser))
			return 0;
		level->interval = true;
		return operator_word(parser, 0, span);
	default:
		return 0;
	}
}

/* Clause words that nobody means as a name; 0: none of them. */
static int early_clause(struct query_parser *parser, struct span *span)
{
	struct query_level *level = top(parser);
	enum query_word word = peek(parser, 0)->word, next = peek(parser, 1)->word;

	if (word == WORD_GROUP && next == WORD_BY)
		return enter(parser, 1, span, PLACE_GROUP, SQL_GROUP_BY);
	if (word == WORD_ORDER && next == WORD_BY)
		return enter(parser, 1, span, PLACE_ORDER, SQL_ORDER_BY);
	if (word == WORD_FROM && is_early_from(parser, level))
		return enter(parser, 0, span, PLACE_FROM, SQL_FROM);
	if (word == WORD_SELECT && level->place == PLACE_WITH)
		return enter(parser, 0, span, PLACE_SELECT, SQL_SELECT);
	if (word == WORD_GROUPING && next == WORD_SETS && level->place == PLACE_GROUP) {
		level->operand = false;
		return take(parser, 1, span, SQL_GROUPING_SETS);
	}
	return 0;
}

static int operand_token(struct query_parser *parser, struct span *span)
{
	struct query_level *level = top(parser);
	const struct query_token *token = peek(parser, 0);
	int kind = 0;

	switch (token->kind) {
	case TOKEN_WORD:
		if (level->place != PLACE_FROM)
			kind = quantifier(parser, span);
		if (!kind && (level->place != PLACE_FROM || token->word == WORD_GROUP ||
		              token->word == WORD_ORDER))
			kind = early_clause(parser, span);
		if (!kind && level->place != PLACE_FROM)
			kind = prefix_word(parser, span);
		if (!kind && level->item_start && begins_cte(parser)) {
			level->operand = level->item_start = false;
			kind = take(parser, 0, span, SQL_CTE_NAME);
		}
		return kind ? kind : name_token(parser, span);
	case TOKEN_QUOTED:
		if (!level->item_start || !begins_cte(parser))
			return name_token(parser, span);
		level->operand = level->item_start = false;
		return take(parser, 0, span, SQL_CTE_NAME);
	case TOKEN_STAR:
		return name_token(parser, span);
	case TOKEN_PARAM:
		if (level->place == PLACE_FROM)
			return name_token(parser, span);
		/* fall through */
	case TOKEN_STRING:
	case TOKEN_NUMBER:
	case TOKEN_HEREDOC:
		level->operand = level->star = false;
		return take(parser, 0, span, SQL_LITERAL);
	case TOKEN_OPERATOR:
		kind = strchr("-+@", parser->sources->list.items[token->span.file]
		                             ->text.p[token->span.begin])
		               ? SQL_OPERATOR
		               : SQL_STRAY;
		return take(parser, 0, span, kind);
	case TOKEN_COMMA:
		return take(parser, 0, span, SQL_COMMA);
	default:
		return take(parser, 0, span, SQL_STRAY);
	}
}

/* How many words a join phrase has that begins here, JOIN included; 0: it is none. */
static size_t join_words(const struct query_parser *parser, bool *array)
{
	*array = false;
	for (size_t i = 0;; i++) {
		switch (peek(parser, i)->word) {
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

/* Words between two operands; 0: none of them. */
static int infix_word(struct query_parser *parser, struct span *span)
{
	struct query_level *level = top(parser);
	const struct query_token *token = peek(parser, 0), *next = peek(parser, 1);

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
		return level->place == PLACE_FROM ? 0 : operator_word(parser, 0, span);
	case WORD_GLOBAL:
		if (next->word != WORD_IN && next->word != WORD_NOT)
			return 0;
		/* fall through */
	case WORD_NOT:
		level->after_not = true;
		return operator_word(parser, 0, span);
	case WORD_IS: {
		size_t more = next->word == WORD_NOT;

		if (peek(parser, more + 1)->word == WORD_DISTINCT &&
		    peek(parser, more + 2)->word == WORD_FROM)
			return operator_word(parser, more + 2, span);
		return more || next->word == WORD_NULL || next->word == WORD_TRUE ||
		                       next->word == WORD_FALSE || next->word == WORD_UNKNOWN
		               ? operator_word(parser, more, span)
		               : 0;
	}
	case WORD_AT: /* TIME ZONE */
		return next->word == WORD_TIME && peek(parser, 2)->word == WORD_ZONE
		               ? operator_word(parser, 2, span)
		               : 0;
	case WORD_ESCAPE:
	case WORD_COLLATE:
		return next->kind == TOKEN_STRING ? operator_word(parser, 0, span) : 0;
	case WORD_WHEN:
	case WORD_THEN:
	case WORD_ELSE:
		return level->cases ? operator_word(parser, 0, span) : 0;
	case WORD_OVER:
		if (next->kind != TOKEN_LEFT &&
		    (!query_token_names(next) || word_is_restricted(next->word)))
			return 0;
		if (!query_token_closes(previous(parser)) && previous(parser)->word != WORD_NULLS)
			return 0;
		level->operand = true;
		return take(parser, 0, span, SQL_OVER);
	case WORD_FROM:
	case WORD_TO:
	case WORD_STEP:
	case WORD_STALENESS:
		return level->fill ? operator_word(parser, 0, span) : 0;
	default:
		return 0;
	}
}

/* `* EXCEPT (a)`, `* EXCEPT a`, `COLUMNS('x') APPLY(f)`. */
static int transformer(struct query_parser *parser, struct span *span)
{
	size_t strict = peek(parser, 1)->word == WORD_STRICT;
	bool bracket = peek(parser, strict + 1)->kind == TOKEN_LEFT;

	if (!top(parser)->star && !bracket)
		return 0;
	if (!bracket)
		return operator_word(parser, strict, span);
	return take(parser, strict, span, SQL_POSTFIX);
}

/* Words behind an operand that complete it; 0: none of them. */
static int postfix_word(struct query_parser *parser, struct span *span)
{
	struct query_level *level = top(parser);
	const struct query_token *token = peek(parser, 0), *next = peek(parser, 1);
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
		found = query_token_closes(previous(parser)) && next->kind == TOKEN_LEFT;
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
	return found ? take(parser, more, span, SQL_POSTFIX) : 0;
}

static int set_operator(struct query_parser *parser, struct span *span)
{
	enum query_word word = peek(parser, 0)->word, next = peek(parser, 1)->word;
	size_t behind = parser->position + 1 + (next == WORD_ALL || next == WORD_DISTINCT);

	if (word == WORD_EXCEPT && peek(parser, 1)->kind == TOKEN_LEFT
	            ? !begins_query(parser, behind + 1)
	            : word == WORD_EXCEPT && !begins_query(parser, behind)) {
		int kind = transformer(parser, span);

		return kind ? kind : take(parser, 0, span, SQL_STRAY);
	}
	return enter(parser, 0, span, PLACE_START,
	             word == WORD_UNION    ? SQL_UNION
	             : word == WORD_EXCEPT ? SQL_EXCEPT
	                                   : SQL_INTERSECT);
}

static int output_clause(struct query_parser *parser, struct span *span, const char *what)
{
	struct diag *diag = diag_add(parser->diags, BF062, *span,
	                             "'%s' has no place in a query of a migration", what);

	diag_hint(parser->diags, diag, "leave it out: bfc decides where rows go");
	return take(parser, 0, span, SQL_SELECT_error);
}

/* Clauses of a SELECT; 0: none of them. */
static int clause_word(struct query_parser *parser, struct span *span)
{
	struct query_level *level = top(parser);
	const struct query_token *next = peek(parser, 1);

	switch (peek(parser, 0)->word) {
	case WORD_SELECT:
		return enter(parser, 0, span, PLACE_SELECT, SQL_SELECT);
	case WORD_FROM:
		return enter(parser, 0, span, PLACE_FROM, SQL_FROM);
	case WORD_PREWHERE:
		return enter(parser, 0, span, PLACE_CONDITION, SQL_PREWHERE);
	case WORD_WHERE:
		return enter(parser, 0, span, PLACE_CONDITION, SQL_WHERE);
	case WORD_HAVING:
		return enter(parser, 0, span, PLACE_CONDITION, SQL_HAVING);
	case WORD_QUALIFY:
		return enter(parser, 0, span, PLACE_CONDITION, SQL_QUALIFY);
	case WORD_GROUP:
	case WORD_ORDER:
		return early_clause(parser, span);
	case WORD_WINDOW:
		return query_token_names(next) && peek(parser, 2)->word == WORD_AS
		               ? enter(parser, 0, span, PLACE_WINDOW, SQL_WINDOW)
		               : 0;
	case WORD_LIMIT:
		return enter(parser, 0, span, PLACE_LIMIT, SQL_LIMIT);
	case WORD_BY:
		return level->place == PLACE_LIMIT ? enter(parser, 0, span, PLACE_LIMIT, SQL_BY)
		                                   : 0;
	case WORD_OFFSET:
		if (level->place == PLACE_SAMPLE)
			return enter(parser, 0, span, PLACE_ON, SQL_SAMPLE_OFFSET);
		return enter(parser, 0, span,
		             level->place == PLACE_LIMIT ? PLACE_LIMIT : PLACE_OFFSET, SQL_OFFSET);
	case WORD_FETCH:
		return next->word == WORD_FIRST || next->word == WORD_NEXT
		               ? enter(parser, 1, span, PLACE_OFFSET, SQL_FETCH)
		               : 0;
	case WORD_SETTINGS:
		return enter(parser, 0, span, PLACE_SETTINGS, SQL_SETTINGS);
	case WORD_FORMAT:
		return query_token_names(next) ? output_clause(parser, span, "FORMAT") : 0;
	case WORD_INTO:
		return next->word == WORD_OUTFILE ? output_clause(parser, span, "INTO OUTFILE") : 0;
	case WORD_UNION:
	case WORD_INTERSECT:
	case WORD_EXCEPT:
		return set_operator(parser, span);
	default:
		return 0;
	}
}

/* Words of FROM, and modifiers; 0: none of them. */
static int table_word(struct query_parser *parser, struct span *span)
{
	struct query_level *level = top(parser);
	const struct query_token *next = peek(parser, 1);
	bool array, tables = level->place >= PLACE_FROM && level->place <= PLACE_ARRAY_JOIN;
	size_t words = tables ? join_words(parser, &array) : 0;

	if (words && array)
		return enter(parser, words - 1, span, PLACE_ARRAY_JOIN, SQL_ARRAY_JOIN);
	if (words)
		return enter(parser, words - 1, span, PLACE_FROM, SQL_JOIN);
	switch (peek(parser, 0)->word) {
	case WORD_AS:
		level->after_as = true;
		return take(parser, 0, span, SQL_AS);
	case WORD_ON:
		return enter(parser, 0, span, PLACE_ON, SQL_ON);
	case WORD_USING:
		return enter(parser, 0, span, next->kind == TOKEN_LEFT ? PLACE_ON : PLACE_USING,
		             SQL_USING);
	case WORD_FINAL:
		return take(parser, 0, span, SQL_FINAL);
	case WORD_SAMPLE:
		return enter(parser, 0, span, PLACE_SAMPLE, SQL_SAMPLE);
	case WORD_WITH:
		if (next->word == WORD_TOTALS || next->word == WORD_ROLLUP ||
		    next->word == WORD_CUBE)
			return take(parser, 1, span, SQL_WITH_MODIFIER);
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
	struct query_level *level = top(parser);
	const struct query_token *token = peek(parser, 0);
	int kind = 0;

	if (level->after_as && token->word == WORD_MATERIALIZED &&
	    peek(parser, 1)->kind == TOKEN_LEFT)
		return take(parser, 0, span, SQL_MATERIALIZED);
	if (level->after_as || level->after_dot)
		return name_token(parser, span);
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
		return take(parser, 0, span, SQL_STRAY);
	return take(parser, 0, span, SQL_ALIAS);
}

static int operator_token(struct query_parser *parser, struct span *span)
{
	struct query_level *level = top(parser);
	const struct query_token *token = peek(parser, 0), *last = previous(parser);

	switch (token->kind) {
	case TOKEN_WORD:
		return word_behind_operand(parser, span);
	case TOKEN_QUOTED:
		if (level->after_as || level->after_dot)
			return name_token(parser, span);
		return take(parser, 0, span, SQL_ALIAS);
	case TOKEN_DOT:
		level->after_dot = true;
		return take(parser, 0, span, SQL_DOT);
	case TOKEN_STAR:
	case TOKEN_NUMBER:
	case TOKEN_PARAM:
		if (level->after_dot)
			return name_token(parser, span);
		return token->kind == TOKEN_STAR ? operator_word(parser, 0, span)
		                                 : take(parser, 0, span, SQL_STRAY);
	case TOKEN_EQUALS:
	case TOKEN_OPERATOR:
		if (level->after_dot) /* t.^a, t.:Int64: the name is still to come */
			return take(parser, 0, span, SQL_OPERATOR);
		return operator_word(parser, 0, span);
	case TOKEN_STRING: /* DATE '2024-01-01' */
		return take(parser, 0, span, last->kind == TOKEN_WORD ? SQL_POSTFIX : SQL_STRAY);
	case TOKEN_COMMA: {
		enum query_place place = level->place;
		bool tables = place == PLACE_FROM || place == PLACE_ON || place == PLACE_SAMPLE;

		return enter(parser, 0, span, tables ? PLACE_FROM : place,
		             tables ? SQL_COMMA_TABLE : SQL_COMMA);
	}
	default:
		return take(parser, 0, span, SQL_STRAY);
	}
}

int query_next_token(struct query_parser *parser, struct span *span)
{
	const struct query_token *token = peek(parser, 0);
	struct query_level *level = top(parser);

	*span = token->span;
	if (token->kind == TOKEN_END)
		return SQL_END;
	if (query_token_opens(token))
		return open_bracket(parser, span);
	if (query_token_closes(token))
		return close_bracket(parser, span);
	if (level->place == PLACE_GROUPED)
		return take(parser, 0, span, SQL_ANY);
	if (level->place == PLACE_START)
		return start_token(parser, span);
	return level->operand ? operand_token(parser, span) : operator_token(parser, span);
}
