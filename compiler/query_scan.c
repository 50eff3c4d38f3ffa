/* query_scan.c: the token wrapper of grammar/select.y. See query_scan.h. */
#include "compiler/query_scan.h"

const struct query_token *scan_peek(const struct query_parser *parser, size_t ahead)
{
	size_t at = parser->position + ahead;

	return &parser->tokens[at < parser->count ? at : parser->count - 1];
}

const struct query_token *scan_previous(const struct query_parser *parser)
{
	return parser->position ? &parser->tokens[parser->position - 1] : NULL;
}

struct query_level *scan_top(struct query_parser *parser)
{
	return &parser->levels.items[parser->levels.count - 1];
}

static void push(struct query_parser *parser, enum query_place place)
{
	*list_add(parser->scratch, &parser->levels) =
	        (struct query_level){.place = place, .operand = true};
}

int scan_take(struct query_parser *parser, size_t more, struct span *span, int kind)
{
	span->end = scan_peek(parser, more)->span.end;
	parser->position += more + 1;
	return kind;
}

bool scan_is_set_operator(enum query_word word)
{
	return word == WORD_UNION || word == WORD_INTERSECT || word == WORD_EXCEPT;
}

bool scan_begins_query(const struct query_parser *parser, size_t at)
{
	const struct query_token *token = &parser->tokens[at], *next = token + 1;

	if (token->kind == TOKEN_LEFT) {
		const struct query_token *behind = &parser->tokens[token->partner + 1];

		return scan_begins_query(parser, at + 1) &&
		       (behind->kind == TOKEN_RIGHT || behind->kind == TOKEN_END ||
		        scan_is_set_operator(behind->word));
	}
	if (token->word == WORD_SELECT || token->word == WORD_WITH)
		return next->kind != TOKEN_COMMA && next->kind != TOKEN_RIGHT &&
		       next->kind != TOKEN_DOT && next->kind != TOKEN_EQUALS &&
		       (next->kind != TOKEN_OPERATOR || token->word == WORD_SELECT);
	return token->word == WORD_FROM && query_token_names(next) && next->word != WORD_AS;
}

static int open_bracket(struct query_parser *parser, struct span *span)
{
	const struct query_token *token = scan_peek(parser, 0);
	struct query_level *level = scan_top(parser);
	bool round = token->kind == TOKEN_LEFT;
	bool query = round && scan_begins_query(parser, parser->position + 1);
	enum query_place place = query ? PLACE_START : PLACE_GROUPED;
	int kind = query ? SQL_LEFT_QUERY : SQL_LEFT;

	if (round && level->place == PLACE_START)
		place = PLACE_START, kind = SQL_LEFT_BRANCH;
	else if (round && level->place == PLACE_FROM && level->operand && !query &&
	         scan_peek(parser, 1)->word != WORD_VALUES)
		place = PLACE_FROM, kind = SQL_LEFT_TABLES;
	level->after_as = false;
	push(parser, place);
	return scan_take(parser, 0, span, kind);
}

static int close_bracket(struct query_parser *parser, struct span *span)
{
	struct query_level *level;

	if (parser->levels.count > 1)
		parser->levels.count--;
	level = scan_top(parser);
	level->operand = level->keeps;
	level->keeps = false;
	return scan_take(parser, 0, span, SQL_RIGHT);
}

int scan_enter(struct query_parser *parser, size_t more, struct span *span, enum query_place place,
               int kind)
{
	struct query_level *level = scan_top(parser);

	*level = (struct query_level){.place = place, .operand = true};
	level->item_start = place == PLACE_WITH;
	return scan_take(parser, more, span, kind);
}

int scan_operator_word(struct query_parser *parser, size_t more, struct span *span)
{
	scan_top(parser)->operand = true;
	return scan_take(parser, more, span, SQL_OPERATOR);
}

int scan_name(struct query_parser *parser, struct span *span)
{
	struct query_level *level = scan_top(parser);
	const struct query_token *token = scan_peek(parser, 0);

	level->operand = false;
	level->after_not = level->after_as = level->after_dot = level->item_start = false;
	level->star = token->kind == TOKEN_STAR ||
	              (token->word == WORD_COLUMNS && scan_peek(parser, 1)->kind == TOKEN_LEFT);
	return scan_take(parser, 0, span, token->kind == TOKEN_STAR ? SQL_STAR : SQL_NAME);
}

/* At the start of a query, or behind one in parentheses. */
static int start_token(struct query_parser *parser, struct span *span)
{
	const struct query_token *last = scan_previous(parser);

	if (last && last->kind == TOKEN_RIGHT)
		return scan_is_set_operator(scan_peek(parser, 0)->word)
		               ? scan_set_operator(parser, span)
		               : scan_take(parser, 0, span, SQL_STRAY);
	switch (scan_peek(parser, 0)->word) {
	case WORD_SELECT:
		return scan_enter(parser, 0, span, PLACE_SELECT, SQL_SELECT);
	case WORD_FROM:
		return scan_enter(parser, 0, span, PLACE_FROM, SQL_FROM);
	case WORD_WITH: {
		bool recursive = scan_peek(parser, 1)->word == WORD_RECURSIVE &&
		                 query_token_names(scan_peek(parser, 2)) &&
		                 scan_peek(parser, 2)->word != WORD_AS;

		return scan_enter(parser, recursive, span, PLACE_WITH,
		                  recursive ? SQL_WITH_RECURSIVE : SQL_WITH);
	}
	case WORD_ALL:
	case WORD_DISTINCT:
		if (last && scan_is_set_operator(last->word))
			return scan_take(parser, 0, span,
			                 scan_peek(parser, 0)->word == WORD_ALL ? SQL_ALL
			                                                        : SQL_DISTINCT);
		break;
	default:
		break;
	}
	return scan_take(parser, 0, span, SQL_STRAY);
}

int query_next_token(struct query_parser *parser, struct span *span)
{
	const struct query_token *token = scan_peek(parser, 0);
	struct query_level *level = scan_top(parser);

	*span = token->span;
	if (token->kind == TOKEN_END)
		return SQL_END;
	if (query_token_opens(token))
		return open_bracket(parser, span);
	if (query_token_closes(token))
		return close_bracket(parser, span);
	if (level->place == PLACE_GROUPED)
		return scan_take(parser, 0, span, SQL_ANY);
	if (level->place == PLACE_START)
		return start_token(parser, span);
	return level->operand ? scan_operand(parser, span) : scan_behind_operand(parser, span);
}
