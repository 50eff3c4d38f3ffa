/* inspect_ddl.c: CREATE statements, as the server writes them, taken apart. */
#include <ctype.h>

#include "compiler/base/sqltext.h"
#include "runtime/inspect.h"

/* --- tokens -------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Behind the closing quote; a backslash escapes, a doubled quote is one. */
static size_t quoted_end(struct str text, size_t at)
{
	char quote = text.p[at++];

	while (at < text.n) {
		if (text.p[at] == '\\') {
			at += 2;
			continue;
		}
		if (text.p[at] == quote && (at + 1 == text.n || text.p[at + 1] != quote))
			return at + 1;
		at += text.p[at] == quote ? 2 : 1;
	}
	return text.n;
}

void inspect_next(struct inspect_scan *scan)
{
	struct str text = scan->text;
	size_t at = scan->at, begin;

	while (at < text.n && isspace((unsigned char)text.p[at]))
		at++;
	begin = at;
	if (at >= text.n) {
		scan->kind = SQL_END;
	} else if (text.p[at] == '\'') {
		scan->kind = SQL_STRING;
		at = quoted_end(text, at);
	} else if (text.p[at] == '`' || text.p[at] == '"') {
		scan->kind = SQL_QUOTED;
		at = quoted_end(text, at);
	} else if (is_word(text.p[at])) {
		scan->kind = SQL_WORD;
		while (at < text.n && is_word(text.p[at]))
			at++;
	} else {
		scan->kind = SQL_OTHER;
		at++;
	}
	scan->token = (struct str){text.p + begin, at - begin};
	scan->at = at;
}

static bool at_word(const struct inspect_scan *scan, const char *word)
{
	return scan->kind == SQL_WORD && str_ieq(scan->token, str_of(word));
}

static bool take_word(struct inspect_scan *scan, const char *word)
{
	if (!at_word(scan, word))
		return false;
	inspect_next(scan);
	return true;
}

static bool at_char(const struct inspect_scan *scan, char c)
{
	return scan->kind == SQL_OTHER && scan->token.p[0] == c;
}

/* How much deeper the brackets are behind the token. */
static int depth_change(const struct inspect_scan *scan)
{
	if (scan->kind != SQL_OTHER)
		return 0;
	return strchr("([{", scan->token.p[0]) ? 1 : strchr(")]}", scan->token.p[0]) ? -1 : 0;
}

/* Behind the bracket that closes the one at the token; what is inside. */
static struct str take_group(struct inspect_scan *scan)
{
	const char *begin = scan->token.p + 1, *end = begin;
	int depth = 0;

	do {
		end = scan->token.p;
		depth += depth_change(scan);
		inspect_next(scan);
	} while (depth > 0 && scan->kind != SQL_END);
	if (depth > 0)
		end = scan->text.p + scan->text.n;
	return (struct str){begin, (size_t)(end - begin)};
}

struct str inspect_meaning(struct str token, struct arena *arena)
{
	static const char from[] = "bfnrt0", to[] = "\b\f\n\r\t";
	struct str copy;
	char *out;
	size_t n = 0;

	if (token.n < 2 || !strchr("'`\"", token.p[0]))
		return token;
	out = arena_alloc(arena, token.n);
	for (size_t i = 1; i + 1 < token.n; i++) {
		const char *letter = NULL;

		if (token.p[i] == '\\' && i + 2 < token.n) {
			i++;
			letter = token.p[i] ? strchr(from, token.p[i]) : NULL;
		} else if (token.p[i] == token.p[0]) {
			i++;
		}
		out[n++] = letter ? to[letter - from] : token.p[i];
	}
	copy = (struct str){out, n};
	return copy;
}

/* [database.]name */
static void take_name(struct inspect_scan *scan, struct arena *arena, struct str *database,
                      struct str *name)
{
	*name = inspect_meaning(scan->token, arena);
	inspect_next(scan);
	if (!at_char(scan, '.'))
		return;
	inspect_next(scan);
	*database = *name;
	*name = inspect_meaning(scan->token, arena);
	inspect_next(scan);
}

/* --- statements ---------------------------------------------------------------------------- */

static struct str rest_of(const struct inspect_scan *scan)
{
	struct str rest = {scan->token.p, scan->text.n - (size_t)(scan->token.p - scan->text.p)};

	return str_trim(rest);
}

static void read_table(struct inspect_scan *scan, struct inspect_ddl *out)
{
	out->kind = INSPECT_TABLE;
	if (!at_char(scan, '(')) {
		out->refused = "a table without columns of its own";
		return;
	}
	out->columns = take_group(scan);
	out->body = rest_of(scan);
	if (!take_word(scan, "engine")) {
		out->refused = "it stands for a table function";
		return;
	}
	if (at_char(scan, '='))
		inspect_next(scan);
	/* Measured on 26.7: what SHOW CREATE prints of it can't be run. */
	if (at_word(scan, "alias"))
		out->refused = "another name of a table, which has no columns of its own";
}

