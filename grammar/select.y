/*
 * select.y: the order of clauses of a SELECT.
 *
 * An island grammar: clauses are exact, expressions are runs of operands and operators that
 * pass untouched, down to the subqueries in their brackets. Which word is a keyword is decided
 * before (compiler/query_scan.h); the actions call constructors (compiler/query_build.c) and
 * nothing else. Source: ClickHouse's ParserSelectQuery and ParserTablesInSelectQuery, and what
 * 26.7 was seen to accept.
 */
%define api.pure full
%define api.prefix {select_}
%define api.token.prefix {SQL_}
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%expect 0
%locations
%param {struct query_parser *parser}
%initial-action { @$ = (struct span){parser->span.file, parser->span.begin, parser->span.begin}; }

%code requires {
#include "compiler/query_parse.h"
}

%code {
/* NESTING_MAX brackets of at most a dozen symbols each. */
#define YYMAXDEPTH 100000
#define YYLLOC_DEFAULT(current, rhs, n) ((current) = join_spans((rhs), (n)))

/* Parts that are not there have empty spans, which must not stretch the whole. */
static struct span join_spans(const struct span *rhs, int count)
{
	struct span span = {rhs[0].file, rhs[0].end, rhs[0].end};

	for (int i = count; i > 0; i--)
		if (rhs[i].begin != rhs[i].end)
			span = span.begin == span.end ? rhs[i] : span_join(rhs[i], span);
	return span;
}

static int select_lex(SELECT_STYPE *value, struct span *span, struct query_parser *parser);
static void select_error(struct span *span, struct query_parser *parser, const char *text);
}

%union {
	struct query *query;
	struct select *select;
	struct query_ctes *ctes;
	struct with_item cte;
	struct query_tables *tables;
	struct table_ref table;
	struct query_runs *runs;
	struct query_run run;
	struct query_limit limit;
	struct ast_name name;
	enum set_operator set_operator;
	bool flag;
}

%token END 0 "the end"
%token SELECT "SELECT" FROM "FROM" WITH "WITH" WITH_RECURSIVE "WITH RECURSIVE"
%token PREWHERE "PREWHERE" WHERE "WHERE"
%token GROUP_BY "GROUP BY" GROUPING_SETS "GROUPING SETS" WITH_MODIFIER "WITH TOTALS"
%token HAVING "HAVING" WINDOW "WINDOW" QUALIFY "QUALIFY" ORDER_BY "ORDER BY" LIMIT "LIMIT" BY "BY"
%token OFFSET "OFFSET" FETCH "FETCH" SETTINGS "SETTINGS" UNION "UNION" INTERSECT "INTERSECT"
%token EXCEPT "EXCEPT" ALL "ALL" DISTINCT "DISTINCT" DISTINCT_ON "DISTINCT ON" AS "AS"
%token MATERIALIZED "MATERIALIZED" FINAL "FINAL" SAMPLE "SAMPLE" SAMPLE_OFFSET "the sample's OFFSET"
%token JOIN "JOIN" ARRAY_JOIN "ARRAY JOIN" ON "ON" USING "USING" OVER "OVER"
%token LEFT "(" LEFT_QUERY "a subquery" LEFT_BRANCH "a SELECT in parentheses"
%token LEFT_TABLES "tables in parentheses" RIGHT ")" COMMA "," COMMA_TABLE ", and a table" DOT "."
%token NAME "a name" CTE_NAME "the name of a subquery" ALIAS "an alias" LITERAL "a literal"
%token STAR "*" OPERATOR "an operator" POSTFIX "a word behind an operand" ANY "anything"
%token STRAY "nothing that is known here"

%type <query> query branch subquery
%type <select> select begun from_done prewhere_done where_done group_done modifiers_done
%type <select> having_done window_done qualify_done order_done limit_done fetch_done
%type <set_operator> set_operator
%type <ctes> with ctes
%type <cte> cte
%type <tables> tables tables_group
%type <table> table source
%type <runs> exprs windows
%type <run> item expr operand atom
%type <limit> limit_list
%type <name> alias
%type <flag> quantifier final

%%

start:
	query				{ parser->result = $1; }
	;
query:
	branch
	| query set_operator branch	{ $$ = query_combine(parser, $1, $2, $3); }
	;
branch:
	select				{ $$ = query_of_select(parser, $1); }
	| LEFT_BRANCH query RIGHT	{ $$ = query_in_parentheses($2, @$); }
	;
set_operator:
	UNION				{ $$ = SET_UNION_DISTINCT; }
	| UNION ALL			{ $$ = SET_UNION_ALL; }
	| UNION DISTINCT		{ $$ = SET_UNION_DISTINCT; }
	| INTERSECT set_quantifier	{ $$ = SET_INTERSECT; }
	| EXCEPT set_quantifier		{ $$ = SET_EXCEPT; }
	;
