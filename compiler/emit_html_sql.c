/*
 * emit_html_sql.c: SQL with colours, by the tokens of the language's own scanner.
 *
 * A word is a keyword by this list alone, which is a matter of looks: a column called `date` or
 * `format` may get the colour of one where it stands in the list.
 */
#include "compiler/emit_html.h"

#include <stdlib.h>
#include <strings.h>

#include "grammar/lex.h"

/* In byte order, for bsearch(). */
static const char *const keywords[] = {
        "ADD",          "ALL",     "ALTER",  "AND",      "ANTI",      "ANY",       "ARRAY",
        "AS",           "ASC",     "ASOF",   "ATTACH",   "BETWEEN",   "BY",        "CASE",
        "CHECK",        "CODEC",   "COLUMN", "COMMENT",  "CREATE",    "CROSS",     "DATABASE",
        "DEFAULT",      "DELETE",  "DESC",   "DESCRIBE", "DISTINCT",  "DROP",      "ELSE",
        "END",          "ENGINE",  "EXCEPT", "EXISTS",   "FINAL",     "FORMAT",    "FROM",
        "FULL",         "GLOBAL",  "GRANT",  "GROUP",    "HAVING",    "ID",        "IF",
        "ILIKE",        "IN",      "INNER",  "INSERT",   "INTERSECT", "INTERVAL",  "INTO",
        "IS",           "JOIN",    "KEY",    "KILL",     "LEFT",      "LIKE",      "LIMIT",
        "MATERIALIZED", "MODIFY",  "MOVE",   "NOT",      "NULL",      "OFFSET",    "ON",
        "OR",           "ORDER",   "OUTER",  "OVER",     "PART",      "PARTITION", "PREWHERE",
        "PRIMARY",      "QUALIFY", "QUERY",  "RENAME",   "REPLACE",   "RIGHT",     "SAMPLE",
        "SELECT",       "SEMI",    "SET",    "SETTINGS", "SYNC",      "SYSTEM",    "TABLE",
        "THEN",         "TO",      "TOTALS", "TRUNCATE", "TTL",       "UNION",     "USING",
        "VALUES",       "VIEW",    "WHEN",   "WHERE",    "WINDOW",    "WITH",
};

static int compare(const void *key, const void *entry)
{
	const struct str *word = key;
	const char *keyword = *(const char *const *)entry;
	int order = strncasecmp(word->p, keyword, word->n);

	return order ? order : (keyword[word->n] ? -1 : 0);
}

static bool is_keyword(struct str word)
{
	return bsearch(&word, keywords, sizeof(keywords) / sizeof(keywords[0]), sizeof(keywords[0]),
	               compare);
}

static const char *class_of(struct token token, struct str sql, bool after_dot)
{
	struct str text = {sql.p + token.span.begin, token.span.end - token.span.begin};

	switch (token.kind) {
	case TOKEN_STRING:
	case TOKEN_HEREDOC:
		return "s";
	case TOKEN_NUMBER:
		return "n";
	case TOKEN_PARAM:
		return "p";
	case TOKEN_WORD:
		if (!after_dot && is_keyword(text))
			return "k";
		return token.span.end < sql.n && sql.p[token.span.end] == '(' ? "f" : NULL;
	default:
		return NULL;
	}
}

static void add_classed(struct buf *out, struct str text, const char *class)
{
	if (class)
		buf_addf(out, "<span class=\"%s\">", class);
	text_add_html(out, text);
	if (class)
		buf_addz(out, "</span>");
}

/* What the scanner skips: blanks and comments. */
static void add_gap(struct buf *out, struct str gap)
{
	struct str comment = str_trim(gap);
	size_t before = comment.n ? (size_t)(comment.p - gap.p) : gap.n;

	buf_add(out, (struct str){gap.p, before});
	if (!comment.n)
		return;
	add_classed(out, comment, "c");
	before += comment.n;
	buf_add(out, (struct str){gap.p + before, gap.n - before});
}

void html_add_sql(struct buf *out, struct str sql)
{
	struct source source = {.path = "", .text = sql};
	struct lexer lexer;
	struct token token;
	uint32_t at = 0;
	bool after_dot = false;

	lexer_init(&lexer, &source, 0, (uint32_t)sql.n, NULL);
	for (token = lexer_next(&lexer);
	     token.kind != TOKEN_END && token.kind != TOKEN_ERROR && token.span.begin >= at;
	     token = lexer_next(&lexer)) {
		add_gap(out, (struct str){sql.p + at, token.span.begin - at});
		add_classed(
		        out,
		        (struct str){sql.p + token.span.begin, token.span.end - token.span.begin},
		        class_of(token, sql, after_dot));
		after_dot = token.kind == TOKEN_DOT;
		at = token.span.end;
	}
	if (token.kind == TOKEN_END)
		add_gap(out, (struct str){sql.p + at, sql.n - at});
	else
		text_add_html(out, (struct str){sql.p + at, sql.n - at});
	lexer_release(&lexer);
}
