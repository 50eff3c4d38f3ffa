#include "compiler/format.h"

#include "compiler/base/allow.h"
#include "compiler/format_internal.h"
#include "compiler/parse.h"
#include "compiler/tokens.h"
#include "grammar/keywords.h"

enum { INDENT_CLAUSE = 2, INDENT_MORE = 4 };

/* What the parser said about a token. */
struct token_role {
	uint32_t sql; /* the run of SQL that it is in, from 1 on; 0: none */
	bool own;     /* a keyword of the language */
	bool clause;  /* the first one of a clause */
};

struct formatter {
	struct layout_writer writer;
	struct tokens tokens;
	struct token_role *roles;

	/* The statement under way. */
	bool pasted; /* ClickHouse's own, all of it SQL */
	bool use;
	bool migration;
	bool clauses;      /* one has begun */
	struct str clause; /* its first word */
	bool allowed;      /* the line under way stands below `-- bfc: allow` */

	/* Secrets on lines that follow each other stand in columns. */
	size_t secrets_end; /* the token behind the last one */
	size_t secrets_width;
};

static bool is_own(const struct formatter *f, size_t i, const char *word)
{
	return f->roles[i].own && token_is_word(&f->tokens, i, word);
}

static enum token_kind kind_of(const struct formatter *f, size_t i)
{
	return f->tokens.items[i].kind;
}

/* --- roles ----------------------------------------------------------------------------------- */

/* Moves `at` to the first of the spans that does not end before `begin`. */
static bool in_span(const struct span *spans, size_t count, size_t *at, struct span token)
{
	while (*at < count && spans[*at].end <= token.begin)
		++*at;
	return *at < count && spans[*at].begin <= token.begin;
}

static void read_roles(struct formatter *f, const struct marks *marks, struct arena *arena)
{
	struct keyword_index keywords;
	size_t sql = 0, name = 0, clause = 0;

	keyword_index_init(&keywords);
	f->roles = arena_array(arena, struct token_role, f->tokens.count + 1);
	for (size_t i = 0; i < f->tokens.count; i++) {
		struct token_role *role = &f->roles[i];
		struct span span = f->tokens.items[i].span;

		if (in_span(marks->sql.items, marks->sql.count, &sql, span))
			role->sql = (uint32_t)sql + 1;
		else
			role->own = !in_span(marks->names.items, marks->names.count, &name, span) &&
			            kind_of(f, i) == TOKEN_WORD &&
			            keyword_find(&keywords, token_text(&f->tokens, i)) != NULL;
		role->clause = in_span(marks->clauses.items, marks->clauses.count, &clause, span) &&
		               marks->clauses.items[clause].begin == span.begin;
	}
}

/* A `;` that ends nothing. */
static bool is_empty_statement(const struct formatter *f, size_t i)
{
	return kind_of(f, i) == TOKEN_SEMICOLON && (i == 0 || kind_of(f, i - 1) == TOKEN_SEMICOLON);
}

/* --- what goes between two tokens ------------------------------------------------------------ */

static bool opens(enum token_kind kind)
{
	return kind == TOKEN_LEFT || kind == TOKEN_LEFT_SQUARE || kind == TOKEN_LEFT_CURLY;
}

static bool closes(enum token_kind kind)
{
	return kind == TOKEN_RIGHT || kind == TOKEN_RIGHT_SQUARE || kind == TOKEN_RIGHT_CURLY;
}

/* `a.b`, `-5`, `user@host`, and nothing before a comma. */
static bool is_tight(const struct formatter *f, size_t i)
{
	struct str before = token_text(&f->tokens, i - 1), text = token_text(&f->tokens, i);

	return kind_of(f, i) == TOKEN_COMMA || kind_of(f, i) == TOKEN_DOT ||
	       kind_of(f, i - 1) == TOKEN_DOT || str_is(before, "-") || str_is(before, "@") ||
	       str_is(text, "@");
}

/* A clause that says more about the one before it stays on its line. */
static bool belongs_to(struct str word, struct str before)
{
	bool split = str_ieq(before, STR("split")) || str_ieq(before, STR("overlap")) ||
	             str_ieq(before, STR("settle"));

	if (str_ieq(word, STR("overlap")) || str_ieq(word, STR("settle")))
		return split;
	return str_ieq(word, STR("within")) && str_ieq(before, STR("pause"));
}

