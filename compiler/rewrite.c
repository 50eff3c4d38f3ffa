/* rewrite.c: copies of a query that differ in the fewest bytes. See rewrite.h. */
#include "compiler/rewrite.h"

#include "compiler/base/sqltext.h"
#include "compiler/rewrite_qualify.h"

struct rewriter {
	const struct source_set *sources;
	struct query_tokens tokens;
	const struct table_ref *ref; /* the trigger table */
	const struct select *select;
	struct str database;
	struct edits edits;
};

/* The SQL text by which the trigger's columns are qualified. */
static struct span alias_span(const struct table_ref *ref)
{
	return ref->alias.text.n ? ref->alias.span : ref->table.name.span;
}

static bool same_table(const struct rewriter *r, const struct table_ref *other)
{
	const struct ast_object_name *a = &r->ref->table, *b = &other->table;
	struct str left = a->database.text.n ? a->database.text : r->database;
	struct str right = b->database.text.n ? b->database.text : r->database;

	return other->kind == FROM_TABLE && str_eq(a->name.text, b->name.text) &&
	       str_eq(left, right);
}

/* A subquery that reads the same table means its own one by the qualifier. */
static bool reads_same(const struct rewriter *r, const struct query *query)
{
	for (size_t i = 0; i < query->branches.count; i++) {
		const struct select *select = query->branches.items[i];

		for (size_t j = 0; j < select->from.count; j++)
			if (same_table(r, &select->from.items[j]))
				return true;
		for (size_t j = 0; j < select->nested.count; j++)
			if (reads_same(r, select->nested.items[j]))
				return true;
	}
	return false;
}

static bool is_within(struct span span, const struct query_token *token)
{
	return span.begin <= token->span.begin && token->span.end <= span.end;
}

/* Where qualifiers of the trigger table can't be: other queries, and the names of tables. */
static const struct query *strange_query(const struct rewriter *r, const struct query_token *token)
{
	const struct select *select = r->select;

	for (size_t i = 0; i < select->with.count; i++)
		if (select->with.items[i].subquery &&
		    is_within(select->with.items[i].subquery->span, token))
			return select->with.items[i].subquery;
	for (size_t i = 0; i < select->from.count; i++)
		if (select->from.items[i].kind == FROM_SUBQUERY &&
		    is_within(select->from.items[i].subquery->span, token))
			return select->from.items[i].subquery;
	return NULL;
}

static const struct query *nested_query(const struct rewriter *r, const struct query_token *token)
{
	for (size_t i = 0; i < r->select->nested.count; i++)
		if (is_within(r->select->nested.items[i]->span, token))
			return r->select->nested.items[i];
	return NULL;
}

static bool is_table_name(const struct rewriter *r, const struct query_token *token)
{
	for (size_t i = 0; i < r->select->from.count; i++)
		if (r->select->from.items[i].kind == FROM_TABLE &&
		    is_within(r->select->from.items[i].span, token))
			return true;
	return false;
}

/* Does `name.` mean the trigger table, and nothing else that the FROM has? */
static bool is_only_qualifier(const struct rewriter *r, struct str name)
{
	for (size_t i = 0; i < r->select->from.count; i++) {
		const struct table_ref *other = &r->select->from.items[i];

		if (other == r->ref)
			continue;
		if (str_eq(other->alias.text, name) ||
		    (other->kind == FROM_TABLE && str_eq(other->table.name.text, name)))
			return false;
	}
	return true;
}

static bool token_means(struct rewriter *r, const struct query_token *token, struct str name)
{
	return name.n && query_token_names(token) &&
	       str_eq(query_token_name(r->sources, token, r->edits.arena), name);
}

/* `db.t.column` and, where the table has an alias, `t.column`. */
static void rename_qualifier(struct rewriter *r, const struct query_token *token, bool nested)
{
	const struct ast_object_name *table = &r->ref->table;
	struct str database = table->database.text.n ? table->database.text : r->database;
	struct str alias = span_text(r->sources, alias_span(r->ref));

	if (token_means(r, token, database) && token[1].kind == TOKEN_DOT &&
	    token_means(r, token + 2, table->name.text) && token[3].kind == TOKEN_DOT) {
		struct span whole = span_join(token->span, token[2].span);

		if (r->ref->alias.text.n)
			edits_add(&r->edits, whole, alias);
		else
			edits_add(&r->edits,
			          (struct span){whole.file, whole.begin, token[2].span.begin},
			          (struct str){0});
		return;
	}
	if (nested || !r->ref->alias.text.n || str_eq(r->ref->alias.text, table->name.text))
		return;
	if (token_means(r, token, table->name.text) && token[1].kind == TOKEN_DOT &&
	    token[-1].word != WORD_IN && is_only_qualifier(r, table->name.text))
		edits_add(&r->edits, token->span, alias);
}

