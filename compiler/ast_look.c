#include "compiler/ast_build.h"

static struct str text_of(const struct parse *parse, const struct token *token)
{
	return span_text(parse->sources, token->span);
}

static bool is_word(const struct parse *parse, const struct token *token, const char *word)
{
	return token->kind == TOKEN_WORD && str_ieq(text_of(parse, token), str_of(word));
}

static bool is_name(const struct token *token)
{
	return token->kind == TOKEN_WORD || token->kind == TOKEN_QUOTED;
}

/* Only blanks between the token and the beginning of its line? */
static bool begins_line(const struct parse *parse, const struct token *token)
{
	const char *text = parse->source->text.p;

	for (uint32_t i = token->span.begin; i > 0; i--) {
		if (text[i - 1] == '\n')
			return true;
		if (text[i - 1] != ' ' && text[i - 1] != '\t')
			return false;
	}
	return true;
}

/*
 * Do these three tokens begin a statement? Only what cannot be SQL counts: `source x FROM`
 * may be a column with an alias, `source x as` cannot.
 */
static bool begins_statement(const struct parse *parse, const struct token *t)
{
	bool object = is_word(parse, &t[1], "table") || is_word(parse, &t[1], "view");
	bool named = is_name(&t[2]) && !is_word(parse, &t[2], "from");
	bool name = is_name(&t[1]) && !is_word(parse, &t[1], "as");

	if (t[0].kind != TOKEN_WORD)
		return false;
	if (is_word(parse, &t[0], "backfill") || is_word(parse, &t[0], "external") ||
	    is_word(parse, &t[0], "ignore") || is_word(parse, &t[0], "create"))
		return object && named;
	if (is_word(parse, &t[0], "view"))
		return name && is_word(parse, &t[2], "to");
	if (is_word(parse, &t[0], "table"))
		return name && t[2].kind == TOKEN_LEFT;
	if (is_word(parse, &t[0], "source"))
		return name && is_word(parse, &t[2], "as");
	if (is_word(parse, &t[0], "check"))
		return t[1].kind == TOKEN_STRING && is_word(parse, &t[2], "as");
	return is_word(parse, &t[0], "migration") && is_name(&t[1]) && t[2].kind == TOKEN_STRING;
}

static void report(struct parse *parse, const struct token *token)
{
	struct diag *diag = diag_add(parse->diags, BF014, token->span,
	                             "'%.*s' begins a statement inside of another one",
	                             STR_ARG(text_of(parse, token)));

	diag_hint(parse->diags, diag, "write the ';' that is missing before it");
}

struct sql_look ast_look_at_sql(struct parse *parse, struct span span)
{
	struct sql_look look = {.body_end = span.end};
	struct token last[4] = {0}; /* oldest first */
	unsigned depth = 0;
	struct lexer lexer;
	bool reported = false;

	lexer_init(&lexer, parse->source, span.begin, span.end, NULL);
	do {
		struct token token = lexer_next(&lexer);

		if (token.kind == TOKEN_RIGHT || token.kind == TOKEN_RIGHT_SQUARE ||
		    token.kind == TOKEN_RIGHT_CURLY)
			depth--;
		if (!depth) {
			memmove(last, last + 1, 3 * sizeof(*last));
			last[3] = token;
			if (!look.as.end && !reported && is_word(parse, &last[2], "as") &&
			    (token.kind == TOKEN_LEFT || is_word(parse, &token, "select") ||
			     is_word(parse, &token, "with")))
				look.as = last[2].span;
			if (!look.populate.end && is_word(parse, &token, "populate"))
				look.populate = token.span;
			if (!reported && begins_statement(parse, last + 1) &&
			    begins_line(parse, &last[1])) {
				report(parse, &last[1]);
				reported = true;
			}
		}
		if (token.kind == TOKEN_LEFT || token.kind == TOKEN_LEFT_SQUARE ||
		    token.kind == TOKEN_LEFT_CURLY)
			depth++;
	} while (lexer.token.kind != TOKEN_END && lexer.token.kind != TOKEN_ERROR);
	lexer_release(&lexer);
	/* … something, COMMENT, '…', the end */
	if (is_word(parse, &last[1], "comment") && last[2].kind == TOKEN_STRING &&
	    last[0].kind != TOKEN_END) {
		look.comment = last[2].span;
		look.body_end = last[0].span.end;
	}
	return look;
}