/* May a line that was written before this token stay? */
static bool may_begin_line(const struct formatter *f, size_t i)
{
	return kind_of(f, i - 1) == TOKEN_COMMA || is_own(f, i - 1, "settings") ||
	       is_own(f, i, "resume") ||
	       (f->migration && (kind_of(f, i) == TOKEN_STRING || kind_of(f, i) == TOKEN_HEREDOC ||
	                         is_own(f, i, "after")));
}

/* SQL of several lines that moved against its first one would look out of joint. */
static bool begins_sql(const struct formatter *f, size_t i)
{
	return !f->clauses && !f->use && (f->roles[i].sql || opens(kind_of(f, i)));
}

static bool is_view_option(const struct formatter *f, size_t i)
{
	return is_own(f, i, "as") || is_own(f, i, "definer") || is_own(f, i, "sql") ||
	       is_own(f, i, "comment");
}

static struct gap_layout layout_of(enum separator separator, int indent)
{
	return (struct gap_layout){separator, indent, indent, 0};
}

static struct gap_layout layout_clause(struct formatter *f, size_t i)
{
	struct gap_layout layout = layout_of(SEPARATOR_LINE, INDENT_CLAUSE);
	struct str word = token_text(&f->tokens, i);

	if (f->clauses && belongs_to(word, f->clause))
		layout.separator = SEPARATOR_SPACE;
	f->clauses = true;
	f->clause = word;
	return layout;
}

/* What is between a token and the one before it. */
static struct str text_between(const struct formatter *f, size_t i)
{
	uint32_t begin = i ? f->tokens.items[i - 1].span.end : 0;

	return (struct str){f->writer.text.p + begin, f->tokens.items[i].span.begin - begin};
}

static size_t count_lines(struct str text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	return lines;
}

/* `secret NAME from …;`, and the ones that follow it without an empty line or a comment. */
static void measure_secrets(struct formatter *f, size_t i)
{
	f->secrets_width = 0;
	do {
		size_t columns = layout_width(token_text(&f->tokens, i + 1));

		if (columns > f->secrets_width)
			f->secrets_width = columns;
		while (kind_of(f, i) != TOKEN_SEMICOLON)
			i++;
		while (i < f->tokens.count && kind_of(f, i) == TOKEN_SEMICOLON)
			i++;
	} while (i < f->tokens.count && is_own(f, i, "secret") &&
	         count_lines(text_between(f, i)) < 2);
	f->secrets_end = i;
}

static struct gap_layout layout_within_statement(struct formatter *f, size_t i)
{
	struct gap_layout layout = layout_of(SEPARATOR_SPACE, INDENT_MORE);
	uint32_t sql = f->roles[i].sql;

	if (f->use && opens(kind_of(f, i - 1))) {
		layout.separator = SEPARATOR_NONE_OR_LINE;
	} else if (f->use && closes(kind_of(f, i))) {
		layout = layout_of(SEPARATOR_NONE_OR_LINE, 0);
	} else if (f->pasted || (sql && sql == f->roles[i - 1].sql) || opens(kind_of(f, i - 1)) ||
	           closes(kind_of(f, i))) {
		layout.separator = SEPARATOR_VERBATIM;
	} else if (f->roles[i].clause) {
		layout = layout_clause(f, i);
	} else if (is_tight(f, i)) {
		layout.separator = SEPARATOR_NONE;
	} else if (begins_sql(f, i)) {
		layout = layout_of(SEPARATOR_SPACE_OR_LINE, INDENT_AS_WRITTEN);
	} else if (i < f->secrets_end && is_own(f, i, "from")) {
		layout.extra =
		        (unsigned)(f->secrets_width - layout_width(token_text(&f->tokens, i - 1)));
	} else if (is_view_option(f, i) && !f->use) {
		layout = layout_of(SEPARATOR_SPACE_OR_LINE, 0);
	} else if (may_begin_line(f, i)) {
		layout.separator = SEPARATOR_SPACE_OR_LINE;
	}
	return layout;
}