/* Before 25 the comment came last, behind the query. */
static void cut_comment(struct inspect_ddl *out)
{
	struct inspect_scan scan = {.text = out->body};
	struct str word = {0}, last = {0};
	enum inspect_token kind = SQL_END;

	for (inspect_next(&scan); scan.kind != SQL_END; inspect_next(&scan)) {
		word = last;
		last = scan.token;
		kind = scan.kind;
	}
	if (kind != SQL_STRING || !str_is(word, "COMMENT"))
		return;
	out->comment = last;
	out->body = str_trim((struct str){out->body.p, (size_t)(word.p - out->body.p)});
}

/* `name = word`: what stands behind the sign, users with a host included. */
static struct str take_definer(struct inspect_scan *scan)
{
	struct str definer;

	inspect_next(scan);
	if (at_char(scan, '='))
		inspect_next(scan);
	definer = scan->token;
	inspect_next(scan);
	while (scan->kind != SQL_END && !at_word(scan, "sql") && !at_word(scan, "as") &&
	       !at_word(scan, "comment") && !at_char(scan, '(')) {
		definer.n = (size_t)(scan->token.p + scan->token.n - definer.p);
		inspect_next(scan);
	}
	return definer;
}

/* One of the clauses between a view's name and its AS. */
static bool take_view_clause(struct inspect_scan *scan, struct arena *arena,
                             struct inspect_ddl *out)
{
	if (at_char(scan, '(')) {
		out->columns = take_group(scan);
	} else if (at_word(scan, "definer")) {
		out->definer = take_definer(scan);
	} else if (take_word(scan, "sql")) {
		take_word(scan, "security");
		out->security = scan->token;
		inspect_next(scan);
	} else if (take_word(scan, "comment")) {
		out->comment = scan->token;
		inspect_next(scan);
	} else if (take_word(scan, "to")) {
		if (at_word(scan, "inner"))
			return false;
		take_name(scan, arena, &out->target_database, &out->target);
	} else {
		return false;
	}
	return true;
}

static void read_view(struct inspect_scan *scan, struct arena *arena, struct inspect_ddl *out)
{
	out->kind = INSPECT_VIEW;
	while (take_view_clause(scan, arena, out))
		;
	if (at_word(scan, "refresh")) {
		out->refused = "a refreshable view does not fire on inserts";
	} else if (!out->target.n) {
		out->refused = "a view without TO keeps its rows in a table of its own; make it "
		               "anew with TO and a table that is declared";
	} else if (!take_word(scan, "as")) {
		out->refused = "a clause that bfc does not know";
	} else {
		out->body = rest_of(scan);
		cut_comment(out);
	}
}

void inspect_ddl_read(struct str create, struct arena *arena, struct inspect_ddl *out)
{
	struct inspect_scan scan = {.text = create};
	bool view, materialized, window, live;
	struct str database, name;

	*out = (struct inspect_ddl){0};
	inspect_next(&scan);
	take_word(&scan, "create");
	take_word(&scan, "or");
	take_word(&scan, "replace");
	materialized = take_word(&scan, "materialized");
	window = take_word(&scan, "window");
	live = take_word(&scan, "live");
	view = take_word(&scan, "view");
	if (!view && !at_word(&scan, "table")) {
		out->refused = at_word(&scan, "dictionary")
		                       ? "a dictionary is no part of a migration"
		                       : "bfc does not know this kind of object";
		return;
	}
	if (!view)
		inspect_next(&scan);
	take_name(&scan, arena, &database, &name);
	if (take_word(&scan, "uuid"))
		inspect_next(&scan);
	if (view && window)
		out->refused = "a window view fires by time, not on inserts";
	else if (view && live)
		out->refused = "a live view keeps no history";
	else if (view && !materialized)
		out->refused = "an ordinary view stores nothing and is no part of a migration";
	else if (view)
		read_view(&scan, arena, out);
	else
		read_table(&scan, out);
}

/* --- column lists -------------------------------------------------------------------------- */

/* `name` as it is written, or bare when it can be. */
static void add_name(struct buf *out, struct str token)
{
	struct str inside = {token.p + 1, token.n > 2 ? token.n - 2 : 0};

	if (!inside.n || token.p[token.n - 1] != token.p[0]) {
		buf_add(out, token);
		return;
	}
	for (size_t i = 0; i < inside.n; i++) {
		if (!is_word(inside.p[i]) || inside.p[i] == '$') {
			buf_add(out, token);
			return;
		}
	}
	sql_add_name(out, inside);
}

void inspect_add_columns(struct buf *out, struct str columns)
{
	struct inspect_scan scan = {.text = columns};
	size_t done = 0;
	int depth = 0;
	bool first = true;

	for (inspect_next(&scan); scan.kind != SQL_END; inspect_next(&scan)) {
		if (first && scan.kind == SQL_QUOTED && !depth) {
			size_t begin = (size_t)(scan.token.p - columns.p);

			buf_add(out, (struct str){columns.p + done, begin - done});
			add_name(out, scan.token);
			done = scan.at;
		}
		depth += depth_change(&scan);
		first = !depth && at_char(&scan, ',');
	}
	buf_add(out, (struct str){columns.p + done, columns.n - done});
}
