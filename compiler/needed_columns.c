/* needed_columns.c: see needed_columns.h. */
#include "compiler/needed_columns.h"

#include "compiler/base/sqltext.h"
#include "compiler/ddl.h"
#include "compiler/query_words.h"
#include "compiler/tokens.h"
#include "compiler/types.h"

/* One view, or a column's expression, is looked at after the other. */
struct finder {
	const struct source_set *sources;
	struct arena *arena;
	const struct model_table *table;
	bool *needed; /* one a column of the table, over all views */

	/* Of the view at hand. */
	const struct table_ref *trigger;
	const struct select *select; /* whose tokens are read */
	struct query_tokens tokens;
	bool *quiet;    /* one a token: it names no column */
	bool *kept_out; /* one a column: an EXCEPT has it */
};

static struct str name_of(const struct finder *f, const struct query_token *token)
{
	struct str text = span_text(f->sources, token->span);

	return token->kind == TOKEN_QUOTED ? token_unquote(text, f->arena) : text;
}

/* `left` up to a dot is `right`: n of `n.a`. */
static bool is_before_dot(struct str left, struct str right)
{
	return left.n > right.n && left.p[right.n] == '.' && str_starts(left, right);
}

/* `n`, `n.a` and n.a may all mean the column `n` or a column `n.a`. */
static bool may_mean(struct str name, const struct model_column *column)
{
	return str_eq(name, column->name) || is_before_dot(name, column->name) ||
	       is_before_dot(column->name, name);
}

/* --- names --------------------------------------------------------------------------------- */

/* Everything else that is a word may be a column, keywords too: ClickHouse reserves almost none. */
static bool may_be_column(const struct query_token *tokens, size_t i)
{
	return query_token_names(&tokens[i]) && tokens[i + 1].kind != TOKEN_LEFT &&
	       (i == 0 || tokens[i - 1].word != WORD_AS);
}

static bool mention(struct finder *f, struct str name)
{
	bool more = false;

	for (size_t c = 0; c < f->table->column_count; c++) {
		if (f->needed[c] || !may_mean(name, &f->table->columns[c]))
			continue;
		f->needed[c] = true;
		more = true;
	}
	return more;
}

static void mention_names(struct finder *f)
{
	for (size_t i = 0; i + 1 < f->tokens.list.count; i++)
		if (!f->quiet[i] && may_be_column(f->tokens.list.items, i))
			mention(f, name_of(f, &f->tokens.list.items[i]));
}

/* --- several columns at once --------------------------------------------------------------- */

static void need_all(struct finder *f, bool computed)
{
	for (size_t c = 0; c < f->table->column_count; c++) {
		enum column_default kind = f->table->columns[c].default_kind;

		if (kind == DEFAULT_NONE || kind == DEFAULT_VALUE)
			f->needed[c] |= !f->kept_out[c];
		else
			f->needed[c] |= computed && kind != DEFAULT_EPHEMERAL;
	}
	memset(f->kept_out, 0, f->table->column_count * sizeof(*f->kept_out));
}

/* `count(*)` needs nothing. */
static bool is_counted(const struct finder *f, size_t i)
{
	const struct query_token *tokens = f->tokens.list.items;

	return i >= 2 && tokens[i - 1].kind == TOKEN_LEFT && tokens[i + 1].kind == TOKEN_RIGHT &&
	       str_ieq(span_text(f->sources, tokens[i - 2].span), STR("count"));
}

/* The trigger table, as far as its name tells: a WITH that shadows it makes it a column too many. */
static bool is_trigger(const struct finder *f, const struct table_ref *ref)
{
	return ref->kind == FROM_TABLE && str_eq(ref->table.name.text, f->trigger->table.name.text);
}

/* `u.*` of another table of the same FROM. */
static bool is_of_other_table(const struct finder *f, size_t i)
{
	const struct query_token *tokens = f->tokens.list.items;
	bool other = false;
	struct str name;

	if (i < 2 || tokens[i - 1].kind != TOKEN_DOT || !query_token_names(&tokens[i - 2]))
		return false;
	name = name_of(f, &tokens[i - 2]);
	for (size_t k = 0; k < f->select->from.count; k++) {
		const struct table_ref *ref = &f->select->from.items[k];

		if (!str_eq(name, ref->alias.text) && !str_eq(name, ref->table.name.text))
			continue;
		if (is_trigger(f, ref))
			return false;
		other = true;
	}
	return other;
}

