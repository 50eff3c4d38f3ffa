/* query_operand.c: what a token is where an operand is expected. See query_scan.h. */
#include "compiler/query_scan.h"

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

/* `name AS (SELECT`, `name (a, b) AS (SELECT`, `name AS MATERIALIZED (SELECT`. */
static bool begins_cte(const struct query_parser *parser)
{
	const struct query_token *token = scan_peek(parser, 1);

	if (token->kind == TOKEN_LEFT)
		token = &parser->tokens[token->partner] + 1;
	if (token->word != WORD_AS)
		return false;
	token++;
	if (token->word == WORD_MATERIALIZED)
		token++;
	return token->kind == TOKEN_LEFT &&
	       scan_begins_query(parser, (size_t)(token - parser->tokens) + 1);
}

/* FROM where an operand should be: `SELECT a, FROM t` has a comma too many, which is allowed. */
static bool is_early_from(const struct query_parser *parser, const struct query_level *level)
{
	const struct query_token *next = scan_peek(parser, 1);

	return level->place == PLACE_SELECT && scan_previous(parser)->word != WORD_SELECT &&
	       (next->kind == TOKEN_LEFT || query_token_names(next)) &&
	       !word_is_restricted(next->word);
}

static bool begins_interval(const struct query_parser *parser)
{
	const struct query_token *next = scan_peek(parser, 1), *behind = scan_peek(parser, 2);

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
	struct query_level *level = scan_top(parser);
	const struct query_token *token = scan_peek(parser, 0), *last = scan_previous(parser);

	if (level->place != PLACE_SELECT || last->word != WORD_SELECT)
		return 0;
	if (token->word == WORD_ALL)
		return scan_take(parser, 0, span, SQL_ALL);
	if (token->word != WORD_DISTINCT)
		return 0;
	if (scan_peek(parser, 1)->word != WORD_ON || scan_peek(parser, 2)->kind != TOKEN_LEFT)
		return scan_take(parser, 0, span, SQL_DISTINCT);
	level->keeps = true;
	return scan_take(parser, 1, span, SQL_DISTINCT_ON);
}

/* Words that stand before an operand and leave it expected; 0: none of them. */
static int prefix_word(struct query_parser *parser, struct span *span)
{
	struct query_level *level = scan_top(parser);
	const struct query_token *token = scan_peek(parser, 0), *next = scan_peek(parser, 1);

	switch (token->word) {
	case WORD_NOT:
		return begins_operand(next) || next->kind == TOKEN_OPERATOR || level->after_not
		               ? scan_operator_word(parser, 0, span)
		               : 0;
	case WORD_IN:
	case WORD_LIKE:
	case WORD_ILIKE:
	case WORD_BETWEEN:
	case WORD_REGEXP:
		if (!level->after_not)
			return 0;
		level->after_not = false;
		return scan_operator_word(parser, 0, span);
	case WORD_CASE:
		if (!begins_operand(next) && next->kind != TOKEN_OPERATOR)
			return 0;
		level->cases++;
		return scan_operator_word(parser, 0, span);
	case WORD_WHEN:
		return level->cases && scan_previous(parser)->word == WORD_CASE
		               ? scan_operator_word(parser, 0, span)
		               : 0;
	case WORD_INTERVAL:
		if (!begins_interval(parser))
			return 0;
		level->interval = true;
		return scan_operator_word(parser, 0, span);
	default:
		return 0;
	}
}

int scan_early_clause(struct query_parser *parser, struct span *span)
{
	struct query_level *level = scan_top(parser);
	enum query_word word = scan_peek(parser, 0)->word, next = scan_peek(parser, 1)->word;

	if (word == WORD_GROUP && next == WORD_BY)
		return scan_enter(parser, 1, span, PLACE_GROUP, SQL_GROUP_BY);
	if (word == WORD_ORDER && next == WORD_BY)
		return scan_enter(parser, 1, span, PLACE_ORDER, SQL_ORDER_BY);
	if (word == WORD_FROM && is_early_from(parser, level))
		return scan_enter(parser, 0, span, PLACE_FROM, SQL_FROM);
	if (word == WORD_SELECT && level->place == PLACE_WITH)
		return scan_enter(parser, 0, span, PLACE_SELECT, SQL_SELECT);
	if (word == WORD_GROUPING && next == WORD_SETS && level->place == PLACE_GROUP) {
		level->operand = false;
		return scan_take(parser, 1, span, SQL_GROUPING_SETS);
	}
	return 0;
}

int scan_operand(struct query_parser *parser, struct span *span)
{
	struct query_level *level = scan_top(parser);
	const struct query_token *token = scan_peek(parser, 0);
	int kind = 0;

	switch (token->kind) {
	case TOKEN_WORD:
		if (level->place != PLACE_FROM)
			kind = quantifier(parser, span);
		if (!kind && (level->place != PLACE_FROM || token->word == WORD_GROUP ||
		              token->word == WORD_ORDER))
			kind = scan_early_clause(parser, span);
		if (!kind && level->place != PLACE_FROM)
			kind = prefix_word(parser, span);
		if (!kind && level->item_start && begins_cte(parser)) {
			level->operand = level->item_start = false;
			kind = scan_take(parser, 0, span, SQL_CTE_NAME);
		}
		return kind ? kind : scan_name(parser, span);
	case TOKEN_QUOTED:
		if (!level->item_start || !begins_cte(parser))
			return scan_name(parser, span);
		level->operand = level->item_start = false;
		return scan_take(parser, 0, span, SQL_CTE_NAME);
	case TOKEN_STAR:
		return scan_name(parser, span);
	case TOKEN_PARAM:
		if (level->place == PLACE_FROM)
			return scan_name(parser, span);
		/* fall through */
	case TOKEN_STRING:
	case TOKEN_NUMBER:
	case TOKEN_HEREDOC:
		level->operand = level->star = false;
		return scan_take(parser, 0, span, SQL_LITERAL);
	case TOKEN_OPERATOR:
		kind = strchr("-+@", parser->sources->list.items[token->span.file]
		                             ->text.p[token->span.begin])
		               ? SQL_OPERATOR
		               : SQL_STRAY;
		return scan_take(parser, 0, span, kind);
	case TOKEN_COMMA:
		return scan_take(parser, 0, span, SQL_COMMA);
	default:
		return scan_take(parser, 0, span, SQL_STRAY);
	}
}
