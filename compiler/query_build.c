/* query_build.c: the constructors that grammar/select.y calls. See query_parse.h. */
#include "compiler/query_parse.h"

static struct str text_of(const struct query_parser *parser, struct span span)
{
	return span_text(parser->sources, span);
}

struct query *query_of_select(struct query_parser *parser, struct select *select)
{
	struct query *query = arena_new(parser->arena, struct query);

	query->span = select->span;
	list_reserve(parser->arena, &query->branches, 1); /* few have a UNION */
	*list_add(parser->arena, &query->branches) = select;
	return query;
}

struct query *query_in_parentheses(struct query *query, struct span span)
{
	query->span = span;
	return query;
}

struct query *query_combine(struct query_parser *parser, struct query *left,
                            enum set_operator operator, struct query * right)
{
	*list_add(parser->arena, &left->operators) = operator;
	for (size_t i = 0; i < right->operators.count; i++)
		*list_add(parser->arena, &left->operators) = right->operators.items[i];
	for (size_t i = 0; i < right->branches.count; i++)
		*list_add(parser->arena, &left->branches) = right->branches.items[i];
	left->span = span_join(left->span, right->span);
	return left;
}

struct select *select_new(struct query_parser *parser, const struct query_ctes *ctes)
{
	struct select *select = arena_new(parser->arena, struct select);

	if (ctes)
		list_reserve(parser->arena, &select->with, ctes->list.count);
	for (size_t i = 0; ctes && i < ctes->list.count; i++)
		*list_add(parser->arena, &select->with) = ctes->list.items[i];
	return select;
}

/* `sum(x) OVER w`, also deep in an expression, but not in a subquery. */
static bool has_window_function(const struct query_parser *parser, struct span span)
{
	size_t i = parser->position < parser->count ? parser->position : parser->count - 1;

	while (i > 0 && parser->tokens[i - 1].span.begin >= span.begin)
		i--;
	for (; parser->tokens[i].span.begin < span.end; i++) {
		const struct query_token *token = &parser->tokens[i];

		if (token->kind == TOKEN_END)
			break;
		if (token->kind == TOKEN_LEFT && token[1].word == WORD_SELECT)
			i = token->partner;
		else if (token->word == WORD_OVER && i > 0 && query_token_closes(token - 1) &&
		         (token[1].kind == TOKEN_LEFT ||
		          (query_token_names(token + 1) && !word_is_restricted(token[1].word))))
			return true;
	}
	return false;
}

void select_items(struct query_parser *parser, struct select *select, bool distinct,
                  const struct query_runs *runs, struct span span)
{
	select->distinct = distinct;
	select->items_span = span;
	list_reserve(parser->arena, &select->items, runs->list.count);
	for (size_t i = 0; i < runs->list.count; i++) {
		const struct query_run *run = &runs->list.items[i];
		struct select_item *item = list_add(parser->arena, &select->items);

		item->expr = run->expr;
		item->is_star = run->star;
		item->alias = run->alias;
		if (!run->star)
			item->name = run->alias.text.n ? run->alias.text : run->name;
	}
	select->has_window_function = has_window_function(parser, span);
}

static struct span end_of(struct span span)
{
	return (struct span){span.file, span.end, span.end};
}

void select_from(struct query_parser *parser, struct select *select, struct span keyword,
                 const struct query_tables *tables, struct span before_where)
{
	select->has_from = true;
	select->from_keyword = keyword;
	select->has_join = tables->join;
	select->has_array_join = tables->array_join;
	select->from_end = end_of(before_where);
	list_reserve(parser->arena, &select->from, tables->list.count);
	for (size_t i = 0; i < tables->list.count; i++)
		*list_add(parser->arena, &select->from) = tables->list.items[i];
}

void select_clause(struct clause *clause, struct span keyword, struct span body)
{
	*clause = (struct clause){true, keyword, body};
}

void select_prewhere(struct select *select, struct span keyword, struct span body)
{
	select_clause(&select->prewhere, keyword, body);
	select->from_end = end_of(body);
}