set_quantifier: %empty | ALL | DISTINCT ;

/* Each step adds one clause to the select that the first one made. */
select:
	fetch_done			{ $$ = select_finish(parser, $1, @$); }
	| fetch_done SETTINGS exprs	{
						select_clause(&$1->settings, @2, @3);
						$$ = select_finish(parser, $1, @$);
					}
	;
begun:
	with SELECT quantifier exprs	{
						$$ = select_new(parser, $1);
						select_items(parser, $$, $3, $4, @4);
					}
	| with SELECT quantifier exprs COMMA	{
						$$ = select_new(parser, $1);
						select_items(parser, $$, $3, $4, @4);
					}
	;
from_done:
	begun
	| begun FROM tables		{ $$ = $1; select_from(parser, $$, @2, $3, @3); }
	| with FROM tables SELECT quantifier exprs	{
						$$ = select_new(parser, $1);
						select_from(parser, $$, @2, $3, @6);
						select_items(parser, $$, $5, $6, @6);
					}
	;
prewhere_done:
	from_done
	| from_done PREWHERE item	{ $$ = $1; select_prewhere($$, @2, @3); }
	;
where_done:
	prewhere_done
	| prewhere_done WHERE item	{ $$ = $1; select_clause(&$$->where, @2, @3); }
	;
group_done:
	where_done
	| where_done GROUP_BY exprs	{
						$$ = $1;
						select_clause(&$$->group_by, @2, @3);
						select_group(parser, $$, $3);
					}
	| where_done GROUP_BY GROUPING_SETS group	{
						$$ = $1;
						select_clause(&$$->group_by, @2,
							      span_join(@3, @4));
						$$->group_modifier = true;
					}
	;
modifiers_done:
	group_done
	| modifiers_done WITH_MODIFIER	{ $$ = $1; $$->group_modifier = true; }
	;
having_done:
	modifiers_done
	| modifiers_done HAVING item	{ $$ = $1; select_clause(&$$->having, @2, @3); }
	;
window_done:
	having_done
	| having_done WINDOW windows	{ $$ = $1; select_clause(&$$->window, @2, @3); }
	;
qualify_done:
	window_done
	| window_done QUALIFY item	{ $$ = $1; select_clause(&$$->qualify, @2, @3); }
	;
order_done:
	qualify_done
	| qualify_done ORDER_BY exprs	{ $$ = $1; select_clause(&$$->order_by, @2, @3); }
	;
limit_done:
	order_done
	| order_done LIMIT limit_list	{ $$ = $1; select_limit($$, @2, $3); }
	| order_done OFFSET item	{ $$ = $1; select_clause(&$$->offset, @2, @3); }
	| order_done LIMIT limit_list BY exprs	{
						$$ = $1;
						select_clause(&$$->limit_by, @2, span_join(@3, @5));
					}
	| order_done LIMIT limit_list BY exprs LIMIT limit_list	{
						$$ = $1;
						select_clause(&$$->limit_by, @2, span_join(@3, @5));
						select_limit($$, @6, $7);
					}
	| order_done LIMIT limit_list BY exprs OFFSET item	{
						$$ = $1;
						select_clause(&$$->limit_by, @2, span_join(@3, @5));
						select_clause(&$$->offset, @6, @7);
					}
	;
fetch_done:
	limit_done
	| limit_done FETCH item		{ $$ = $1; select_clause(&$$->limit, @2, @3); }
	;
limit_list:
	item				{ $$ = (struct query_limit){.span = @1}; }
	| item COMMA item		{ $$ = (struct query_limit){.span = @$}; }
	| item OFFSET item		{ $$ = (struct query_limit){@1, @2, @3}; }
	;
quantifier:
	%empty				{ $$ = false; }
	| ALL				{ $$ = false; }
	| DISTINCT			{ $$ = true; }
	| DISTINCT_ON group		{ $$ = true; }
	;
windows:
	NAME AS group			{ $$ = NULL; }
	| windows COMMA NAME AS group	{ $$ = NULL; }
	;

with:
	%empty				{ $$ = NULL; }
	| WITH ctes			{ $$ = $2; }
	| WITH_RECURSIVE ctes		{ $$ = ctes_recursive($2); }
	;
ctes:
	cte				{ $$ = ctes_add(parser, NULL, $1); }
	| ctes COMMA cte		{ $$ = ctes_add(parser, $1, $3); }
	;
cte:
	CTE_NAME AS materialized subquery	{ $$ = cte_of_query(parser, @1, $4, @$); }
	| CTE_NAME group AS materialized subquery	{ $$ = cte_of_query(parser, @1, $5, @$); }
	| item				{ $$ = cte_of_run($1); }
	;
materialized: %empty | MATERIALIZED ;

