/* rewrite_reading.c: another table in the trigger table's place, with a condition on its rows. */
#include "compiler/rewrite_tables.h"

#include "compiler/base/sqltext.h"

/* The name by which the reading's columns are qualified, and its SQL text. */
static struct str alias_name(const struct readings *readings, const struct table_ref *ref)
{
	if (ref->alias.text.n)
		return ref->alias.text;
	return readings->fresh.n ? readings->fresh : ref->table.name.text;
}

static struct str alias_text(struct rewriter *r, const struct readings *readings,
                             const struct table_ref *ref)
{
	struct str text;
	struct buf out;

	if (ref->alias.text.n || !readings->fresh.n)
		return span_text(r->sources,
		                 ref->alias.text.n ? ref->alias.span : ref->table.name.span);
	buf_init(&out, BUF_CEILING_OUTPUT);
	sql_add_name(&out, readings->fresh);
	text = arena_str(r->edits.arena, buf_str(&out));
	buf_release(&out);
	return text;
}

static bool token_means(struct rewriter *r, const struct query_token *token, struct str name)
{
	return name.n && query_token_names(token) &&
	       str_eq(query_token_name(r->sources, token, r->edits.arena), name);
}

static bool is_in_from(const struct select *select, const struct query_token *token)
{
	for (size_t i = 0; i < select->from.count; i++) {
		const struct table_ref *ref = &select->from.items[i];

		if (token->span.begin >= ref->span.begin && token->span.end <= ref->span.end)
			return true;
	}
	return false;
}

/* The last word of a column's name, and not of another expression. */
static bool ends_column(const struct query_token *token)
{
	switch (token->word) {
	case WORD_SELECT:
	case WORD_DISTINCT:
	case WORD_BY:
	case WORD_CASE:
	case WORD_WHEN:
	case WORD_THEN:
	case WORD_END:
	case WORD_NULL:
	case WORD_TRUE:
	case WORD_FALSE:
		return false;
	default:
		return query_token_names(token) && !word_is_restricted(token->word);
	}
}

/* Does a column of the SELECT have the name, as in `value AS events`? */
static bool is_taken(struct rewriter *r, const struct select *select, struct str name)
{
	size_t i = query_tokens_at(&r->tokens, select->span.begin) + 1;

	for (; r->tokens.list.items[i].kind != TOKEN_END &&
	       r->tokens.list.items[i].span.begin < select->span.end;
	     i++) {
		const struct query_token *token = &r->tokens.list.items[i];
		size_t back = token[-1].word == WORD_AS ? 2 : 1;

		if (i >= back && token_means(r, token, name) && token[1].kind != TOKEN_DOT &&
		    ends_column(token - back) && !is_in_from(select, token))
			return true;
	}
	return false;
}

/* A table without alias may share its name with a column's alias, one with an alias may not:
 * "Duplicate aliases … for table expressions". Measured on 26.7. */
struct str rewrite_fresh_alias(struct rewriter *r, const struct readings *readings)
{
	struct str name = r->trigger->table.name.text;
	bool needed = false;

	for (size_t i = 0; i < readings->list.count; i++)
		needed |= !readings->list.items[i]->alias.text.n;
	if (!r->reference.n || !needed || !is_taken(r, readings->select, name))
		return (struct str){0};
	do
		name = str_of(arena_printf(r->edits.arena, "%.*s_", STR_ARG(name)));
	while (is_taken(r, readings->select, name));
	return name;
}

/* --- qualifiers ---------------------------------------------------------------------------- */

/* Does `name.` mean one of the readings, and nothing else that the FROM has? */
static bool is_only_qualifier(const struct readings *readings, struct str name)
{
	const struct select *select = readings->select;

	for (size_t i = 0; i < select->from.count; i++) {
		const struct table_ref *other = &select->from.items[i];

		if (other == readings->list.items[0])
			continue;
		if (str_eq(other->alias.text, name) ||
		    (other->kind == FROM_TABLE && str_eq(other->table.name.text, name)))
			return false;
	}
	return true;
}

/* What `db.t.` means where several readings could be meant: the one that has no alias. */
static const struct table_ref *reading_without_alias(const struct readings *readings)
{
	for (size_t i = 0; i < readings->list.count; i++)
		if (!readings->list.items[i]->alias.text.n)
			return readings->list.items[i];
	return readings->list.items[0];
}