static bool names_modifier(struct str key)
{
	static const char *const modifiers[] = {"ROLLUP", "CUBE"};

	for (size_t i = 0; i < sizeof(modifiers) / sizeof(*modifiers); i++) {
		struct str word = str_of(modifiers[i]);

		if (key.n > word.n && str_ieq((struct str){key.p, word.n}, word) &&
		    str_trim((struct str){key.p + word.n, key.n - word.n}).p[0] == '(')
			return true;
	}
	return str_ieq(key, STR("ALL"));
}

void select_group(struct query_parser *parser, struct select *select, const struct query_runs *runs)
{
	if (runs->list.count == 1 && names_modifier(text_of(parser, runs->list.items[0].expr))) {
		select->group_modifier = true;
		return;
	}
	list_reserve(parser->arena, &select->group_keys, runs->list.count);
	for (size_t i = 0; i < runs->list.count; i++)
		*list_add(parser->arena, &select->group_keys) = runs->list.items[i].expr;
}

void select_limit(struct select *select, struct span keyword, struct query_limit limit)
{
	select_clause(&select->limit, keyword, limit.span);
	if (limit.offset.begin != limit.offset.end)
		select_clause(&select->offset, limit.offset_keyword, limit.offset);
}

/* Without the table's qualifier: `t.file.type` is named `file.type`, as ClickHouse does
 * (measured). */
static struct str unqualified(struct query_parser *parser, const struct select *select,
                              struct str name)
{
	for (size_t i = 0; i < select->from.count; i++) {
		const struct table_ref *ref = &select->from.items[i];
		const struct str database = ref->table.database.text, table = ref->table.name.text;
		const char *prefixes[3] = {
		        arena_printf(parser->scratch, "%.*s.%.*s.", STR_ARG(database),
		                     STR_ARG(table)),
		        arena_printf(parser->scratch, "%.*s.", STR_ARG(table)),
		        arena_printf(parser->scratch, "%.*s.", STR_ARG(ref->alias.text)),
		};

		for (size_t k = 0; k < 3; k++) {
			struct str prefix = str_of(prefixes[k]);

			if (prefix.p[0] != '.' && str_starts(name, prefix))
				return (struct str){name.p + prefix.n, name.n - prefix.n};
		}
	}
	return name;
}

struct select *select_finish(struct query_parser *parser, struct select *select, struct span span)
{
	size_t first = parser->pending.count;

	select->span = span;
	for (size_t i = 0; i < select->items.count; i++) {
		struct select_item *item = &select->items.items[i];

		if (!item->alias.text.n && str_find(item->name, STR(".")) > 0)
			item->name = unqualified(parser, select, item->name);
	}
	while (first > 0 && parser->pending.items[first - 1]->span.begin >= span.begin)
		first--;
	for (size_t i = first; i < parser->pending.count; i++)
		*list_add(parser->arena, &select->nested) = parser->pending.items[i];
	parser->pending.count = first;
	return select;
}

void query_pend(struct query_parser *parser, struct query *query)
{
	*list_add(parser->scratch, &parser->pending) = query;
}

struct query_ctes *ctes_add(struct query_parser *parser, struct query_ctes *ctes,
                            struct with_item item)
{
	if (!ctes)
		ctes = arena_new(parser->scratch, struct query_ctes);
	*list_add(parser->scratch, &ctes->list) = item;
	return ctes;
}

struct query_ctes *ctes_recursive(struct query_ctes *ctes)
{
	for (size_t i = 0; i < ctes->list.count; i++)
		ctes->list.items[i].recursive = ctes->list.items[i].subquery != NULL;
	return ctes;
}

struct with_item cte_of_query(struct query_parser *parser, struct span name, struct query *query,
                              struct span span)
{
	return (struct with_item){
	        .name = query_name(parser, name), .subquery = query, .span = span};
}

struct with_item cte_of_run(struct query_run run)
{
	return (struct with_item){.name = run.alias, .span = run.span};
}

struct query_tables *tables_add(struct query_parser *parser, struct query_tables *tables,
                                struct table_ref table)
{
	if (!tables)
		tables = arena_new(parser->scratch, struct query_tables);
	*list_add(parser->scratch, &tables->list) = table;
	return tables;
}

struct query_tables *tables_join(struct query_parser *parser, struct query_tables *left,
                                 struct span join, const struct query_tables *right)
{
	right->list.items[0].join = join;
	left->join = true;
	left->array_join |= right->array_join;
	for (size_t i = 0; i < right->list.count; i++)
		*list_add(parser->scratch, &left->list) = right->list.items[i];
	return left;
}