tables:
	table				{ $$ = tables_add(parser, NULL, $1); }
	| tables_group
	| tables COMMA_TABLE table	{ $$ = tables_join(parser, $1, @2, tables_add(parser, NULL, $3)); }
	| tables COMMA_TABLE tables_group	{ $$ = tables_join(parser, $1, @2, $3); }
	| tables JOIN table constraint	{ $$ = tables_join(parser, $1, @2, tables_add(parser, NULL, $3)); }
	| tables JOIN tables_group constraint	{ $$ = tables_join(parser, $1, @2, $3); }
	| tables ARRAY_JOIN exprs	{ $$ = $1; $$->array_join = true; }
	;
tables_group:
	LEFT_TABLES tables RIGHT	{ $$ = tables_group($2); }
	;
constraint:
	%empty
	| ON item
	| USING exprs
	;
table:
	source alias final		{ $$ = table_complete($1, $2, $3); }
	| source alias final SAMPLE item	{ $$ = table_sample($1, $2, $3, @5); }
	| source alias final SAMPLE item SAMPLE_OFFSET item	{
						$$ = table_sample($1, $2, $3, span_join(@5, @7));
					}
	;
source:
	NAME				{ $$ = table_named(parser, (struct span){0}, @1); }
	| NAME DOT NAME			{ $$ = table_named(parser, @1, @3); }
	| NAME group			{ $$ = table_function(parser, @1, @2); }
	| group				{ $$ = table_function(parser, (struct span){0}, @1); }
	| subquery			{ $$ = table_subquery($1, @1); }
	;
alias:
	%empty				{ $$ = (struct ast_name){0}; }
	| AS NAME columns		{ $$ = query_name(parser, @2); }
	| ALIAS columns			{ $$ = query_name(parser, @1); }
	;
columns: %empty | group ;
final:
	%empty				{ $$ = false; }
	| FINAL				{ $$ = true; }
	;

exprs:
	item				{ $$ = runs_add(parser, NULL, $1); }
	| exprs COMMA item		{ $$ = runs_add(parser, $1, $3); }
	;
item:
	expr
	| expr AS NAME			{ $$ = run_alias($1, query_name(parser, @3), @$); }
	| expr ALIAS			{ $$ = run_alias($1, query_name(parser, @2), @$); }
	| expr AS NAME postfixes	{ $$ = run_alias($1, query_name(parser, @3), @$); }
	| expr ALIAS postfixes		{ $$ = run_alias($1, query_name(parser, @2), @$); }
	;
expr:
	operand
	| expr OPERATOR operand		{ $$ = run_join($1, @3); }
	| expr OVER operand		{ $$ = run_join($1, @3); }
	| expr postfix			{ $$ = run_join($1, @2); }
	;
postfixes: postfix | postfixes postfix ;
postfix: POSTFIX | POSTFIX group ;
operand:
	atom
	| OPERATOR operand		{ $$ = run_prefix(@1, $2); }
	;
atom:
	NAME				{ $$ = run_name(parser, @1); }
	| LITERAL			{ $$ = run_of(@1); }
	| STAR				{ $$ = run_star(@1); }
	| group				{ $$ = run_of(@1); }
	| subquery			{ $$ = run_of(@1); query_pend(parser, $1); }
	| atom group			{ $$ = run_call(parser, $1, @2); }
	| atom subquery			{ $$ = run_join($1, @2); query_pend(parser, $2); }
	| atom DOT NAME			{ $$ = run_dot(parser, $1, @3); }
	| atom DOT OPERATOR NAME	{ $$ = run_join($1, @4); }
	| atom DOT STAR			{ $$ = run_join(run_star(@1), @3); }
	;
subquery:
	LEFT_QUERY query RIGHT		{ $$ = $2; }
	;
/* Brackets of any kind and what is in them. */
group:
	LEFT inside RIGHT
	;
inside:
	%empty
	| inside ANY
	| inside group
	| inside subquery		{ query_pend(parser, $2); }
	;

%%

static int select_lex(SELECT_STYPE *value, struct span *span, struct query_parser *parser)
{
	(void)value;
	return query_next_token(parser, span);
}

static void select_error(struct span *span, struct query_parser *parser, const char *text)
{
	(void)text; /* "memory exhausted" is the only one: syntax errors come by the other way */
	query_too_deep(parser, *span);
}

static int yyreport_syntax_error(const yypcontext_t *context, struct query_parser *parser)
{
	yysymbol_kind_t kinds[YYNTOKENS];
	const char *names[YYNTOKENS];
	int count = yypcontext_expected_tokens(context, kinds, YYNTOKENS);

	for (int i = 0; i < count; i++)
		names[i] = yysymbol_name(kinds[i]);
	query_syntax_error(parser, *yypcontext_location(context),
			   yypcontext_token(context) == YYSYMBOL_YYEOF, names,
			   count > 0 ? (size_t)count : 0);
	return 0;
}