static void rename_qualifiers(struct rewriter *r)
{
	size_t i = query_tokens_at(&r->tokens, r->select->span.begin) + 1;

	while (i + 1 < r->tokens.list.count &&
	       r->tokens.list.items[i].span.begin < r->select->span.end) {
		const struct query_token *token = &r->tokens.list.items[i];
		const struct query *skip = strange_query(r, token), *nested = NULL;

		if (!skip) {
			nested = nested_query(r, token);
			skip = nested && reads_same(r, nested) ? nested : NULL;
		}
		if (skip) {
			i = query_tokens_at(&r->tokens, skip->span.end);
			continue;
		}
		if (query_token_names(token) && token[-1].kind != TOKEN_DOT &&
		    token[1].kind == TOKEN_DOT && !is_table_name(r, token))
			rename_qualifier(r, token, nested != NULL);
		i++;
	}
}

static void rename_trigger(struct rewriter *r, struct str reference)
{
	struct str name = span_text(r->sources, r->ref->table.name.span);

	if (r->ref->alias.text.n)
		edits_add(&r->edits, r->ref->span, reference);
	else
		edits_add(&r->edits, r->ref->span,
		          str_of(arena_printf(r->edits.arena, "%.*s AS %.*s", STR_ARG(reference),
		                              STR_ARG(name))));
	rename_qualifiers(r);
}

/* The offset behind the string, quoted name or comment that begins at `i`; `i` if none does. */
static size_t skip_quoted(struct str text, size_t i)
{
	char quote = text.p[i];

	if (quote == '-' && i + 1 < text.n && text.p[i + 1] == '-') {
		while (i < text.n && text.p[i] != '\n')
			i++;
		return i;
	}
	if (quote == '/' && i + 1 < text.n && text.p[i + 1] == '*') {
		ptrdiff_t end = str_find((struct str){text.p + i, text.n - i}, STR("*/"));

		return end < 0 ? text.n : i + (size_t)end + 2;
	}
	if (quote != '\'' && quote != '`' && quote != '"')
		return i;
	for (i++; i < text.n; i++) {
		if (text.p[i] == '\\')
			i++;
		else if (text.p[i] == quote)
			return i + 1;
	}
	return text.n;
}

/* `@` is the trigger table's alias, but not in strings. */
static struct str expand_condition(const struct rewriter *r, struct str condition)
{
	struct str alias = r->ref->alias.text.n ? r->ref->alias.text : r->ref->table.name.text;
	struct str result;
	struct buf out;

	buf_init(&out, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < condition.n;) {
		size_t behind = skip_quoted(condition, i);

		if (behind > i) {
			buf_add(&out, (struct str){condition.p + i, behind - i});
			i = behind;
			continue;
		}
		if (condition.p[i] == '@')
			sql_add_name(&out, alias);
		else
			buf_addc(&out, condition.p[i]);
		i++;
	}
	result = arena_str(r->edits.arena, buf_str(&out));
	buf_release(&out);
	return result;
}

static void add_condition(struct rewriter *r, struct str condition)
{
	const struct clause *where = &r->select->where;
	struct str text = expand_condition(r, condition);

	if (!where->present) {
		edits_insert(&r->edits, r->select->from_end, r->select->from_end.begin,
		             str_of(arena_printf(r->edits.arena, " WHERE %.*s", STR_ARG(text))));
		return;
	}
	edits_insert(&r->edits, where->body, where->body.begin, STR("("));
	edits_insert(&r->edits, where->body, where->body.end,
	             str_of(arena_printf(r->edits.arena, ") AND (%.*s)", STR_ARG(text))));
}

struct str rewrite_query(const struct source_set *sources, const struct query *query,
                         const struct trigger *trigger, struct str database, struct str reference,
                         struct str condition, struct arena *arena)
{
	struct rewriter r = {.sources = sources, .database = database, .edits = {.arena = arena}};

	if (trigger) {
		r.ref = trigger->ref;
		r.select = trigger->select;
	}
	query_tokens_read(sources, query->span, arena, NULL, &r.tokens);
	if (database.n)
		qualify_tables(sources, &r.tokens, query, database, reference.n ? r.ref : NULL,
		               &r.edits);
	if (r.ref && reference.n)
		rename_trigger(&r, reference);
	if (r.ref && condition.n)
		add_condition(&r, condition);
	return edits_apply(&r.edits, sources, query->span);
}

struct str rewrite_trigger(const struct source_set *sources, const struct query *query,
                           const struct trigger *trigger, struct str reference, struct arena *arena)
{
	return rewrite_query(sources, query, trigger, (struct str){0}, reference, (struct str){0},
	                     arena);
}

struct str rewrite_qualify(const struct source_set *sources, const struct query *query,
                           struct str database, struct arena *arena)
{
	return rewrite_query(sources, query, NULL, database, (struct str){0}, (struct str){0},
	                     arena);
}