/* `db.t.column` and, where the table has an alias, `t.column`. */
void rewrite_qualifier(struct rewriter *r, const struct readings *readings, size_t i, bool nested)
{
	const struct query_token *token = &r->tokens.list.items[i];
	const struct table_ref *ref = reading_without_alias(readings);
	const struct ast_object_name *table = &ref->table;
	struct str database = table->database.text.n ? table->database.text : r->database;

	if (!r->reference.n || !query_token_names(token) || token[-1].kind == TOKEN_DOT ||
	    token[1].kind != TOKEN_DOT || is_in_from(readings->select, token))
		return;
	if (token_means(r, token, database) && token_means(r, token + 2, table->name.text) &&
	    token[3].kind == TOKEN_DOT) {
		struct span whole = span_join(token->span, token[2].span);

		if (ref->alias.text.n || readings->fresh.n)
			edits_add(&r->edits, whole, alias_text(r, readings, ref));
		else
			edits_add(&r->edits,
			          (struct span){whole.file, whole.begin, token[2].span.begin},
			          (struct str){0});
		return;
	}
	if (nested || str_eq(alias_name(readings, ref), table->name.text))
		return;
	if (token_means(r, token, table->name.text) && token[-1].word != WORD_IN &&
	    is_only_qualifier(readings, table->name.text))
		edits_add(&r->edits, token->span, alias_text(r, readings, ref));
}

/* --- conditions ---------------------------------------------------------------------------- */

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

/* `@` is the reading's alias, but not in strings. */
static void add_condition(struct rewriter *r, struct str alias, struct buf *out)
{
	struct str condition = r->condition;

	for (size_t i = 0; i < condition.n;) {
		size_t behind = skip_quoted(condition, i);

		if (behind > i) {
			buf_add(out, (struct str){condition.p + i, behind - i});
			i = behind;
			continue;
		}
		if (condition.p[i] == '@')
			sql_add_name(out, alias);
		else
			buf_addc(out, condition.p[i]);
		i++;
	}
}

static bool join_has(const struct rewriter *r, const struct table_ref *ref, enum query_word word)
{
	size_t i = query_tokens_at(&r->tokens, ref->join.begin);

	for (; r->tokens.list.items[i].span.begin < ref->join.end; i++)
		if (r->tokens.list.items[i].word == word)
			return true;
	return false;
}

/*
 * Is a condition in WHERE the same as reading only the rows that fulfil it? Not when a join makes
 * rows that the table does not have, or takes one of several.
 */
static bool where_will_do(const struct rewriter *r, const struct select *select,
                          const struct table_ref *ref)
{
	static const enum query_word never[] = {WORD_RIGHT, WORD_FULL, WORD_PASTE};
	static const enum query_word not_on_the_right[] = {WORD_LEFT, WORD_ANY, WORD_SEMI,
	                                                   WORD_ANTI, WORD_ASOF};
	bool first = ref == &select->from.items[0];

	if (ref->grouped) /* 26.7 makes (a JOIN b) a subquery without a name */
		return false;
	for (size_t i = 1; i < select->from.count; i++) {
		const struct table_ref *joined = &select->from.items[i];

		for (size_t k = 0; k < sizeof(never) / sizeof(*never); k++)
			if (join_has(r, joined, never[k]))
				return false;
		/* ANY INNER JOIN takes one row of either side. */
		if (first && join_has(r, joined, WORD_ANY) && !join_has(r, joined, WORD_LEFT))
			return false;
		for (size_t k = 0;
		     !first && k < sizeof(not_on_the_right) / sizeof(*not_on_the_right); k++)
			if (join_has(r, joined, not_on_the_right[k]))
				return false;
	}
	return true;
}

/* `*` leaves ALIAS and MATERIALIZED columns out; where the SELECT itself has no `*`, they can be
 * made part of it without changing anything else. */
static bool may_have_star(const struct rewriter *r, const struct select *select)
{
	size_t i = query_tokens_at(&r->tokens, select->span.begin);

	for (; r->tokens.list.items[i].kind != TOKEN_END &&
	       r->tokens.list.items[i].span.begin < select->span.end;
	     i++)
		if (r->tokens.list.items[i].kind == TOKEN_STAR ||
		    r->tokens.list.items[i].word == WORD_COLUMNS)
			return true;
	return false;
}

/* (SELECT * FROM table AS alias WHERE condition) */
static struct str filtered(struct rewriter *r, struct str table, struct str alias, bool computed)
{
	struct str text;
	struct buf out;

	buf_init(&out, BUF_CEILING_OUTPUT);
	buf_addf(&out, "(SELECT * FROM %.*s AS ", STR_ARG(table));
	sql_add_name(&out, alias);
	buf_addz(&out, " WHERE ");
	add_condition(r, alias, &out);
	if (computed)
		buf_addz(&out, " SETTINGS asterisk_include_alias_columns = 1, "
		               "asterisk_include_materialized_columns = 1");
	buf_addc(&out, ')');
	text = arena_str(r->edits.arena, buf_str(&out));
	buf_release(&out);
	return text;
}

