/* rewrite_tables.c: see rewrite_tables.h. */
#include "compiler/rewrite_tables.h"

#include "compiler/base/sqltext.h"
#include "compiler/query_scope.h"

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

/* --- tables -------------------------------------------------------------------------------- */

static struct str database_of(const struct rewriter *r, struct str written)
{
	return written.n ? written : r->database;
}

static bool is_trigger(const struct rewriter *r, struct str database, struct str name)
{
	const struct ast_object_name *table = r->trigger ? &r->trigger->table : NULL;

	return table && str_eq(name, table->name.text) &&
	       str_eq(database_of(r, database), database_of(r, table->database.text));
}

void rewrite_qualify_name(struct rewriter *r, struct span at)
{
	struct buf prefix;

	if (!r->database.n)
		return;
	buf_init(&prefix, BUF_CEILING_OUTPUT);
	sql_add_name(&prefix, r->database);
	buf_addc(&prefix, '.');
	edits_insert(&r->edits, at, at.begin, arena_str(r->edits.arena, buf_str(&prefix)));
	buf_release(&prefix);
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

/* --- tables behind IN ---------------------------------------------------------------------- */

/* `name` or `database.name`, alone or in parentheses, on the right of IN. */
struct in_table {
	struct str database, name;
	struct span span;
};

static bool table_behind_in(const struct rewriter *r, const struct query_token *in,
                            struct in_table *out)
{
	bool group = in[1].kind == TOKEN_LEFT;
	const struct query_token *first = in + 1 + group, *last = first;

	if (!query_token_names(first))
		return false;
	if (last[1].kind == TOKEN_DOT && query_token_names(last + 2))
		last += 2;
	if (group ? last[1].kind != TOKEN_RIGHT
	          : last[1].kind == TOKEN_LEFT || last[1].kind == TOKEN_DOT)
		return false;
	*out = (struct in_table){
	        .name = query_token_name(r->sources, last, r->edits.arena),
	        .span = span_join(first->span, last->span),
	};
	if (first != last)
		out->database = query_token_name(r->sources, first, r->edits.arena);
	return true;
}

/* Is the name an alias, or a column that stands somewhere else too? */
static bool is_known_value(const struct rewriter *r, struct str name)
{
	for (size_t i = 1; i + 1 < r->tokens.list.count; i++) {
		const struct query_token *token = &r->tokens.list.items[i];
		size_t first = i >= 2 && token[-1].kind == TOKEN_DOT ? i - 2 : i; /* db.name */
		enum query_word before = first ? r->tokens.list.items[first - 1].word : WORD_NONE;

		if (!query_token_names(token) || token[1].kind == TOKEN_LEFT ||
		    token[1].kind == TOKEN_DOT ||
		    !str_eq(query_token_name(r->sources, token, r->edits.arena), name))
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

/* POSITION('x' IN column) */
static bool is_positions(const struct rewriter *r, size_t i)
{
	const struct query_token *tokens = r->tokens.list.items;

	while (i > 1 && !query_token_opens(&tokens[i - 1]))
		i = query_token_closes(&tokens[i - 1]) ? tokens[i - 1].partner : i - 1;
	return i > 1 && str_ieq(span_text(r->sources, tokens[i - 2].span), STR("position"));
}

/* `x IN name` in the tokens of one SELECT, at index i. */
static void walk_in(struct rewriter *r, const struct query_scope *scope, size_t i)
{
	const struct query_token *token = &r->tokens.list.items[i];
	struct in_table table;

	if (token->word != WORD_IN || i == 0 || !follows_operand(token) ||
	    !table_behind_in(r, token, &table) || is_positions(r, i))
		return;
	if (!table.database.n &&
	    (query_scope_find(scope, table.name) || is_known_value(r, table.name)))
		return;
	if (is_trigger(r, table.database, table.name) && (r->reference.n || r->condition.n))
		rewrite_in(r, table.span, table.database.n > 0);
	else if (!table.database.n)
		rewrite_qualify_name(r, table.span);
}

/* --- the walk ------------------------------------------------------------------------------ */

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

/* The tokens of the SELECT itself, without its subqueries'. `visible` are the readings that a
 * qualifier here can mean: its own, or those of the SELECT around it. */
static void walk_tokens(struct rewriter *r, const struct select *select,
                        const struct readings *visible, const struct query_scope *scope)
{
	size_t i = query_tokens_at(&r->tokens, select->span.begin);

	while (i + 1 < r->tokens.list.count &&
	       r->tokens.list.items[i].span.begin < select->span.end) {
		const struct query_token *token = &r->tokens.list.items[i];
		struct span child;

		if (i > 0 && token[-1].kind == TOKEN_LEFT &&
		    starts_child(select, token->span, &child)) {
			i = query_tokens_at(&r->tokens, child.end);
			continue;
		}
		walk_in(r, scope, i);
		if (visible && i > 0)
			rewrite_qualifier(r, visible, i, visible->select != select);
		i++;
	}
}

static void walk_query(struct rewriter *r, const struct query *query, const struct readings *around,
                       const struct query_scope *outer);

static void walk_from(struct rewriter *r, const struct select *select, struct readings *readings,
                      const struct query_scope *scope)
{
	for (size_t i = 0; i < select->from.count; i++) {
		const struct table_ref *ref = &select->from.items[i];
		struct str database = ref->table.database.text;

		if (ref->kind == FROM_SUBQUERY)
			walk_query(r, ref->subquery, NULL, scope);
		if (ref->kind != FROM_TABLE ||
		    (!database.n && query_scope_find(scope, ref->table.name.text)))
			continue;
		if (is_trigger(r, database, ref->table.name.text))
			*list_add(r->edits.arena, &readings->list) = ref;
		else if (!database.n)
			rewrite_qualify_name(r, ref->span);
	}
}

static void walk_select(struct rewriter *r, const struct select *select,
                        const struct readings *around, const struct query_scope *scope)
{
	struct readings own = {.select = select};
	const struct readings *visible;

	for (size_t i = 0; i < select->with.count; i++) {
		const struct with_item *item = &select->with.items[i];
		struct query_scope inside = {.outer = scope, .inside = item};

		if (item->subquery)
			walk_query(r, item->subquery, NULL, &inside);
	}
	walk_from(r, select, &own, scope);
	if (own.list.count)
		own.fresh = rewrite_fresh_alias(r, &own);
	visible = own.list.count ? &own : around;
	for (size_t i = 0; i < select->nested.count; i++)
		if (!is_remote(select, select->nested.items[i]->span))
			walk_query(r, select->nested.items[i], visible, scope);
	walk_tokens(r, select, visible, scope);
	if (own.list.count)
		rewrite_readings(r, &own);
}

static void walk_query(struct rewriter *r, const struct query *query, const struct readings *around,
                       const struct query_scope *outer)
{
	for (size_t i = 0; i < query->branches.count; i++) {
		const struct select *select = query->branches.items[i];
		struct query_scope scope = {.outer = outer, .query = query, .select = select};

		walk_select(r, select, around, &scope);
	}
}

void rewrite_tables(struct rewriter *r, const struct query *query)
{
	walk_query(r, query, NULL, NULL);
}
