#include "grammar/lex.h"

#include "compiler/base/sqltext.h"
#include "grammar/lex_rules.h"
#include "grammar/scan.h"

void lexer_init(struct lexer *lexer, const struct source *source, uint32_t begin, uint32_t end,
                struct diag_list *diags)
{
	enum { WINDOW_BYTES = 16384, WINDOW_BYTES_MIN = 64 };
	uint32_t window = end - begin + 2;

	if (window > WINDOW_BYTES)
		window = WINDOW_BYTES;
	if (window < WINDOW_BYTES_MIN)
		window = WINDOW_BYTES_MIN;
	*lexer = (struct lexer){
	        .source = source,
	        .diags = diags,
	        .base = begin,
	        .end = end,
	        .fed = begin,
	        .at = begin,
	};
	if (scan_yylex_init_extra(lexer, &lexer->scanner))
		out_of_memory();
	scan_yy_switch_to_buffer(scan_yy_create_buffer(NULL, (int)window, lexer->scanner),
	                         lexer->scanner);
}

void lexer_release(struct lexer *lexer)
{
	if (lexer->scanner)
		scan_yylex_destroy(lexer->scanner);
	lexer->scanner = NULL;
}

struct token lexer_next(struct lexer *lexer)
{
	enum token_kind kind = TOKEN_END;

	if (!lexer->ended)
		kind = (enum token_kind)scan_yylex(lexer->scanner);
	if (kind == TOKEN_END) {
		lexer->ended = true;
		lexer->start = lexer->at = lexer->end;
	}
	lexer->token = (struct token){
	        .kind = kind,
	        .span = {lexer->source->id, lexer->start, lexer->at},
	};
	return lexer->token;
}

size_t lexer_fill(struct lexer *lexer, char *buffer, size_t max)
{
	size_t n = lexer->end - lexer->fed;

	if (n > max)
		n = max;
	memcpy(buffer, lexer->source->text.p + lexer->fed, n);
	lexer->fed += (uint32_t)n;
	return n;
}

_Noreturn void lexer_fatal(const char *text)
{
	/* flex calls it when it has no memory; every other cause is ruled out by nodefault. */
	(void)text;
	out_of_memory();
}

static struct span token_span(const struct lexer *lexer, uint32_t bytes)
{
	uint32_t end = lexer->start + bytes;

	return (struct span){lexer->source->id, lexer->start, end < lexer->end ? end : lexer->end};
}

enum token_kind lexer_unterminated(struct lexer *lexer, enum diag_code code, uint32_t opening)
{
	static const char *const hints[][2] = {
	        {"string", "write the closing `'`; inside a string a quote is '' or \\'"},
	        {"quoted name", "write the closing quote, the same as the opening one"},
	        {"comment", "write `*/`; comments do not nest"},
	        {"heredoc", "write the tag that opened it once more at its end"},
	        {"query parameter", "a parameter is {name:Type}, e.g. {bucket:String}"},
	};
	unsigned which = (unsigned)code - (unsigned)BF005;
	struct diag *diag;

	/* A `;` or `{` inside a parameter shows where it should have ended; the text goes on. */
	if (lexer->at >= lexer->end)
		lexer->ended = true;
	if (!lexer->diags)
		return TOKEN_ERROR;
	diag = diag_add(lexer->diags, code, token_span(lexer, opening), "this %s has no end",
	                hints[which][0]);
	diag_hint(lexer->diags, diag, "%s", hints[which][1]);
	return TOKEN_ERROR;
}