/* Behind an operand a `*` multiplies; DISTINCT ON (…) * is known by the tree. */
static bool is_star(const struct finder *f, size_t i)
{
	const struct query_token *tokens = f->tokens.list.items, *last;
	const struct select *select = f->select;

	if (tokens[i].kind != TOKEN_STAR)
		return false;
	for (size_t k = 0; k < select->items.count; k++)
		if (select->items.items[k].expr.begin == tokens[i].span.begin)
			return true;
	if (i == 0)
		return true;
	last = &tokens[i - 1];
	if (last->kind == TOKEN_WORD)
		return word_is_restricted(last->word) || last->word == WORD_SELECT ||
		       last->word == WORD_DISTINCT;
	return query_token_opens(last) || last->kind == TOKEN_COMMA || last->kind == TOKEN_DOT ||
	       last->kind == TOKEN_OPERATOR || last->kind == TOKEN_EQUALS;
}

/* A Nested column's own name is none that `*` has: EXCEPT (n) leaves n.a and n.b there (measured). */
static void keep_out(struct finder *f, size_t i)
{
	struct str name = name_of(f, &f->tokens.list.items[i]), inside;

	f->quiet[i] = true;
	for (size_t c = 0; c < f->table->column_count; c++) {
		const struct model_column *column = &f->table->columns[c];

		f->kept_out[c] |= str_eq(name, column->name) &&
		                  !type_arguments(column->type, "Nested", &inside);
	}
}

/* `EXCEPT (a, b)` or `EXCEPT a` at token `i`; STRICT wants the columns there, and a pattern is
 * not worked out. */
static void read_except(struct finder *f, size_t i)
{
	const struct query_token *tokens = f->tokens.list.items;
	size_t end = tokens[i + 1].partner;

	if (tokens[i].word != WORD_EXCEPT)
		return;
	if (tokens[i + 1].kind == TOKEN_LEFT) {
		for (size_t k = i + 2; k < end; k++)
			if (!query_token_names(&tokens[k]) && tokens[k].kind != TOKEN_COMMA)
				return;
		for (size_t k = i + 2; k < end; k++)
			if (tokens[k].kind != TOKEN_COMMA)
				keep_out(f, k);
	} else if (query_token_names(&tokens[i + 1]) && tokens[i + 1].word != WORD_STRICT) {
		keep_out(f, i + 1);
	}
}

static void read_several(struct finder *f, size_t i)
{
	const struct query_token *tokens = f->tokens.list.items;

	if (is_star(f, i) && !is_counted(f, i) && !is_of_other_table(f, i)) {
		read_except(f, i + 1);
		need_all(f, false);
	} else if (tokens[i].word == WORD_COLUMNS && tokens[i + 1].kind == TOKEN_LEFT &&
	           tokens[i + 2].kind == TOKEN_STRING) {
		need_all(f, true);
	} else if (tokens[i].word == WORD_NATURAL) {
		need_all(f, true);
	}
}

static bool begins_any(const struct finder *f, size_t i, const struct select *select)
{
	uint32_t at = f->tokens.list.items[i].span.begin;

	for (size_t k = 0; k < select->with.count; k++)
		if (select->with.items[k].subquery &&
		    select->with.items[k].subquery->span.begin == at)
			return true;
	for (size_t k = 0; k < select->from.count; k++)
		if (select->from.items[k].kind == FROM_SUBQUERY &&
		    select->from.items[k].subquery->span.begin == at)
			return true;
	for (size_t k = 0; k < select->nested.count; k++)
		if (select->nested.items[k]->span.begin == at)
			return true;
	return false;
}

/* The tokens of `span`, which lies in `select`, but not those of its subqueries. */
static void read_span(struct finder *f, const struct select *select, struct span span)
{
	const struct query_token *tokens = f->tokens.list.items;

	f->select = select;
	for (size_t i = 0; i + 1 < f->tokens.list.count; i++) {
		if (tokens[i].span.begin < span.begin || tokens[i].span.end > span.end)
			continue;
		if (i > 0 && tokens[i - 1].kind == TOKEN_LEFT && begins_any(f, i, select))
			i = tokens[i - 1].partner;
		else
			read_several(f, i);
	}
}