/* A line that was written must not be cut off from the comment that allows something in it. */
static bool is_allowed_line(struct formatter *f, size_t i)
{
	struct str between = text_between(f, i);

	if (str_find(between, STR("\n")) < 0)
		return f->allowed;
	f->allowed = str_find(between, STR(ALLOW_MARKER)) >= 0;
	return false;
}

static struct gap_layout layout_before(struct formatter *f, size_t i)
{
	struct gap_layout layout = layout_of(SEPARATOR_NONE, 0);

	if (kind_of(f, i) == TOKEN_SEMICOLON) {
		layout.comment_indent = f->clauses ? INDENT_CLAUSE : INDENT_AS_WRITTEN;
		return layout;
	}
	if (i == 0 || kind_of(f, i - 1) == TOKEN_SEMICOLON) {
		f->pasted = is_own(f, i, "create");
		f->use = is_own(f, i, "use");
		f->migration = is_own(f, i, "migration");
		f->clauses = false;
		if (is_own(f, i, "secret") && i >= f->secrets_end)
			measure_secrets(f, i);
		return layout_of(SEPARATOR_LINE, 0);
	}
	return layout_within_statement(f, i);
}

/* --- the text -------------------------------------------------------------------------------- */

static void add_token(struct formatter *f, size_t i)
{
	struct str text = token_text(&f->tokens, i);
	struct buf *out = f->writer.out;

	if (memchr(text.p, '\n', text.n))
		f->allowed = false;
	layout_note(&f->writer, f->tokens.items[i].span.begin,
	            memchr(text.p, '\n', text.n) != NULL);
	if (!f->roles[i].own || f->pasted) {
		buf_add(out, text);
		return;
	}
	for (size_t k = 0; k < text.n; k++)
		buf_addc(out,
		         text.p[k] >= 'A' && text.p[k] <= 'Z' ? (char)(text.p[k] + 32) : text.p[k]);
}

/* The end of the text: its comments, and one line end. */
static void add_end(struct formatter *f, uint32_t begin)
{
	struct layout_writer *writer = &f->writer;
	struct str line_end = str_of(writer->line_end);

	layout_gap(writer, begin, (uint32_t)writer->text.n, layout_of(SEPARATOR_NONE, 0));
	while (str_ends(buf_str(writer->out), line_end))
		writer->out->size -= line_end.n;
	if (writer->out->size)
		buf_add(writer->out, line_end);
}

static const char *line_end_of(struct str text)
{
	const char *first = text.n ? memchr(text.p, '\n', text.n) : NULL;

	return first && first > text.p && first[-1] == '\r' ? "\r\n" : "\n";
}

/* Notes and warnings are for `bfc check`. */
static bool has_errors(struct diag_list *diags)
{
	size_t kept = 0;

	for (size_t i = 0; i < diags->list.count; i++)
		if (diags->list.items[i].severity == SEVERITY_ERROR)
			diags->list.items[kept++] = diags->list.items[i];
	diags->list.count = kept;
	diags->errors = kept + diags->dropped;
	diags->warnings = 0;
	return diags->errors > 0;
}

bool format_source(const struct source_set *sources, const struct source *source,
                   struct arena *arena, struct diag_list *diags, struct buf *out)
{
	struct formatter f = {
	        .writer = {.text = source->text, .line_end = line_end_of(source->text), .out = out},
	};
	struct marks marks;
	uint32_t end = 0;

	parse_marks(sources, source, &marks, arena, diags);
	if (has_errors(diags))
		return false;
	tokens_read(sources, (struct span){source->id, 0, (uint32_t)source->text.n}, arena,
	            &f.tokens);
	read_roles(&f, &marks, arena);
	for (size_t i = 0; i < f.tokens.count; i++) {
		struct span span = f.tokens.items[i].span;
		struct gap_layout layout = layout_before(&f, i);

		if (is_allowed_line(&f, i) && layout.separator == SEPARATOR_LINE)
			layout.separator = SEPARATOR_SPACE;
		if (is_empty_statement(&f, i))
			continue;
		layout_gap(&f.writer, end, span.begin, layout);
		add_token(&f, i);
		end = span.end;
	}
	add_end(&f, end);
	return true;
}