/* A typed quote or dash that a word processor made "nicer". */
static const char *typographic(struct str text)
{
	static const struct {
		const char *bytes;
		const char *hint;
	} table[] = {
	        {"\xE2\x80\x98", "this is a typographic quote; write '"},
	        {"\xE2\x80\x99", "this is a typographic quote; write '"},
	        {"\xE2\x80\x9C",
	         "this is a typographic quote; write ' for a string, \" for a name"},
	        {"\xE2\x80\x9D",
	         "this is a typographic quote; write ' for a string, \" for a name"},
	        {"\xE2\x80\x93", "this is a dash; write -"},
	        {"\xE2\x80\x94", "this is a dash; write -- for a comment"},
	        {"\xE2\x88\x92", "this is a minus sign of another alphabet; write -"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (str_is(text, table[i].bytes))
			return table[i].hint;
	return NULL;
}

static void report_stray(struct lexer *lexer)
{
	struct span span = {lexer->source->id, lexer->start, lexer->at};
	struct str text = {lexer->source->text.p + span.begin, span.end - span.begin};
	unsigned char first = (unsigned char)text.p[0];
	const char *hint = typographic(text);
	struct diag *diag;

	if (!first) {
		diag = diag_add(lexer->diags, BF004, span, "a NUL byte");
		diag_hint(lexer->diags, diag, "a .bf file is UTF-8 text; is this one binary?");
		return;
	}
	if (first < ' ' || first == 0x7F || (first >= 0x80 && text.n == 1))
		diag = diag_add(lexer->diags, BF010, span, "a stray byte 0x%02X", first);
	else
		diag = diag_add(lexer->diags, BF010, span, "a stray '%.*s'", STR_ARG(text));
	if (hint)
		diag_hint(lexer->diags, diag, "%s", hint);
	else if (first == '#')
		diag_hint(lexer->diags, diag, "a comment is `-- text`, `# text` or `/* text */`");
	else if (first >= 0x80)
		diag_hint(lexer->diags, diag,
		          "a name with such characters stands in backticks, a string in '…'");
	else
		diag_hint(lexer->diags, diag, "no ClickHouse operator begins so; take it out");
}

bool lexer_stray(struct lexer *lexer)
{
	bool first = lexer->stray_end != lexer->start || lexer->token.kind != TOKEN_ERROR;

	lexer->stray_end = lexer->at;
	if (!first)
		return false;
	if (lexer->diags)
		report_stray(lexer);
	return true;
}

void lexer_malformed_number(struct lexer *lexer)
{
	struct span span = {lexer->source->id, lexer->start, lexer->at};
	struct diag *diag;

	if (!lexer->diags)
		return;
	diag = diag_add(lexer->diags, BF012, span, "a malformed number '%.*s'",
	                (int)(span.end - span.begin), lexer->source->text.p + span.begin);
	diag_hint(lexer->diags, diag,
	          "numbers look like 10, 1_000, 1.5e3, 0x1F, 0b101, or 10Mi for a size");
}

enum token_kind lexer_open_too_deep(struct lexer *lexer)
{
	struct span span = {lexer->source->id, lexer->at - 1, lexer->at};
	struct diag *diag;

	lexer->ended = true;
	if (!lexer->diags)
		return TOKEN_ERROR;
	diag = diag_add(lexer->diags, BF011, span, "brackets nested more than %d deep",
	                (int)NESTING_MAX);
	diag_hint(lexer->diags, diag, "nothing after this place was read; is a `)` missing?");
	return TOKEN_ERROR;
}

enum token_kind lexer_open(struct lexer *lexer, enum token_kind kind)
{
	if (lexer->depth == NESTING_MAX)
		return lexer_open_too_deep(lexer);
	lexer->depth++;
	return kind;
}

enum token_kind lexer_close(struct lexer *lexer, enum token_kind kind)
{
	if (lexer->depth)
		lexer->depth--;
	return kind;
}

bool lexer_heredoc_ends(const struct lexer *lexer)
{
	const char *text = lexer->source->text.p;
	uint32_t from = lexer->at - 1;

	return from >= lexer->start + lexer->tag && lexer->end - from >= lexer->tag &&
	       memcmp(text + lexer->start, text + from, lexer->tag) == 0;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

bool lexer_begins_parameter(const struct lexer *lexer)
{
	const char *p = lexer->source->text.p + lexer->at;
	const char *end = lexer->source->text.p + lexer->end;
	const char *name;

	while (p < end && is_space(*p))
		p++;
	for (name = p; p < end && is_word(*p);)
		p++;
	if (p == name || sql_is_number((struct str){name, (size_t)(p - name)}))
		return false;
	while (p < end && is_space(*p))
		p++;
	return p < end && *p == ':' && !(p + 1 < end && p[1] == ':');
}

bool lexer_after_operand(const struct lexer *lexer)
{
	switch (lexer->token.kind) {
	case TOKEN_WORD:
	case TOKEN_QUOTED:
	case TOKEN_NUMBER:
	case TOKEN_RIGHT:
	case TOKEN_RIGHT_SQUARE:
		return true;
	default:
		return false;
	}
}

int lexer_digits(const struct lexer *lexer, unsigned matched)
{
	const char *p = lexer->source->text.p + lexer->at - matched;
	unsigned n = 0;

	while (n < matched && is_digit(p[n]))
		n++;
	return (int)n;
}

int lexer_unicode_space(const struct lexer *lexer, unsigned matched)
{
	/* The ones that ClickHouse's scanner skips (skipWhitespacesUTF8). */
	static const char *const spaces[] = {
	        "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
	        "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
	        "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\x8B",
	        "\xE2\x80\x8C", "\xE2\x80\x8D", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
	        "\xE2\x81\x9F", "\xE2\x81\xA0", "\xE3\x80\x80", "\xEF\xBB\xBF",
	};
	struct str text = {lexer->source->text.p + lexer->at - matched, matched};

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		if (str_starts(text, str_of(spaces[i])))
			return (int)strlen(spaces[i]);
	return 0;
}

int lexer_character(const struct lexer *lexer, unsigned matched)
{
	const char *p = lexer->source->text.p + lexer->at - matched;
	unsigned n = 1;

	while (n < matched && ((unsigned char)p[n] & 0xC0) == 0x80)
		n++;
	return (int)n;
}

/* What stands behind a backslash; 0 to 2 bytes go into `out`. Returns bytes read. */
static size_t unescape(const char *p, size_t n, char *out, size_t *written)
{
	static const char from[] = "bfnrt0ave";
	static const char to[] = "\b\f\n\r\t\0\a\v\x1B";
	const char *found = *p ? memchr(from, *p, sizeof(from) - 1) : NULL;

	*written = 1;
	if (found) {
		out[0] = to[found - from];
		return 1;
	}
	if (*p == 'N') {
		*written = 0;
		return 1;
	}
	if (*p == 'x' && n >= 3) {
		static const char hex[] = "0123456789abcdef";
		const char *high = p[1] ? memchr(hex, p[1] | 0x20, 16) : NULL;
		const char *low = p[2] ? memchr(hex, p[2] | 0x20, 16) : NULL;

		if (high && low) {
			out[0] = (char)((high - hex) * 16 + (low - hex));
			return 3;
		}
	}
	/* ClickHouse keeps the backslash before anything else, so that '\d' is a regexp's \d. */
	if (!memchr("\\'\"`/=", *p, 6) && (unsigned char)*p >= ' ') {
		out[0] = '\\';
		out[1] = *p;
		*written = 2;
		return 1;
	}
	out[0] = *p;
	return 1;
}

static struct str unquote_heredoc(struct str text)
{
	const char *second = memchr(text.p + 1, '$', text.n - 1);
	size_t tag = second ? (size_t)(second - text.p) + 1 : text.n;

	if (text.n < 2 * tag)
		return text;
	return (struct str){text.p + tag, text.n - 2 * tag};
}

struct str token_unquote(struct str text, struct arena *arena)
{
	char quote = text.n ? text.p[0] : '\0';
	struct str inside;
	char *out;
	size_t size = 0;

	if (text.n >= 2 && quote == '$')
		return unquote_heredoc(text);
	if (text.n < 2 || (quote != '\'' && quote != '`' && quote != '"'))
		return text;
	inside = (struct str){text.p + 1, text.n - 2};
	if (!inside.n || (!memchr(inside.p, '\\', inside.n) && !memchr(inside.p, quote, inside.n)))
		return inside;
	out = arena_alloc(arena, text.n);
	for (size_t i = 1; i + 1 < text.n; i++) {
		size_t written = 1;

		if (text.p[i] == '\\' && i + 2 < text.n) {
			i += unescape(text.p + i + 1, text.n - i - 2, out + size, &written);
		} else {
			out[size] = text.p[i];
			if (text.p[i] == quote)
				i++;
		}
		size += written;
	}
	return (struct str){out, size};
}