static bool reads_trigger(const struct finder *f, const struct select *select)
{
	for (size_t k = 0; k < select->from.count; k++)
		if (is_trigger(f, &select->from.items[k]))
			return true;
	return false;
}

/* Every SELECT that reads the trigger table reads the Null table in the copy. Expressions that an outer
 * WITH names are resolved where they are used: `WITH tuple(*) AS x SELECT y FROM (SELECT x AS y FROM
 * t)` means the columns of t (measured). */
static void read_query(struct finder *f, const struct query *query)
{
	for (size_t b = 0; b < query->branches.count; b++) {
		const struct select *select = query->branches.items[b];

		if (reads_trigger(f, select))
			read_span(f, select, select->span);
		for (size_t k = 0; k < select->with.count; k++) {
			const struct with_item *item = &select->with.items[k];

			if (item->subquery)
				read_query(f, item->subquery);
			else
				read_span(f, select, item->span);
		}
		for (size_t k = 0; k < select->from.count; k++)
			if (select->from.items[k].kind == FROM_SUBQUERY)
				read_query(f, select->from.items[k].subquery);
		for (size_t k = 0; k < select->nested.count; k++)
			read_query(f, select->nested.items[k]);
	}
}

/* `(a, b) IN t` reads the whole of t. */
static bool reads_behind_in(const struct finder *f)
{
	const struct query_token *tokens = f->tokens.list.items;

	for (size_t i = 0; i + 1 < f->tokens.list.count; i++) {
		size_t name = i + 1 + (tokens[i + 1].kind == TOKEN_LEFT);

		if (tokens[i].word != WORD_IN || !query_token_names(&tokens[name]))
			continue;
		if (tokens[name + 1].kind == TOKEN_DOT && query_token_names(&tokens[name + 2]))
			name += 2;
		if (str_eq(name_of(f, &tokens[name]), f->trigger->table.name.text))
			return true;
	}
	return false;
}

/* Names that only the server knows, and settings that change what `*` means. */
static bool is_beyond_us(const struct finder *f)
{
	for (size_t i = 0; i + 1 < f->tokens.list.count; i++) {
		const struct query_token *token = &f->tokens.list.items[i];
		struct str text = span_text(f->sources, token->span);

		if (token->kind == TOKEN_PARAM && str_find(text, STR("Identifier")) > 0)
			return true;
		if (token->kind == TOKEN_WORD && str_starts(text, STR("asterisk_include_")))
			return true;
	}
	return false;
}

/* --- all together -------------------------------------------------------------------------- */

static void read_tokens(struct finder *f, struct span span)
{
	query_tokens_read(f->sources, span, f->arena, NULL, &f->tokens);
	f->quiet = arena_array(f->arena, bool, f->tokens.list.count + 1);
}

static void read_view(struct finder *f, const struct model_view *view)
{
	f->trigger = view->trigger.ref;
	read_tokens(f, view->query->span);
	if (is_beyond_us(f))
		need_all(f, true);
	if (reads_behind_in(f))
		need_all(f, false);
	read_query(f, view->query);
	mention_names(f);
}

static bool has_default(const struct model_column *column)
{
	return column->default_expr.begin != column->default_expr.end;
}

/* Does the Null table's declaration have the expression? */
static bool keeps_expression(const struct model_column *column)
{
	return has_default(column) &&
	       (column->default_kind == DEFAULT_ALIAS ||
	        column->default_kind == DEFAULT_MATERIALIZED || !column->type.n);
}

/* Columns of expressions, of those columns' expressions, and so on. */
static void read_expressions(struct finder *f)
{
	bool *done = arena_array(f->arena, bool, f->table->column_count);

	for (size_t c = 0; c < f->table->column_count; c++) {
		const struct model_column *column = &f->table->columns[c];

		if (done[c] || !f->needed[c] || !keeps_expression(column))
			continue;
		done[c] = true;
		read_tokens(f, column->default_expr);
		mention_names(f);
		c = (size_t)-1; /* begin again: an earlier column may be needed now */
	}
}

