#include "grammar/parse_rules.h"

#include "compiler/base/buf.h"
#include "compiler/base/suggest.h"
#include "grammar/parse.h"

static struct str text_of(const struct parse *parse, struct span span)
{
	return span_text(parse->sources, span);
}

/* --- the scanner's tokens as bison's ------------------------------------------------------- */

static bool opens(enum token_kind kind)
{
	return kind == TOKEN_LEFT || kind == TOKEN_LEFT_SQUARE || kind == TOKEN_LEFT_CURLY;
}

/* The kind that a closing bracket closes; TOKEN_END: not a closing bracket. */
static enum token_kind closes(enum token_kind kind)
{
	switch (kind) {
	case TOKEN_RIGHT:
		return TOKEN_LEFT;
	case TOKEN_RIGHT_SQUARE:
		return TOKEN_LEFT_SQUARE;
	case TOKEN_RIGHT_CURLY:
		return TOKEN_LEFT_CURLY;
	default:
		return TOKEN_END;
	}
}

static void follow_brackets(struct parse *parse)
{
	enum token_kind kind = parse->token.kind;
	size_t count = parse->brackets.count;

	parse->mismatch = false;
	if (opens(kind)) {
		*list_add(parse->arena, &parse->brackets) = parse->token;
	} else if (closes(kind) != TOKEN_END) {
		if (count && parse->brackets.items[count - 1].kind == closes(kind))
			parse->brackets.count--;
		else
			parse->mismatch = true;
	}
}

static int word_token(const struct parse *parse, struct span span)
{
	const struct keyword *keyword = keyword_find(&parse->keywords, text_of(parse, span));

	return keyword ? keyword->token : WORD;
}

static int operator_token(const struct parse *parse, struct span span)
{
	struct str text = text_of(parse, span);

	return str_is(text, "+") ? PLUS : str_is(text, "-") ? MINUS : OPERATOR;
}

int parse_next_token(struct parse *parse, struct span *span)
{
	static const int tokens[] = {
	        [TOKEN_END] = END,
	        [TOKEN_ERROR] = BF_error,
	        [TOKEN_QUOTED] = QUOTED,
	        [TOKEN_STRING] = STRING,
	        [TOKEN_HEREDOC] = HEREDOC,
	        [TOKEN_NUMBER] = NUMBER,
	        [TOKEN_PARAM] = PARAM,
	        [TOKEN_LEFT] = LEFT,
	        [TOKEN_RIGHT] = RIGHT,
	        [TOKEN_LEFT_SQUARE] = LEFT_SQUARE,
	        [TOKEN_RIGHT_SQUARE] = RIGHT_SQUARE,
	        [TOKEN_LEFT_CURLY] = LEFT_CURLY,
	        [TOKEN_RIGHT_CURLY] = RIGHT_CURLY,
	        [TOKEN_COMMA] = COMMA,
	        [TOKEN_SEMICOLON] = SEMICOLON,
	        [TOKEN_DOT] = DOT,
	        [TOKEN_EQUALS] = EQUALS,
	        [TOKEN_STAR] = STAR,
	};

	/* Brackets that a statement left open do not count for the next one. */
	if (parse->token.kind == TOKEN_SEMICOLON) {
		parse->brackets.count = 0;
		parse->lexer.depth = 0;
	}
	/* A text with this many errors is none of ours: the rest of it is not read. */
	if (parse->diags->list.count == DIAG_MAX)
		parse->lexer.ended = true;
	parse->previous = parse->token;
	parse->token = lexer_next(&parse->lexer);
	*span = parse->token.span;
	follow_brackets(parse);
	if (parse->token.kind == TOKEN_WORD)
		return word_token(parse, *span);
	if (parse->token.kind == TOKEN_OPERATOR)
		return operator_token(parse, *span);
	return tokens[parse->token.kind];
}

/* --- errors ---------------------------------------------------------------------------------- */

static bool is_word(const struct parse *parse)
{
	return parse->token.kind == TOKEN_WORD;
}

