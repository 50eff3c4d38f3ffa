#include "compiler/base/sqltext.h"

/* Words that some place of ClickHouse's grammar takes for a keyword where a name could stand:
 * operators, clause words, what begins an item of a column list. A word too many
 * costs two backticks; `default`, `key`, `value` and other usual names are safe and not here. */
static const char *const keywords[] = {
        "all",       "and",         "anti",      "any",      "array",      "as",         "asof",
        "between",   "by",          "case",      "cast",     "constraint", "cross",      "distinct",
        "div",       "else",        "end",       "except",   "exists",     "false",      "fetch",
        "final",     "foreign",     "format",    "from",     "full",       "function",   "global",
        "group",     "having",      "if",        "ilike",    "in",         "index",      "inf",
        "inner",     "interpolate", "intersect", "interval", "into",       "is",         "join",
        "left",      "like",        "limit",     "mod",      "nan",        "not",        "null",
        "offset",    "on",          "only",      "or",       "order",      "outer",      "parallel",
        "partition", "paste",       "prewhere",  "primary",  "projection", "qualify",    "regexp",
        "right",     "sample",      "select",    "semi",     "settings",   "statistics", "table",
        "then",      "true",        "union",     "using",    "values",     "when",       "where",
        "window",    "with",
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
		if (str_ieq(name, str_of(keywords[i])))
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
