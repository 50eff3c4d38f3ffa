/* rewrite_qualify.c: see rewrite_qualify.h. */
#include "compiler/rewrite_qualify.h"

#include "compiler/base/sqltext.h"
#include "compiler/query_scope.h"

struct qualifier {
	const struct source_set *sources;
	const struct query_tokens *tokens;
	const struct table_ref *except;
	struct str prefix; /* `database.` */
	struct edits *edits;
};

size_t query_tokens_at(const struct query_tokens *tokens, uint32_t offset)
{
	size_t low = 0, high = tokens->list.count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (tokens->list.items[middle].span.begin < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct str query_token_name(const struct source_set *sources, const struct query_token *token,
                            struct arena *arena)
{
	struct str text = span_text(sources, token->span);

	return token->kind == TOKEN_QUOTED ? token_unquote(text, arena) : text;
}

static bool runs_elsewhere(struct str function)
{
	static const char *const names[] = {"remote", "remoteSecure", "mysql", "postgresql",
	                                    "sqlite", "odbc",         "jdbc"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_ieq(function, str_of(names[i])))
			return true;
	return false;
}

static bool span_holds(struct span outer, struct span inner)
{
	return outer.begin <= inner.begin && inner.end <= outer.end;
}

static bool is_remote(const struct select *select, struct span span)
{
	for (size_t i = 0; i < select->from.count; i++) {
		const struct table_ref *ref = &select->from.items[i];

		if (ref->kind == FROM_FUNCTION && runs_elsewhere(ref->function.text) &&
		    span_holds(ref->arguments, span))
			return true;
	}
	return false;
}

/* The name that token `in` takes as its right side, alone or in parentheses; or NULL. */
static const struct query_token *name_behind_in(const struct query_token *in)
{
	const struct query_token *name = in + 1;

	if (name->kind == TOKEN_LEFT) {
		name++;
		return query_token_names(name) && name[1].kind == TOKEN_RIGHT ? name : NULL;
	}
	return query_token_names(name) && name[1].kind != TOKEN_LEFT && name[1].kind != TOKEN_DOT
	               ? name
	               : NULL;
}

/* Is the name an alias, or a column that stands somewhere else too? */
static bool is_known_value(const struct qualifier *q, struct str name)
{
	for (size_t i = 1; i + 1 < q->tokens->list.count; i++) {
		const struct query_token *token = &q->tokens->list.items[i];
		enum query_word before = token[-1].word;

		if (!query_token_names(token) || token[1].kind == TOKEN_LEFT ||
		    token[1].kind == TOKEN_DOT ||
		    !str_eq(query_token_name(q->sources, token, q->edits->arena), name))
			continue;
		if (i > 1 && token[-1].kind == TOKEN_LEFT && token[-2].word == WORD_IN)
			continue;
		if (before != WORD_FROM && before != WORD_JOIN && before != WORD_IN)
			return true;
	}
	return false;
}

static bool follows_operand(const struct query_token *in)
{
	const struct query_token *last = in - 1;

	if (last->word == WORD_NOT)
		return true;
	return query_token_closes(last) || last->kind == TOKEN_STRING ||
	       last->kind == TOKEN_NUMBER || last->kind == TOKEN_PARAM ||
	       (query_token_names(last) && !word_is_restricted(last->word) &&
	        last->word != WORD_SELECT && last->word != WORD_BY);
}

/* `x IN name` in the tokens of one SELECT, at index i. */
static void qualify_in(const struct qualifier *q, const struct query_scope *scope, size_t i)
{
	const struct query_token *token = &q->tokens->list.items[i], *found;
	struct str name;

	if (token->word != WORD_IN || i == 0 || !follows_operand(token))
		return;
	found = name_behind_in(token);
	if (!found)
		return;
	name = query_token_name(q->sources, found, q->edits->arena);
	if (query_scope_find(scope, name) || is_known_value(q, name))
		return;
	edits_insert(q->edits, found->span, found->span.begin, q->prefix);
}

static bool starts_child(const struct select *select, struct span at, struct span *child)
{
	for (size_t i = 0; i < select->with.count; i++)
		if (select->with.items[i].subquery &&
		    select->with.items[i].subquery->span.begin == at.begin)
			return *child = select->with.items[i].subquery->span, true;
	for (size_t i = 0; i < select->from.count; i++)
		if (select->from.items[i].kind == FROM_SUBQUERY &&
		    select->from.items[i].subquery->span.begin == at.begin)
			return *child = select->from.items[i].subquery->span, true;
	for (size_t i = 0; i < select->nested.count; i++)
		if (select->nested.items[i]->span.begin == at.begin)
			return *child = select->nested.items[i]->span, true;
	return false;
}

static void qualify_operands(const struct qualifier *q, const struct select *select,
                             const struct query_scope *scope)
{
	size_t i = query_tokens_at(q->tokens, select->span.begin);

	while (i + 1 < q->tokens->list.count &&
	       q->tokens->list.items[i].span.begin < select->span.end) {
		const struct query_token *token = &q->tokens->list.items[i];
		struct span child;

		if (i > 0 && token[-1].kind == TOKEN_LEFT &&
		    starts_child(select, token->span, &child)) {
			i = query_tokens_at(q->tokens, child.end);
			continue;
		}
		qualify_in(q, scope, i);
		i++;
	}
}

static void qualify_query(const struct qualifier *q, const struct query *query,
                          const struct query_scope *outer);

static void qualify_ref(const struct qualifier *q, const struct table_ref *ref,
                        const struct query_scope *scope)
{
	if (ref->kind == FROM_SUBQUERY)
		qualify_query(q, ref->subquery, scope);
	if (ref->kind != FROM_TABLE || ref == q->except || ref->table.database.text.n ||
	    query_scope_find(scope, ref->table.name.text))
		return;
	edits_insert(q->edits, ref->span, ref->span.begin, q->prefix);
}

static void qualify_select(const struct qualifier *q, const struct select *select,
                           const struct query_scope *scope)
{
	for (size_t i = 0; i < select->with.count; i++) {
		const struct with_item *item = &select->with.items[i];
		struct query_scope inside = {.outer = scope, .inside = item};

		if (item->subquery)
			qualify_query(q, item->subquery, &inside);
	}
	for (size_t i = 0; i < select->from.count; i++)
		qualify_ref(q, &select->from.items[i], scope);
	for (size_t i = 0; i < select->nested.count; i++)
		if (!is_remote(select, select->nested.items[i]->span))
			qualify_query(q, select->nested.items[i], scope);
	qualify_operands(q, select, scope);
}

static void qualify_query(const struct qualifier *q, const struct query *query,
                          const struct query_scope *outer)
{
	for (size_t i = 0; i < query->branches.count; i++) {
		const struct select *select = query->branches.items[i];
		struct query_scope scope = {.outer = outer, .query = query, .select = select};

		qualify_select(q, select, &scope);
	}
}

void qualify_tables(const struct source_set *sources, const struct query_tokens *tokens,
                    const struct query *query, struct str database, const struct table_ref *except,
                    struct edits *edits)
{
	struct qualifier q = {
	        .sources = sources, .tokens = tokens, .except = except, .edits = edits};
	struct buf prefix;

	buf_init(&prefix, BUF_CEILING_OUTPUT);
	sql_add_name(&prefix, database);
	buf_addc(&prefix, '.');
	q.prefix = arena_str(edits->arena, buf_str(&prefix));
	buf_release(&prefix);
	qualify_query(&q, query, NULL);
}
