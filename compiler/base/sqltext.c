#include "compiler/base/sqltext.h"

/* Words that some place of ClickHouse's grammar takes for a keyword where a name could stand:
 * operators, clause words, what begins an item of a column list. A word too many
 * costs two backticks; `default`, `key`, `value` and other usual names are safe and not here. */
static const struct str keywords[] = {
        STR("all"),        STR("and"),         STR("anti"),      STR("any"),        STR("array"),
        STR("as"),         STR("asof"),        STR("between"),   STR("by"),         STR("case"),
        STR("cast"),       STR("constraint"),  STR("cross"),     STR("distinct"),   STR("div"),
        STR("else"),       STR("end"),         STR("except"),    STR("exists"),     STR("false"),
        STR("fetch"),      STR("final"),       STR("foreign"),   STR("format"),     STR("from"),
        STR("full"),       STR("function"),    STR("global"),    STR("group"),      STR("having"),
        STR("if"),         STR("ilike"),       STR("in"),        STR("index"),      STR("inf"),
        STR("inner"),      STR("interpolate"), STR("intersect"), STR("interval"),   STR("into"),
        STR("is"),         STR("join"),        STR("left"),      STR("like"),       STR("limit"),
        STR("mod"),        STR("nan"),         STR("not"),       STR("null"),       STR("offset"),
        STR("on"),         STR("only"),        STR("or"),        STR("order"),      STR("outer"),
        STR("parallel"),   STR("partition"),   STR("paste"),     STR("prewhere"),   STR("primary"),
        STR("projection"), STR("qualify"),     STR("regexp"),    STR("right"),      STR("sample"),
        STR("select"),     STR("semi"),        STR("settings"),  STR("statistics"), STR("table"),
        STR("then"),       STR("true"),        STR("union"),     STR("using"),      STR("values"),
        STR("when"),       STR("where"),       STR("window"),    STR("with"),
};

static bool is_word(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

static bool is_bare(struct str name)
{
	if (!name.n)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!is_word(name.p[i], i == 0))
			return false;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (keywords[i].n == name.n && str_ieq(name, keywords[i]))
			return false;
	return true;
}

/* The letter that stands for c behind a backslash; 0: c stands for itself. */
static char escape_letter(char c)
{
	static const char from[] = "\b\f\n\r\t";
	static const char to[] = "bfnrt";
	const char *found = c ? strchr(from, c) : NULL;

	if (!c)
		return '0';
	return found ? to[found - from] : '\0';
}

static void add_escaped(struct buf *out, struct str text, char quote)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		char letter = escape_letter(c);

		if (letter || c == '\\' || (quote && c == quote))
			buf_addc(out, '\\');
		buf_addc(out, letter ? letter : c);
	}
}

void sql_add_quoted(struct buf *out, struct str name)
{
	buf_addc(out, '`');
	add_escaped(out, name, '`');
	buf_addc(out, '`');
}

void sql_add_name(struct buf *out, struct str name)
{
	if (is_bare(name))
		buf_add(out, name);
	else
		sql_add_quoted(out, name);
}

void sql_add_string(struct buf *out, struct str text)
{
	buf_addc(out, '\'');
	add_escaped(out, text, '\'');
	buf_addc(out, '\'');
}

void sql_add_qualified(struct buf *out, struct str database, struct str name)
{
	sql_add_name(out, database);
	buf_addc(out, '.');
	sql_add_name(out, name);
}

void sql_add_param_value(struct buf *out, struct str value)
{
	add_escaped(out, value, '\0');
}

static bool all_in(struct str text, const char *bytes)
{
	for (size_t i = 0; i < text.n; i++)
		if (!text.p[i] || !strchr(bytes, text.p[i]))
			return false;
	return true;
}

bool sql_is_number(struct str word)
{
	static const char digits[] = "0123456789_";
	size_t n = 0;

	if (!word.n || word.p[0] < '0' || word.p[0] > '9')
		return false;
	if (word.n > 2 && word.p[0] == '0' && (word.p[1] | 32) == 'x')
		return all_in((struct str){word.p + 2, word.n - 2}, "0123456789abcdefABCDEF_");
	if (word.n > 2 && word.p[0] == '0' && (word.p[1] | 32) == 'b')
		return all_in((struct str){word.p + 2, word.n - 2}, "01_");
	while (n < word.n && strchr(digits, word.p[n]))
		n++;
	if (n == word.n)
		return true;
	return n + 1 < word.n && (word.p[n] | 32) == 'e' &&
	       all_in((struct str){word.p + n + 1, word.n - n - 1}, digits);
}