/* The trigger table's own name as SQL, in the form that it has when it stays. */
static struct str own_name(struct rewriter *r, struct span span, bool has_database)
{
	struct str text = span_text(r->sources, span);
	struct buf out;

	if (has_database || !r->database.n)
		return text;
	buf_init(&out, BUF_CEILING_OUTPUT);
	sql_add_name(&out, r->database);
	buf_addf(&out, ".%.*s", STR_ARG(text));
	text = arena_str(r->edits.arena, buf_str(&out));
	buf_release(&out);
	return text;
}

/* All conditions that a SELECT's WHERE gets, in one edit on either side of what it has. */
static void add_where(struct rewriter *r, const struct select *select, struct str conditions)
{
	const struct clause *where = &select->where;

	if (!where->present) {
		edits_insert(
		        &r->edits, select->from_end, select->from_end.begin,
		        str_of(arena_printf(r->edits.arena, " WHERE %.*s", STR_ARG(conditions))));
		return;
	}
	edits_insert(&r->edits, where->body, where->body.begin, STR("("));
	edits_insert(&r->edits, where->body, where->body.end,
	             str_of(arena_printf(r->edits.arena, ") AND (%.*s)", STR_ARG(conditions))));
}

/* --- tables -------------------------------------------------------------------------------- */

static void replace_reading(struct rewriter *r, const struct readings *readings,
                            const struct table_ref *ref, struct str table)
{
	if (!ref->alias.text.n)
		table = str_of(arena_printf(r->edits.arena, "%.*s AS %.*s", STR_ARG(table),
		                            STR_ARG(alias_text(r, readings, ref))));
	edits_add(&r->edits, ref->span, table);
}

void rewrite_readings(struct rewriter *r, const struct readings *readings)
{
	const struct select *select = readings->select;
	struct buf conditions;

	buf_init(&conditions, BUF_CEILING_OUTPUT);
	for (size_t i = 0; i < readings->list.count; i++) {
		const struct table_ref *ref = readings->list.items[i];
		bool where = where_will_do(r, select, ref);
		struct str table = r->reference.n
		                           ? r->reference
		                           : own_name(r, ref->span, ref->table.database.text.n > 0);

		if (r->condition.n && !where)
			replace_reading(r, readings, ref,
			                filtered(r, table, alias_name(readings, ref),
			                         !may_have_star(r, select)));
		else if (r->reference.n)
			replace_reading(r, readings, ref, table);
		else if (!ref->table.database.text.n)
			rewrite_qualify_name(r, ref->span);
		if (!r->condition.n || !where)
			continue;
		if (conditions.size)
			buf_addz(&conditions, ") AND (");
		add_condition(r, alias_name(readings, ref), &conditions);
	}
	if (conditions.size && readings->list.count > 1 && !select->where.present) {
		struct buf whole;

		buf_init(&whole, BUF_CEILING_OUTPUT);
		buf_addf(&whole, "(%.*s)", STR_ARG(buf_str(&conditions)));
		add_where(r, select, arena_str(r->edits.arena, buf_str(&whole)));
		buf_release(&whole);
	} else if (conditions.size) {
		add_where(r, select, arena_str(r->edits.arena, buf_str(&conditions)));
	}
	buf_release(&conditions);
}

void rewrite_function(struct rewriter *r, const struct select *select, const struct table_ref *ref,
                      struct str alias)
{
	bool named = ref->alias.text.n > 0;
	struct str as =
	        named ? STR("") : str_of(arena_printf(r->edits.arena, " AS %.*s", STR_ARG(alias)));
	struct buf condition;

	if (named)
		alias = ref->alias.text;
	if (!where_will_do(r, select, ref)) {
		struct str table = filtered(r, span_text(r->sources, ref->span), alias, false);

		edits_add(&r->edits, ref->span,
		          str_of(arena_printf(r->edits.arena, "%.*s%.*s", STR_ARG(table),
		                              STR_ARG(as))));
		return;
	}
	buf_init(&condition, BUF_CEILING_OUTPUT);
	add_condition(r, alias, &condition);
	if (as.n)
		edits_insert(&r->edits, ref->span, ref->span.end, as);
	add_where(r, select, arena_str(r->edits.arena, buf_str(&condition)));
	buf_release(&condition);
}

void rewrite_in(struct rewriter *r, struct span table, bool has_database)
{
	struct str text = r->reference.n ? r->reference : own_name(r, table, has_database);

	if (r->condition.n)
		text = filtered(r, text, r->trigger->table.name.text, false);
	edits_add(&r->edits, table, text);
}
