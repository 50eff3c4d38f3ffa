/* query_functions.c: what a query calls. */
#include "compiler/query.h"

#include "compiler/query_words.h"

/* Words that a parenthesis follows without being called. */
static bool is_call_word(const struct query_token *token)
{
	switch (token->word) {
	case WORD_LEFT:
	case WORD_RIGHT:
	case WORD_REPLACE:
	case WORD_ANY:
	case WORD_MOD:
	case WORD_NULL:
	case WORD_FORMAT:
	case WORD_LIKE:
	case WORD_ILIKE:
	case WORD_NOT:
	case WORD_SECOND:
	case WORD_MINUTE:
	case WORD_HOUR:
	case WORD_DAY:
	case WORD_WEEK:
	case WORD_MONTH:
	case WORD_QUARTER:
	case WORD_YEAR:
	case WORD_VALUES:
	case WORD_COLUMNS:
		return true;
	case WORD_BY:
	case WORD_CASE:
	case WORD_DISTINCT:
	case WORD_END:
	case WORD_INTERVAL:
	case WORD_INTERPOLATE:
	case WORD_IS:
	case WORD_OVER:
	case WORD_FILTER:
	case WORD_SELECT:
	case WORD_THEN:
	case WORD_WHEN:
	case WORD_STRICT:
	case WORD_APPLY:
	case WORD_ROLLUP:
	case WORD_CUBE:
	case WORD_SETS:
		return false;
	default:
		return !word_is_restricted(token->word);
	}
}

/* A call, and not a type behind `::` or AS, nor an alias's column list. */
static bool is_call(const struct source_set *sources, const struct query_token *tokens, size_t i)
{
	if (!query_token_names(&tokens[i]) || tokens[i + 1].kind != TOKEN_LEFT)
		return false;
	if (i > 0 && (tokens[i - 1].word == WORD_AS || tokens[i - 1].kind == TOKEN_DOT ||
	              (tokens[i - 1].kind == TOKEN_OPERATOR &&
	               str_is(span_text(sources, tokens[i - 1].span), "::"))))
		return false;
	return is_call_word(&tokens[i]);
}

void query_functions(const struct source_set *sources, struct span span, struct arena *arena,
                     struct function_calls *calls)
{
	struct query_tokens tokens;
	struct arena scratch;

	memset(calls, 0, sizeof(*calls));
	arena_init(&scratch);
	if (!query_tokens_read(sources, span, &scratch, NULL, &tokens))
		tokens.list.count = 0;
	for (size_t i = 0; i + 1 < tokens.list.count; i++) {
		struct function_call *call;
		struct str text;

		if (!is_call(sources, tokens.list.items, i))
			continue;
		text = span_text(sources, tokens.list.items[i].span);
		if (tokens.list.items[i].kind == TOKEN_QUOTED)
			text = token_unquote(text, arena);
		call = list_add(arena, &calls->list);
		call->name = text;
		call->span = tokens.list.items[i].span;
	}
	arena_release(&scratch);
}