static bool has(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* What an error calls the token that is wrong; long ones are cut. */
static const char *found(const struct parse *parse)
{
	enum { SHOWN_BYTES_MAX = 40 };
	struct str text = text_of(parse, parse->token.span);
	size_t n = text.n;

	if (parse->token.kind == TOKEN_END)
		return "the end of the file";
	if (n <= SHOWN_BYTES_MAX && parse->token.kind == TOKEN_STRING)
		return arena_printf(parse->arena, "%.*s", STR_ARG(text));
	if (n <= SHOWN_BYTES_MAX)
		return arena_printf(parse->arena, "'%.*s'", STR_ARG(text));
	for (n = SHOWN_BYTES_MAX; n && ((unsigned char)text.p[n] & 0xC0) == 0x80;)
		n--;
	return arena_printf(parse->arena, "'%.*s…'", (int)n, text.p);
}

static const struct keyword *keyword_of(const struct parse *parse, const char *name)
{
	return keyword_find(&parse->keywords, str_of(name));
}

/* The nearest of the expected words; n == 0: none. */
static struct str nearest(const struct parse *parse, const char *const *expected, size_t count)
{
	struct suggestion suggestion;

	suggest_begin(&suggestion, text_of(parse, parse->token.span));
	for (size_t i = 0; i < count; i++)
		if (keyword_of(parse, expected[i]))
			suggest_offer(&suggestion, str_of(expected[i]));
	return suggestion.best;
}

struct phrase {
	struct buf text;
	size_t count;
	const char *last;
};

enum { PHRASE_WORDS_MAX = 6 };

static void phrase_flush(struct phrase *phrase, const char *separator)
{
	if (!phrase->last)
		return;
	if (phrase->count++)
		buf_addz(&phrase->text, separator);
	buf_addz(&phrase->text, phrase->last);
	phrase->last = NULL;
}

static void phrase_add(struct phrase *phrase, const char *word)
{
	if (phrase->count + 1 >= PHRASE_WORDS_MAX)
		return;
	phrase_flush(phrase, ", ");
	phrase->last = word;
}

/*
 * The one word that belongs where the grammar also takes what it then refuses (a view without
 * `to`), or what SHOW CREATE prints and nobody writes (UUID, DEFINER); NULL: list them all.
 */
static const char *only_expected(const char *const *expected, size_t count)
{
	static const char *const table[][3] = {
	        {"refresh", "to", "'to'"},
	        {"populate", "as", "'as'"},
	        {"uuid", "(", "'('"},
	        {"live", "table", "'table', 'view' or 'materialized view'"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (has(expected, count, table[i][0]) && has(expected, count, table[i][1]))
			return table[i][2];
	return NULL;
}

/* What else may stand here, so that one phrase stands for several tokens. */
struct others {
	bool any_name;
	bool number;
	bool string;
	bool clauses;
	bool units;
	bool more; /* than the token looked at */
};

/* One expected token, in the words of the language; NULL: said by another one already. */
static const char *wording(const struct parse *parse, const char *name, const struct others *others)
{
	const struct keyword *keyword = keyword_of(parse, name);

	if (!keyword) {
		if (strcmp(name, "a quoted name") == 0 ||
		    (strcmp(name, "a heredoc") == 0 && others->string) ||
		    (strcmp(name, "-") == 0 && others->number) ||
		    (strcmp(name, ".") == 0 && others->more))
			return NULL;
		if (str_starts(str_of(name), STR("a ")) || str_starts(str_of(name), STR("an ")))
			return name;
		return arena_printf(parse->arena, "'%s'", name);
	}
	if (others->any_name || keyword->class == KEYWORD_REFUSED ||
	    (others->clauses && keyword->class == KEYWORD_CLAUSE) ||
	    (others->units && keyword->class == KEYWORD_UNIT))
		return NULL;
	return arena_printf(parse->arena, "'%s'", name);
}

/* "a name, 'to' or ';'": what could stand here. */
static const char *list_expected(const struct parse *parse, const char *const *expected,
                                 size_t count)
{
	struct others others = {
	        .any_name = has(expected, count, "a name"),
	        .number = has(expected, count, "a number"),
	        .string = has(expected, count, "a string"),
	        .more = count > 1,
	};
	struct phrase phrase = {.last = NULL};
	const char *text = others.any_name ? NULL : only_expected(expected, count);

	if (text)
		return text;
	/* Where an operator and a name may stand, anything of SQL may. */
	if (others.any_name && has(expected, count, "an operator"))
		return "SQL";
	others.clauses = !others.any_name && has(expected, count, "split");
	others.units = !others.any_name && has(expected, count, "second");
	buf_init(&phrase.text, 4096);
	if (others.units)
		phrase_add(&phrase, "a unit of time");
	for (size_t i = 0; i < count; i++) {
		const char *word = wording(parse, expected[i], &others);

		if (word)
			phrase_add(&phrase, word);
	}
	if (others.clauses)
		phrase_add(&phrase, "a clause");
	phrase_flush(&phrase, " or ");
	text = arena_strdup(parse->arena, buf_str(&phrase.text));
	buf_release(&phrase.text);
	return text;
}

static void hint_nearest(struct parse *parse, struct diag *diag, struct str word)
{
	if (word.n)
		diag_hint(parse->diags, diag, "did you mean '%.*s'?", STR_ARG(word));
}

static void report_unbalanced(struct parse *parse)
{
	size_t count = parse->brackets.count;
	struct token open;
	struct diag *diag;

	if (!count) {
		diag = diag_add(parse->diags, BF015, parse->token.span, "%s closes nothing",
		                found(parse));
		diag_hint(parse->diags, diag, "take it out, or write the bracket that it closes");
		return;
	}
	open = parse->brackets.items[count - 1];
	diag = diag_add(parse->diags, BF015, open.span, "'%.*s' is not closed",
	                STR_ARG(text_of(parse, open.span)));
	diag_hint(parse->diags, diag, "write '%s' where it ends",
	          open.kind == TOKEN_LEFT          ? ")"
	          : open.kind == TOKEN_LEFT_SQUARE ? "]"
	                                           : "}");
	diag_note(parse->diags, diag, parse->token.span, "%s comes first", found(parse));
}

static void report_statement(struct parse *parse)
{
	static const char *const sql[] = {"insert", "alter",  "drop",     "select",  "attach",
	                                  "detach", "rename", "with",     "grant",   "optimize",
	                                  "set",    "system", "truncate", "exchange"};
	struct str word = text_of(parse, parse->token.span);
	struct suggestion suggestion;
	struct diag *diag;

	if (!is_word(parse)) {
		diag = diag_add(parse->diags, BF016, parse->token.span,
		                "no statement begins with %s", found(parse));
		diag_hint(parse->diags, diag, "a statement begins with a word, e.g. `table`");
		return;
	}
	diag = diag_add(parse->diags, BF016, parse->token.span, "no statement begins with %s",
	                found(parse));
	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
		if (!str_ieq(word, str_of(sql[i])))
			continue;
		diag_hint(parse->diags, diag,
		          "a migration says what has to stand in the end; run this statement "
		          "with clickhouse-client");
		return;
	}
	suggest_begin(&suggestion, word);
	for (size_t i = 0; i < keyword_count(); i++)
		if (keyword_at(i)->class == KEYWORD_STATEMENT)
			suggest_offer(&suggestion, str_of(keyword_at(i)->text));
	if (suggestion.best.n)
		hint_nearest(parse, diag, suggestion.best);
	else
		diag_hint(parse->diags, diag, "`bfc explain BF016` lists the statements");
}

/* Is the token the first one of its line? */
static bool begins_line(const struct parse *parse)
{
	struct span between = {parse->source->id, parse->previous.span.end,
	                       parse->token.span.begin};

	return str_find(text_of(parse, between), STR("\n")) >= 0;
}

static bool lacks_semicolon(const struct parse *parse)
{
	const struct keyword *keyword;

	if (parse->token.kind == TOKEN_END)
		return true;
	if (!is_word(parse) || !begins_line(parse))
		return false;
	keyword = keyword_find(&parse->keywords, text_of(parse, parse->token.span));
	return keyword && keyword->class == KEYWORD_STATEMENT;
}

static void report_missing_semicolon(struct parse *parse)
{
	uint32_t end = parse->previous.span.end;
	struct span place = {parse->source->id, end, end};
	struct diag *diag =
	        diag_add(parse->diags, BF014, place, "this statement has no ';' at its end");

	if (parse->token.kind == TOKEN_END)
		diag_hint(parse->diags, diag, "the last statement needs one too");
	else
		diag_note(parse->diags, diag, parse->token.span, "another statement begins here");
}

void parse_report_syntax(struct parse *parse, struct span span, const char *const *expected,
                         size_t count)
{
	bool clauses = has(expected, count, "split") && !has(expected, count, "a name") &&
	               !has(expected, count, "second");
	struct diag *diag;

	if (parse->mismatch || (parse->brackets.count && (parse->token.kind == TOKEN_SEMICOLON ||
	                                                  parse->token.kind == TOKEN_END))) {
		report_unbalanced(parse);
		return;
	}
	if (parse->previous.kind == TOKEN_SEMICOLON) {
		report_statement(parse);
		return;
	}
	if (has(expected, count, ";") && lacks_semicolon(parse)) {
		report_missing_semicolon(parse);
		return;
	}
	if (clauses && is_word(parse))
		diag = diag_add(parse->diags, BF018, span, "no clause begins with %s",
		                found(parse));
	else
		diag = diag_add(parse->diags, BF013, span, "expected %s, not %s",
		                list_expected(parse, expected, count), found(parse));
	if (is_word(parse))
		hint_nearest(parse, diag, nearest(parse, expected, count));
}

void parse_report_too_deep(struct parse *parse, struct span span)
{
	struct diag *diag =
	        diag_add(parse->diags, BF011, span, "this statement is nested too deep to be read");

	diag_hint(parse->diags, diag, "nothing after this place was read; split the statement up");
}
