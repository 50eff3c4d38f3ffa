/*
 * graph_uses.c: which query parameters a statement has.
 *
 * A scan of bytes that knows as much of ClickHouse's lexer as it takes to skip what is
 * not SQL: strings, quoted names, comments and heredocs. grammar/ has the real scanner,
 * but the runtime reads plans too, and it links no grammar.
 */
#include "compiler/base/sqltext.h"
#include "compiler/graph.h"

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Offset behind a quoted run that begins at `i`. */
static size_t skip_quoted(struct str sql, size_t i)
{
	char quote = sql.p[i++];

	for (; i < sql.n; i++) {
		if (sql.p[i] == '\\')
			i++;
		else if (sql.p[i] == quote)
			return i + 1;
	}
	return sql.n;
}

static size_t skip_to(struct str sql, size_t i, struct str end)
{
	ptrdiff_t at = str_find((struct str){sql.p + i, sql.n - i}, end);

	return at < 0 ? sql.n : i + (size_t)at + end.n;
}

static size_t skip_heredoc(struct str sql, size_t i)
{
	size_t tag = i + 1;

	while (tag < sql.n && is_word(sql.p[tag]))
		tag++;
	if (tag >= sql.n || sql.p[tag] != '$')
		return i + 1;
	return skip_to(sql, tag + 1, (struct str){sql.p + i, tag + 1 - i});
}

/* Bytes at which something may begin that is not plain SQL; the others are passed over. */
static bool is_special(char c)
{
	switch (c) {
	case '\'':
	case '"':
	case '`':
	case '-':
	case '#':
	case '/':
	case '$':
	case '{':
		return true;
	default:
		return false;
	}
}

/* Offset behind what is not SQL at `i`, or `i` when it is. */
static size_t skip(struct str sql, size_t i)
{
	char c = sql.p[i], next = i + 1 < sql.n ? sql.p[i + 1] : '\0';

	if (c == '\'' || c == '"' || c == '`')
		return skip_quoted(sql, i);
	if ((c == '-' && next == '-') || (c == '#' && (next == ' ' || next == '!')))
		return skip_to(sql, i, STR("\n"));
	if (c == '/' && next == '*')
		return skip_to(sql, i + 2, STR("*/"));
	if (c == '$')
		return skip_heredoc(sql, i);
	return i;
}

/* `{name:Type}` at `i`; returns the offset behind it, or 0. */
static size_t take_use(struct str sql, size_t i, struct use *use)
{
	size_t name = i + 1, colon, end;
	unsigned depth = 0;

	while (name < sql.n && is_space(sql.p[name]))
		name++;
	for (colon = name; colon < sql.n && is_word(sql.p[colon]);)
		colon++;
	use->name = (struct str){sql.p + name, colon - name};
	while (colon < sql.n && is_space(sql.p[colon]))
		colon++;
	if (!use->name.n || sql_is_number(use->name) || colon >= sql.n || sql.p[colon] != ':' ||
	    (colon + 1 < sql.n && sql.p[colon + 1] == ':'))
		return 0;
	for (end = colon + 1; end < sql.n && (depth || sql.p[end] != '}'); end++) {
		if (sql.p[end] == '\'') {
			end = skip_quoted(sql, end) - 1;
			continue;
		}
		depth += sql.p[end] == '(';
		depth -= sql.p[end] == ')' && depth;
	}
	if (end >= sql.n)
		return 0;
	use->type = str_trim((struct str){sql.p + colon + 1, end - colon - 1});
	return end + 1;
}

static bool listed(const struct use *uses, size_t count, const struct use *use)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(uses[i].name, use->name) && str_eq(uses[i].type, use->type))
			return true;
	return false;
}

void graph_scan_uses(struct arena *arena, struct str sql, struct use **uses, size_t *count)
{
	LIST_OF(struct use) list = {0};

	for (size_t i = 0; i < sql.n;) {
		struct use use = {{NULL, 0}, {NULL, 0}};
		size_t next;

		if (!is_special(sql.p[i])) {
			i++;
			continue;
		}
		next = sql.p[i] == '{' ? take_use(sql, i, &use) : skip(sql, i);

		if (sql.p[i] == '{' && next && !listed(list.items, list.count, &use))
			*list_add(arena, &list) = (struct use){arena_str(arena, use.name),
			                                       arena_str(arena, use.type)};
		i = next > i ? next : i + 1;
	}
	*uses = list.items;
	*count = list.count;
}
