/* query_errors.c: syntax errors inside SQL, in words. */
#include "compiler/query_parse.h"

#include "compiler/base/buf.h"

static bool any_is(const char *const *expected, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(expected[i], name) == 0)
			return true;
	return false;
}

/* Tokens that could always come: naming them would hide those that matter. */
static bool is_noise(const char *name, bool operand)
{
	static const char *const always[] = {
	        "an operator",
	        "a word behind an operand",
	        ".",
	        "OVER",
	        "an alias",
	        "a subquery",
	        "a SELECT in parentheses",
	        "tables in parentheses",
	        "anything",
	        "nothing that is known here",
	        "the sample's OFFSET",
	        "WITH RECURSIVE",
	};
	static const char *const of_operand[] = {"a name", "a literal", "*", "("};

	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		if (strcmp(name, always[i]) == 0)
			return true;
	for (size_t i = 0; operand && i < sizeof(of_operand) / sizeof(*of_operand); i++)
		if (strcmp(name, of_operand[i]) == 0)
			return true;
	return false;
}

static void add_expected(struct buf *out, const char *const *expected, size_t count)
{
	enum { EXPECTED_MAX = 12 };
	bool operand = any_is(expected, count, "a literal");
	size_t shown = operand;

	if (operand)
		buf_addz(out, "an expression");
	for (size_t i = 0; i < count; i++) {
		if (is_noise(expected[i], operand))
			continue;
		if (shown == EXPECTED_MAX) {
			buf_addz(out, ", …");
			break;
		}
		buf_addf(out, "%s%s", shown++ ? ", " : "", expected[i]);
	}
}

/* A misspelt keyword was read as an alias, so the complaint comes one word later. */
static struct str misspelt(const struct query_parser *parser, struct span span, struct str *meant)
{
	for (size_t i = 0; i < parser->count; i++) {
		const struct query_token *token = &parser->tokens[i];

		if (token->span.begin != span.begin)
			continue;
		for (size_t back = 0; back < 2 && back <= i; back++) {
			const struct query_token *word = token - back;
			struct str text = span_text(parser->sources, word->span);

			if (word->kind != TOKEN_WORD || word->word != WORD_NONE || text.n < 3)
				continue;
			*meant = query_word_near(text);
			if (meant->n)
				return text;
		}
		break;
	}
	return (struct str){0};
}

void query_syntax_error(struct query_parser *parser, struct span span, bool at_end,
                        const char *const *expected, size_t count)
{
	struct str text = span_text(parser->sources, span), meant, word;
	struct buf wanted;
	struct diag *diag;

	buf_init(&wanted, 4096);
	add_expected(&wanted, expected, count);
	if (at_end)
		diag = diag_add(parser->diags, BF060, span, "the query ends too early");
	else
		diag = diag_add(parser->diags, BF060, span, "'%.*s' is not expected here",
		                STR_ARG(text));
	word = misspelt(parser, span, &meant);
	if (word.n)
		diag_hint(parser->diags, diag, "did you mean '%.*s' in place of '%.*s'?",
		          STR_ARG(meant), STR_ARG(word));
	else if (wanted.size)
		diag_hint(parser->diags, diag, "expected: %.*s", STR_ARG(buf_str(&wanted)));
	buf_release(&wanted);
}

void query_too_deep(struct query_parser *parser, struct span span)
{
	struct diag *diag = diag_add(parser->diags, BF063, span, "the query is nested too deep");

	diag_hint(parser->diags, diag, "name its parts in a WITH");
}
