/* query_words.c: see query_words.h. */
#include "compiler/query_words.h"

#include "compiler/base/suggest.h"

static const char *const word_texts[] = {
        "",
#define WORD(word) #word,
#include "compiler/query_words.def"
#undef WORD
};

static int compare_folded(struct str text, const char *word)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c >= 'a' && c <= 'z')
			c = (unsigned char)(c - 'a' + 'A');
		if (c != (unsigned char)word[i])
			return c < (unsigned char)word[i] ? -1 : 1;
	}
	return word[text.n] ? -1 : 0;
}

static enum query_word word_find(struct str text)
{
	int low = 1, high = WORD_COUNT - 1;

	while (low <= high) {
		int middle = (low + high) / 2;
		int order = compare_folded(text, word_texts[middle]);

		if (order == 0)
			return (enum query_word)middle;
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return WORD_NONE;
}

bool query_token_opens(const struct query_token *token)
{
	return token->kind == TOKEN_LEFT || token->kind == TOKEN_LEFT_SQUARE ||
	       token->kind == TOKEN_LEFT_CURLY;
}

bool query_token_closes(const struct query_token *token)
{
	return token->kind == TOKEN_RIGHT || token->kind == TOKEN_RIGHT_SQUARE ||
	       token->kind == TOKEN_RIGHT_CURLY;
}

bool query_token_names(const struct query_token *token)
{
	return token->kind == TOKEN_WORD || token->kind == TOKEN_QUOTED;
}

bool word_is_unit(enum query_word word)
{
	switch (word) {
	case WORD_NANOSECOND:
	case WORD_MICROSECOND:
	case WORD_MILLISECOND:
	case WORD_SECOND:
	case WORD_MINUTE:
	case WORD_HOUR:
	case WORD_DAY:
	case WORD_WEEK:
	case WORD_MONTH:
	case WORD_QUARTER:
	case WORD_YEAR:
		return true;
	default:
		return false;
	}
}

bool word_is_restricted(enum query_word word)
{
	static const enum query_word restricted[] = {
	        WORD_ALL,    WORD_AND,      WORD_ANTI,    WORD_ANY,      WORD_ARRAY,
	        WORD_AS,     WORD_ASOF,     WORD_BETWEEN, WORD_CROSS,    WORD_DIV,
	        WORD_ELSE,   WORD_EXCEPT,   WORD_FINAL,   WORD_FORMAT,   WORD_FROM,
	        WORD_FULL,   WORD_GLOBAL,   WORD_GROUP,   WORD_HAVING,   WORD_ILIKE,
	        WORD_IN,     WORD_INNER,    WORD_INTO,    WORD_JOIN,     WORD_INTERSECT,
	        WORD_LEFT,   WORD_LIKE,     WORD_LIMIT,   WORD_MOD,      WORD_NATURAL,
	        WORD_NOT,    WORD_OFFSET,   WORD_ON,      WORD_ONLY,     WORD_OR,
	        WORD_ORDER,  WORD_PARALLEL, WORD_PASTE,   WORD_PREWHERE, WORD_QUALIFY,
	        WORD_REGEXP, WORD_RIGHT,    WORD_SAMPLE,  WORD_SEMI,     WORD_SETTINGS,
	        WORD_UNION,  WORD_USING,    WORD_WHERE,   WORD_WINDOW,   WORD_WITH,
	};

	for (size_t i = 0; i < sizeof(restricted) / sizeof(*restricted); i++)
		if (restricted[i] == word)
			return true;
	return false;
}

struct str query_word_near(struct str text)
{
	static const enum query_word worth[] = {
	        WORD_SELECT, WORD_FROM,   WORD_WHERE,    WORD_PREWHERE, WORD_GROUP, WORD_HAVING,
	        WORD_ORDER,  WORD_LIMIT,  WORD_SETTINGS, WORD_UNION,    WORD_FINAL, WORD_SAMPLE,
	        WORD_INNER,  WORD_OFFSET, WORD_WINDOW,   WORD_QUALIFY,  WORD_WITH,  WORD_DISTINCT,
	        WORD_USING,  WORD_ARRAY,  WORD_JOIN,     WORD_BETWEEN,  WORD_LIKE,  WORD_AND,
	};
	struct suggestion suggestion;

	suggest_begin(&suggestion, text);
	for (size_t i = 0; i < sizeof(worth) / sizeof(*worth); i++)
		suggest_offer(&suggestion, str_of(word_texts[worth[i]]));
	return suggestion.best;
}

static bool brackets_fit(enum token_kind left, enum token_kind right)
{
	return (left == TOKEN_LEFT && right == TOKEN_RIGHT) ||
	       (left == TOKEN_LEFT_SQUARE && right == TOKEN_RIGHT_SQUARE) ||
	       (left == TOKEN_LEFT_CURLY && right == TOKEN_RIGHT_CURLY);
}

/* `open` is the innermost bracket that is open; its partner field links to the one around it. */
static bool match_bracket(const struct source_set *sources, struct query_tokens *tokens,
                          uint32_t *open, struct diag_list *diags)
{
	struct query_token *items = tokens->list.items;
	uint32_t self = (uint32_t)tokens->list.count - 1;
	struct query_token *token = &items[self];
	struct query_token *left = *open == UINT32_MAX ? NULL : &items[*open];
	struct diag *diag;

	if (query_token_opens(token)) {
		token->partner = *open;
		*open = self;
		return true;
	}
	if (!query_token_closes(token))
		return true;
	if (left && brackets_fit(left->kind, token->kind)) {
		uint32_t around = left->partner;

		left->partner = self;
		token->partner = *open;
		*open = around;
		return true;
	}
	if (diags) {
		struct str text = span_text(sources, token->span);

		diag = diag_add(diags, BF061, token->span, "'%.*s' closes nothing", STR_ARG(text));
		if (left)
			diag_note(diags, diag, left->span, "this bracket is still open");
	}
	return false;
}

static bool tokens_fill(const struct source_set *sources, struct lexer *lexer, struct arena *arena,
                        struct diag_list *diags, struct query_tokens *tokens)
{
	uint32_t open = UINT32_MAX;

	for (;;) {
		struct token token = lexer_next(lexer);
		struct query_token *out;

		if (token.kind == TOKEN_ERROR)
			return false;
		out = list_add(arena, &tokens->list);
		out->kind = token.kind;
		out->span = token.span;
		if (token.kind == TOKEN_WORD)
			out->word = word_find(span_text(sources, token.span));
		if (token.kind == TOKEN_END)
			break;
		if (!match_bracket(sources, tokens, &open, diags))
			return false;
	}
	if (open == UINT32_MAX)
		return true;
	if (diags) {
		struct span at = tokens->list.items[open].span;

		diag_add(diags, BF061, at, "'%.*s' is never closed",
		         STR_ARG(span_text(sources, at)));
	}
	return false;
}

bool query_tokens_read(const struct source_set *sources, struct span span, struct arena *arena,
                       struct diag_list *diags, struct query_tokens *tokens)
{
	struct lexer lexer;
	bool fine;

	memset(tokens, 0, sizeof(*tokens));
	lexer_init(&lexer, sources->list.items[span.file], span.begin, span.end, diags);
	fine = tokens_fill(sources, &lexer, arena, diags, tokens);
	lexer_release(&lexer);
	return fine;
}