struct query_tables *tables_group(struct query_tables *tables)
{
	for (size_t i = 0; i < tables->list.count; i++)
		tables->list.items[i].grouped = true;
	return tables;
}

static struct ast_name name_or_none(struct query_parser *parser, struct span span)
{
	return span.begin == span.end ? (struct ast_name){.span = span} : query_name(parser, span);
}

struct table_ref table_named(struct query_parser *parser, struct span database, struct span name)
{
	struct table_ref table = {.kind = FROM_TABLE};

	table.table.database = name_or_none(parser, database);
	table.table.name = query_name(parser, name);
	table.span = database.begin == database.end ? name : span_join(database, name);
	table.table.span = table.span;
	return table;
}

struct table_ref table_function(struct query_parser *parser, struct span name, struct span group)
{
	struct table_ref table = {.kind = FROM_FUNCTION};

	table.function = name_or_none(parser, name);
	table.arguments = (struct span){group.file, group.begin + 1, group.end - 1};
	table.span = name.begin == name.end ? group : span_join(name, group);
	return table;
}

struct table_ref table_subquery(struct query *query, struct span span)
{
	return (struct table_ref){.kind = FROM_SUBQUERY, .span = span, .subquery = query};
}

struct table_ref table_complete(struct table_ref table, struct ast_name alias, bool is_final)
{
	table.alias = alias;
	table.is_final = is_final;
	return table;
}

struct table_ref table_sample(struct table_ref table, struct ast_name alias, bool is_final,
                              struct span sample)
{
	table = table_complete(table, alias, is_final);
	table.has_sample = true;
	table.sample = sample;
	return table;
}

struct ast_name query_name(struct query_parser *parser, struct span span)
{
	struct str text = text_of(parser, span);

	if (text.n && (text.p[0] == '`' || text.p[0] == '"'))
		text = token_unquote(text, parser->arena);
	return (struct ast_name){text, span};
}

struct query_runs *runs_add(struct query_parser *parser, struct query_runs *runs,
                            struct query_run run)
{
	if (!runs)
		runs = arena_new(parser->scratch, struct query_runs);
	*list_add(parser->scratch, &runs->list) = run;
	return runs;
}

struct query_run run_of(struct span span)
{
	return (struct query_run){.span = span, .expr = span};
}

struct query_run run_star(struct span span)
{
	return (struct query_run){.span = span, .expr = span, .star = true};
}

struct query_run run_name(struct query_parser *parser, struct span span)
{
	return (struct query_run){
	        .span = span, .expr = span, .name = query_name(parser, span).text};
}

struct query_run run_join(struct query_run run, struct span more)
{
	run.span = run.expr = span_join(run.span, more);
	run.name = (struct str){0};
	return run;
}

struct query_run run_prefix(struct span prefix, struct query_run run)
{
	run.span = run.expr = span_join(prefix, run.span);
	run.name = (struct str){0};
	run.star = false;
	return run;
}

struct query_run run_dot(struct query_parser *parser, struct query_run run, struct span name)
{
	char first = text_of(parser, name).p[0];
	bool simple = run.name.n > 0 && (first < '0' || first > '9'); /* t.1 is a tuple's */
	bool star = str_is(text_of(parser, name), "*");
	const char *whole = NULL;

	if (simple && !star)
		whole = arena_printf(parser->arena, "%.*s.%.*s", STR_ARG(run.name),
		                     STR_ARG(query_name(parser, name).text));
	run = run_join(run, name);
	run.star = star;
	run.name = str_of(whole);
	return run;
}

struct query_run run_call(struct query_parser *parser, struct query_run run, struct span group)
{
	const struct str word = STR("COLUMNS");
	struct str name = run.name; /* may have a qualifier: t.COLUMNS('…') */
	bool columns;

	if (name.n > word.n && name.p[name.n - word.n - 1] == '.')
		name = (struct str){name.p + name.n - word.n, word.n};
	columns = str_ieq(name, word) && text_of(parser, group).p[0] == '(';

	run = run_join(run, group);
	run.star = columns;
	return run;
}

struct query_run run_alias(struct query_run run, struct ast_name alias, struct span span)
{
	run.alias = alias;
	run.span = span;
	return run;
}
