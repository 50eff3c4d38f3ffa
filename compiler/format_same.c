#include "compiler/format.h"

#include "compiler/format_internal.h"
#include "grammar/lex.h"

/* A text and how far it was read. */
struct reader {
	struct source source;
	struct lexer lexer;
	struct token token;
	uint32_t gap; /* before the token: where it begins */
};

static void reader_init(struct reader *reader, struct str text)
{
	*reader = (struct reader){.source = {.path = "", .text = text.p ? text : STR("")}};
	lexer_init(&reader->lexer, &reader->source, 0, (uint32_t)text.n, NULL);
}

/* A `;` behind nothing but another one is no token: it may go. */
static void reader_next(struct reader *reader)
{
	bool statement_begins =
	        reader->token.span.end == 0 || reader->token.kind == TOKEN_SEMICOLON;

	reader->gap = reader->token.span.end;
	do
		reader->token = lexer_next(&reader->lexer);
	while (statement_begins && reader->token.kind == TOKEN_SEMICOLON);
}

/* The comments of the gaps before two tokens. */
static bool same_comments(const struct reader *a, const struct reader *b)
{
	struct str text_a = a->source.text, text_b = b->source.text;
	uint32_t at_a = a->gap, at_b = b->gap;

	for (;;) {
		struct gap_item item_a = gap_next(text_a, at_a, a->token.span.begin);
		struct gap_item item_b = gap_next(text_b, at_b, b->token.span.begin);
		bool end_a = item_a.begin == item_a.end, end_b = item_b.begin == item_b.end;

		if (end_a || end_b)
			return end_a && end_b;
		if (!str_eq(gap_comment(text_a, &item_a), gap_comment(text_b, &item_b)))
			return false;
		at_a = item_a.end;
		at_b = item_b.end;
	}
}

static bool same_token(const struct reader *a, const struct reader *b)
{
	struct str text_a = {a->source.text.p + a->token.span.begin,
	                     a->token.span.end - a->token.span.begin};
	struct str text_b = {b->source.text.p + b->token.span.begin,
	                     b->token.span.end - b->token.span.begin};

	if (a->token.kind != b->token.kind)
		return false;
	return a->token.kind == TOKEN_WORD ? str_ieq(text_a, text_b) : str_eq(text_a, text_b);
}

bool format_same(struct str a, struct str b)
{
	struct reader left, right;
	bool same;

	reader_init(&left, a);
	reader_init(&right, b);
	do {
		reader_next(&left);
		reader_next(&right);
		same = same_token(&left, &right) && same_comments(&left, &right);
	} while (same && left.token.kind != TOKEN_END && left.token.kind != TOKEN_ERROR);
	lexer_release(&left.lexer);
	lexer_release(&right.lexer);
	return same;
}