static bool is_inserted(const struct model_column *column)
{
	return column->default_kind != DEFAULT_ALIAS && column->default_kind != DEFAULT_EPHEMERAL;
}

static bool is_cheap(struct finder *f, const struct model_column *column)
{
	switch (type_read(column->type, f->arena).class) {
	case TYPE_DATE:
	case TYPE_DATE32:
	case TYPE_DATETIME:
	case TYPE_DATETIME64:
	case TYPE_INTEGER:
		return true;
	default:
		return false;
	}
}

/* Rows need a column to be inserted. */
static void need_one(struct finder *f)
{
	size_t found = f->table->column_count;

	for (size_t c = 0; c < f->table->column_count; c++) {
		const struct model_column *column = &f->table->columns[c];

		if (!is_inserted(column))
			continue;
		if (f->needed[c])
			return;
		if (column->default_kind != DEFAULT_MATERIALIZED &&
		    (found == f->table->column_count ||
		     (is_cheap(f, column) && !is_cheap(f, &f->table->columns[found]))))
			found = c;
	}
	if (found < f->table->column_count)
		f->needed[found] = true;
}

/* `n Nested(a UInt8, b String)` is inserted as `n.a` and `n.b`. */
static void add_inserted(struct finder *f, const struct model_column *column,
                         struct needed_columns *out)
{
	struct ddl_columns parts;
	struct diag_list ignored;
	struct source_set scratch;
	struct source *source;
	struct str inside;

	if (!type_arguments(column->type, "Nested", &inside)) {
		*list_add(f->arena, &out->inserted) = column->name;
		return;
	}
	diag_list_init(&ignored, f->arena);
	source_set_init(&scratch, f->arena);
	source = source_from_text(&scratch, "type", inside, &ignored);
	if (source && ddl_read_columns(&scratch, (struct span){source->id, 0, (uint32_t)inside.n},
	                               f->arena, &parts, &ignored))
		for (size_t i = 0; i < parts.list.count; i++)
			*list_add(f->arena, &out->inserted) =
			        str_of(arena_printf(f->arena, "%.*s.%.*s", STR_ARG(column->name),
			                            STR_ARG(parts.list.items[i].name)));
	source_set_release(&scratch);
}

void needed_columns_find(const struct source_set *sources, const struct model_view *const *views,
                         size_t view_count, struct arena *arena, struct needed_columns *out)
{
	struct finder f = {.sources = sources, .arena = arena, .table = views[0]->reads};

	*out = (struct needed_columns){.whole = !f.table->has_columns};
	if (out->whole)
		return;
	f.needed = arena_array(arena, bool, f.table->column_count);
	f.kept_out = arena_array(arena, bool, f.table->column_count);
	for (size_t i = 0; i < view_count; i++)
		read_view(&f, views[i]);
	read_expressions(&f);
	need_one(&f);
	read_expressions(&f); /* the one may have a default in place of a type */
	for (size_t c = 0; c < f.table->column_count; c++) {
		const struct model_column *column = &f.table->columns[c];

		if (!f.needed[c])
			continue;
		*list_add(arena, &out->list) = column;
		if (is_inserted(column))
			add_inserted(&f, column, out);
	}
}

void needed_columns_declare(const struct needed_columns *needed, const struct source_set *sources,
                            struct buf *out)
{
	static const char *const words[] = {
	        [DEFAULT_VALUE] = "DEFAULT",
	        [DEFAULT_MATERIALIZED] = "MATERIALIZED",
	        [DEFAULT_ALIAS] = "ALIAS",
	        [DEFAULT_EPHEMERAL] = "EPHEMERAL",
	};

	for (size_t i = 0; i < needed->list.count; i++) {
		const struct model_column *column = needed->list.items[i];

		buf_addz(out, i ? ", " : "");
		sql_add_name(out, column->name);
		if (column->type.n)
			buf_addf(out, " %.*s", STR_ARG(column->type));
		if (keeps_expression(column))
			buf_addf(out, " %s %.*s", words[column->default_kind],
			         STR_ARG(span_text(sources, column->default_expr)));
		else if (column->default_kind == DEFAULT_EPHEMERAL)
			buf_addz(out, " EPHEMERAL");
	}
}
