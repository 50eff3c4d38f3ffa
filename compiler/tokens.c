#include "compiler/tokens.h"

void tokens_read(const struct source_set *sources, struct span span, struct arena *arena,
                 struct tokens *out)
{
	struct {
		LIST_OF(struct token) list;
	} found = {0};
	struct lexer lexer;
	struct token token;

	*out = (struct tokens){.sources = sources};
	lexer_init(&lexer, sources->list.items[span.file], span.begin, span.end, NULL);
	do {
		token = lexer_next(&lexer);
		*list_add(arena, &found.list) = token;
	} while (token.kind != TOKEN_END && token.kind != TOKEN_ERROR);
	lexer_release(&lexer);
	out->items = found.list.items;
	out->count = found.list.count - 1;
	out->items[out->count] = (struct token){TOKEN_END, {span.file, span.end, span.end}};
	out->depth = arena_array(arena, uint32_t, out->count + 1);
	for (size_t i = 0; i < out->count; i++) {
		enum token_kind kind = out->items[i].kind;
		uint32_t depth = out->depth[i];

		if (kind == TOKEN_LEFT || kind == TOKEN_LEFT_SQUARE || kind == TOKEN_LEFT_CURLY)
			out->depth[i + 1] = depth + 1;
		else if (kind == TOKEN_RIGHT || kind == TOKEN_RIGHT_SQUARE ||
		         kind == TOKEN_RIGHT_CURLY)
			out->depth[i + 1] = depth ? depth - 1 : 0;
		else
			out->depth[i + 1] = depth;
	}
}

struct str token_text(const struct tokens *tokens, size_t i)
{
	return span_text(tokens->sources, tokens->items[i].span);
}

bool token_is_word(const struct tokens *tokens, size_t i, const char *word)
{
	struct str text;

	if (i >= tokens->count || tokens->items[i].kind != TOKEN_WORD)
		return false;
	text = token_text(tokens, i);
	/* Every token is held against dozens of words, and most differ in the first letter. */
	return ((text.p[0] ^ word[0]) & ~0x20) == 0 && str_ieq(text, str_of(word));
}

bool token_is_name(const struct tokens *tokens, size_t i)
{
	return i < tokens->count &&
	       (tokens->items[i].kind == TOKEN_WORD || tokens->items[i].kind == TOKEN_QUOTED);
}

struct str token_meaning(const struct tokens *tokens, size_t i, struct arena *arena)
{
	struct str text = token_text(tokens, i);
	enum token_kind kind = tokens->items[i].kind;

	if (kind == TOKEN_QUOTED || kind == TOKEN_STRING)
		return token_unquote(text, arena);
	return text;
}

/* Words behind which an expression goes on. */
static const char *const operator_words[] = {
        "and",  "or",   "not",  "in",   "like",  "ilike", "between", "is",  "div",      "mod",
        "when", "then", "else", "case", "where", "set",   "by",      "key", "interval",
};

bool token_ends_operand(const struct tokens *tokens, size_t i)
{
	switch (tokens->items[i].kind) {
	case TOKEN_WORD:
		for (size_t k = 0; k < sizeof(operator_words) / sizeof(*operator_words); k++)
			if (token_is_word(tokens, i, operator_words[k]))
				return false;
		return true;
	case TOKEN_QUOTED:
	case TOKEN_STRING:
	case TOKEN_HEREDOC:
	case TOKEN_NUMBER:
	case TOKEN_PARAM:
	case TOKEN_RIGHT:
	case TOKEN_RIGHT_SQUARE:
	case TOKEN_RIGHT_CURLY:
	case TOKEN_STAR:
		return true;
	default:
		return false;
	}
}

size_t tokens_skip_group(const struct tokens *tokens, size_t i)
{
	uint32_t depth = tokens->depth[i];

	for (i++; i < tokens->count; i++)
		if (tokens->depth[i + 1] == depth)
			return i + 1;
	return tokens->count;
}

struct span tokens_span(const struct tokens *tokens, size_t begin, size_t end)
{
	if (begin >= end) {
		struct span at = tokens->items[begin].span;

		return (struct span){at.file, at.begin, at.begin};
	}
	return span_join(tokens->items[begin].span, tokens->items[end - 1].span);
}
