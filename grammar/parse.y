/*
 * parse.y: the statements of a .bf file. The contract is in compiler/parse.h.
 *
 * - Actions call constructors (compiler/ast_build.h) and decide nothing.
 * - Every keyword is a name too (`keyword`), and plain SQL inside SQL: the grammar alone tells
 *   which, so the scanner has no states for it.
 * - SQL is a run of tokens with balanced brackets, kept as the span that it covers.
 * - After an error, reading goes on behind the next `;`.
 */
%require "3.8"
%define api.pure full
%define api.prefix {bf_}
%define api.value.type union
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%expect 0
%locations
%parse-param { struct parse *parse }
%lex-param { struct parse *parse }

%code requires {
#include "compiler/ast_build.h"
}

%code {
#include "grammar/parse_rules.h"

static int bf_lex(BF_STYPE *value, struct span *span, struct parse *parse);
static void bf_error(const struct span *span, struct parse *parse, const char *text);

/* An empty rule stands behind what was before it; what it is part of does not begin there. */
#define YYLLOC_DEFAULT(current, rhs, n) ((current) = location_of(&YYRHSLOC(rhs, 0), (n)))

static struct span location_of(const struct span *rhs, int n)
{
	int first = 1, last = n;

	while (first < n && rhs[first].begin == rhs[first].end)
		first++;
	while (last > 1 && rhs[last].begin == rhs[last].end)
		last--;
	if (n < 1)
		return (struct span){rhs[0].file, rhs[0].end, rhs[0].end};
	return span_join(rhs[first], rhs[last < first ? first : last]);
}
}

%initial-action {
	@$ = (struct span){.file = parse->source->id};
}

%token END 0 "the end of the file"
%token WORD "a name"
%token QUOTED "a quoted name"
%token STRING "a string"
%token HEREDOC "a heredoc"
%token NUMBER "a number"
%token PARAM "a {name:Type} parameter"
%token LEFT "("
%token RIGHT ")"
%token LEFT_SQUARE "["
%token RIGHT_SQUARE "]"
%token LEFT_CURLY "{"
%token RIGHT_CURLY "}"
%token COMMA ","
%token SEMICOLON ";"
%token DOT "."
%token EQUALS "="
%token STAR "*"
%token PLUS "+"
%token MINUS "-"
%token OPERATOR "an operator"
%token KW_FIRST "no word"
%token KW_MIGRATION         "migration"
%token KW_USE               "use"
%token KW_DATABASE          "database"
%token KW_PARAM             "param"
%token KW_SECRET            "secret"
%token KW_PROFILE           "profile"
%token KW_CREATE            "create"
%token KW_TABLE             "table"
%token KW_EXTERNAL          "external"
%token KW_MATERIALIZED      "materialized"
%token KW_VIEW              "view"
%token KW_IGNORE            "ignore"
%token KW_SOURCE            "source"
%token KW_BACKFILL          "backfill"
%token KW_CHECK             "check"
%token KW_USING             "using"
%token KW_SPLIT             "split"
%token KW_OVERLAP           "overlap"
%token KW_SETTLE            "settle"
%token KW_WHERE             "where"
%token KW_NULLS             "nulls"
%token KW_CHUNK             "chunk"
%token KW_WORKERS           "workers"
%token KW_PUBLISH           "publish"
%token KW_SETTINGS          "settings"
%token KW_PAUSE             "pause"
%token KW_WITHIN            "within"
%token KW_KEEP              "keep"
%token KW_VERIFY            "verify"
%token KW_THROTTLE          "throttle"
%token KW_SECOND            "second"
%token KW_MINUTE            "minute"
%token KW_HOUR              "hour"
%token KW_DAY               "day"
%token KW_WEEK              "week"
%token KW_MONTH             "month"
%token KW_QUARTER           "quarter"
%token KW_YEAR              "year"
%token KW_AFTER             "after"
%token KW_AS                "as"
%token KW_AT                "at"
%token KW_AUTO              "auto"
%token KW_BY                "by"
%token KW_COMMAND           "command"
%token KW_COMMENT           "comment"
%token KW_CONTENT           "content"
%token KW_DEFAULT           "default"
%token KW_DEFINER           "definer"
%token KW_DETACH            "detach"
%token KW_DIRECT            "direct"
%token KW_DUPLICATE         "duplicate"
%token KW_EACH              "each"
%token KW_EARLIEST          "earliest"
%token KW_END               "end"
%token KW_ENV               "env"
%token KW_EVERY             "every"
%token KW_EXISTS            "exists"
%token KW_FILE              "file"
%token KW_FILES             "files"
%token KW_FILTER            "filter"
%token KW_FINE              "fine"
%token KW_FROM              "from"
%token KW_HAND              "hand"
%token KW_HISTORY           "history"
%token KW_IF                "if"
%token KW_INGEST            "ingest"
%token KW_IS                "is"
%token KW_ARE               "are"
%token KW_NOT               "not"
%token KW_NOTHING           "nothing"
%token KW_NOW               "now"
%token KW_NULL_ENGINE       "null_engine"
%token KW_ON                "on"
%token KW_PARTITION         "partition"
%token KW_PAUSE_AND_ATTACH  "pause_and_attach"
%token KW_RESUME            "resume"
%token KW_ROWS              "rows"
%token KW_SECURITY          "security"
%token KW_SKIPPED           "skipped"
%token KW_SQL               "sql"
%token KW_TO                "to"
%token KW_UNSAFE            "unsafe"
%token KW_UUID              "uuid"
%token KW_WHEN              "when"
%token KW_WITH              "with"
%token KW_CLUSTER           "cluster"
%token KW_DICTIONARY        "dictionary"
%token KW_EMPTY             "empty"
%token KW_ENGINE            "engine"
%token KW_LIVE              "live"
%token KW_OR                "or"
%token KW_POPULATE          "populate"
%token KW_REFRESH           "refresh"
%token KW_REPLACE           "replace"
%token KW_TEMPORARY         "temporary"
%token KW_WINDOW            "window"
%token KW_LAST "no other word"

%type <struct ast_name> name string string_opt
%type <struct ast_object_name> object_name new_name
%type <struct name_list *> name_list object_list after_opt
%type <struct ast_sql> columns columns_opt
%type <struct ast_literal *> argument literal constant point constant_from constant_to default_opt
%type <struct ast_interval> interval
%type <enum ast_unit> unit
%type <struct ast_setting_list *> settings setting
%type <struct view_options *> view_options
%type <struct ast_use *> library standard
%type <struct argument_list *> arguments arguments_opt
%type <struct ast_backfill *> clauses
%type <enum ast_strategy> with_opt
%type <struct ast_pause *> pause
%type <struct view_head> view_head

%%

program:
	statements
	;

statements:
	%empty
	| statements SEMICOLON
	| statements statement SEMICOLON
	| statements error SEMICOLON	{ yyerrok; }
	;

statement:
	KW_MIGRATION name string_opt after_opt
		{ ast_add_migration(parse, @$, $name, $string_opt.text, $after_opt); }
	| KW_USE library
		{ ast_add_use(parse, @$, $library); }
	| KW_USE library KW_AS name
		{ ast_add_use_as(parse, @$, $library, $name, NULL); }
	| KW_USE library KW_AS name LEFT arguments_opt RIGHT
		{ ast_add_use_as(parse, @$, $library, $name, $arguments_opt); }
	| KW_DATABASE name
		{ ast_add_database(parse, @$, $name); }
	| KW_PARAM name type default_opt
		{ ast_add_param(parse, @$, $name, @type, $default_opt); }
	| KW_SECRET name
		{ ast_add_secret(parse, @$, $name, false, (struct ast_name){0}); }
	| KW_SECRET name KW_FROM KW_ENV name[variable]
		{ ast_add_secret(parse, @$, $2, true, $variable); }
	| KW_SECRET name KW_FROM KW_FILE string
		{ ast_add_secret(parse, @$, $name, false, $string); }
	| KW_PROFILE name KW_SETTINGS settings
		{ ast_add_profile(parse, @$, $name, $settings); }
	| KW_IGNORE KW_VIEW object_name
		{ ast_add_ignore_view(parse, @$, $object_name); }
	| KW_SOURCE name KW_AS sql
		{ ast_add_source_select(parse, @$, $name, @sql); }
	| KW_SOURCE name KW_FROM function
		{ ast_add_source_function(parse, @$, $name, @function); }
	| KW_SOURCE name KW_FROM object_name
		{ ast_refuse_statement(parse, FOREIGN_SOURCE_TABLE, @object_name); }
	| KW_CHECK string KW_AS sql
		{ ast_add_check(parse, @$, $string, @sql); }
	| table
	| view
	| backfill
	| foreign
	;

library:
	string			{ $$ = ast_use_path(parse, $string); }
	| standard
	;

standard:
	name DOT name		{ $$ = ast_use_standard(parse, $1, $3); }
	| standard DOT name	{ $$ = ast_use_more(parse, $1, $name); }
	;

arguments_opt:
	%empty			{ $$ = NULL; }
	| arguments
	;

arguments:
	name EQUALS argument	{ $$ = ast_arguments_add(parse, NULL, $name, $argument, NULL); }
	| name EQUALS object_name
		{ $$ = ast_arguments_add(parse, NULL, $name, NULL, &$object_name); }
	| arguments COMMA name EQUALS argument
		{ $$ = ast_arguments_add(parse, $1, $name, $argument, NULL); }
	| arguments COMMA name EQUALS object_name
		{ $$ = ast_arguments_add(parse, $1, $name, NULL, &$object_name); }
	;

argument:
	point
	;

string_opt:
	%empty			{ $$ = (struct ast_name){0}; }
	| string
	;

after_opt:
	%empty			{ $$ = NULL; }
	| KW_AFTER name_list	{ $$ = $name_list; }
	;

name_list:
	name			{ $$ = ast_name_list(parse, NULL, ast_object_name_of((struct ast_name){0}, $1)); }
	| name_list COMMA name	{ $$ = ast_name_list(parse, $1, ast_object_name_of((struct ast_name){0}, $3)); }
	;

type:
	name
	| name LEFT sql_opt RIGHT	{ marks_add_sql(parse->marks, @$); }
	;

default_opt:
	%empty			{ $$ = NULL; }
	| KW_DEFAULT constant	{ $$ = $constant; }
	;

function:
	name LEFT sql_opt RIGHT		{ marks_add_sql(parse->marks, @$); }
	;

/* --- tables ----------------------------------------------------------------------------- */

table:
	create_opt KW_TABLE new_name uuid_opt columns engine
		{ ast_add_table(parse, @$, $new_name, $columns, @engine); }
	| create_opt KW_TABLE new_name uuid_opt columns
		{ ast_refuse_statement(parse, FOREIGN_TABLE_WITHOUT_ENGINE, @columns); }
	| create_opt KW_TABLE new_name uuid_opt engine
		{ ast_refuse_statement(parse, FOREIGN_TABLE_WITHOUT_COLUMNS, @new_name); }
	| create_opt KW_TABLE new_name uuid_opt KW_AS sql
		{ ast_refuse_statement(parse, FOREIGN_TABLE_AS, @KW_AS); }
	| create_opt KW_TABLE new_name uuid_opt on_cluster sql_opt
		{ ast_refuse_statement(parse, FOREIGN_CLUSTER, @on_cluster); }
	| KW_EXTERNAL KW_TABLE object_name columns_opt
		{ ast_add_external(parse, @$, $object_name, $columns_opt); }
	| KW_EXTERNAL KW_TABLE object_name columns_opt engine
		{ ast_refuse_statement(parse, FOREIGN_EXTERNAL_ENGINE, @engine); }
	;

create_opt:
	%empty
	| KW_CREATE
	;

new_name:
	object_name
	| KW_IF KW_NOT KW_EXISTS object_name	{ $$ = $object_name; }
	;

uuid_opt:
	%empty
	| KW_UUID STRING
	;

columns:
	LEFT sql_opt RIGHT	{ $$ = ast_sql_between(@LEFT, @RIGHT); }
	;

columns_opt:
	%empty			{ $$ = (struct ast_sql){0}; }
	| columns
	;

engine:
	KW_ENGINE sql		{ marks_add_sql(parse->marks, @$); }
	;

on_cluster:
	KW_ON KW_CLUSTER
	;

/* --- views ------------------------------------------------------------------------------ */

view:
	view_head KW_TO object_name[target] view_options KW_AS sql
		{ ast_add_view(parse, @$, $view_head.name, $target, $view_options, @sql); }
	| view_head KW_AS sql
		{ ast_refuse_view(parse, &$view_head, @view_head); }
	| view_head columns sql_opt
		{ ast_refuse_view(parse, &$view_head, @view_head); }
	| view_head engine
		{ ast_refuse_view_engine(parse, &$view_head, @view_head, @engine); }
	| view_head on_cluster sql_opt
		{ ast_refuse_statement(parse, FOREIGN_CLUSTER, @on_cluster); }
	| view_head KW_REFRESH sql_opt
		{ ast_refuse_statement(parse, FOREIGN_REFRESH, @KW_REFRESH); }
	| view_head KW_POPULATE sql_opt
		{ ast_refuse_statement(parse, FOREIGN_POPULATE, @KW_POPULATE); }
	| view_head KW_TO object_name view_options KW_POPULATE sql_opt
		{ ast_refuse_statement(parse, FOREIGN_POPULATE, @KW_POPULATE); }
	| view_head KW_TO object_name view_options KW_EMPTY sql_opt
		{ ast_refuse_statement(parse, FOREIGN_REFRESH, @KW_EMPTY); }
	| view_head KW_TO object_name view_options KW_REFRESH sql_opt
		{ ast_refuse_statement(parse, FOREIGN_REFRESH, @KW_REFRESH); }
	| view_head KW_TO object_name view_options engine
		{ ast_refuse_statement(parse, FOREIGN_VIEW_ENGINE, @engine); }
	| view_head KW_TO object_name KW_UUID sql_opt
		{ ast_refuse_view(parse, &$view_head, @view_head); }
	;

view_head:
	KW_VIEW new_name uuid_opt
		{ $$ = (struct view_head){$new_name, false}; }
	| KW_CREATE KW_VIEW new_name uuid_opt
		{ $$ = (struct view_head){$new_name, true}; }
	| create_opt KW_MATERIALIZED KW_VIEW new_name uuid_opt
		{ $$ = (struct view_head){$new_name, false}; }
	;

view_options:
	%empty			{ $$ = ast_view_options(parse); }
	| view_options columns
		{ $$ = $1; ast_view_columns(parse, $1, $columns); }
	| view_options KW_DEFINER EQUALS definer
		{ $$ = $1; ast_view_definer(parse, $1, span_join(@KW_DEFINER, @definer), @definer); }
	| view_options KW_SQL KW_SECURITY name
		{ $$ = $1; ast_view_security(parse, $1, span_join(@KW_SQL, @name), $name); }
	| view_options KW_COMMENT STRING
		{ $$ = $1; ast_view_comment(parse, $1, @STRING); }
	;

definer:
	name
	| STRING
	| name OPERATOR name
	;

/* --- backfills -------------------------------------------------------------------------- */

backfill:
	KW_BACKFILL KW_TABLE object_name KW_FROM name clauses
		{ ast_add_backfill_table(parse, @$, $object_name, $name, $clauses); }
	| KW_BACKFILL KW_VIEW object_list clauses
		{ ast_add_backfill_view(parse, @$, $object_list, $clauses); }
	;

object_list:
	object_name			{ $$ = ast_name_list(parse, NULL, $1); }
	| object_list COMMA object_name	{ $$ = ast_name_list(parse, $1, $3); }
	;

clauses:
	%empty			{ $$ = ast_backfill_begin(parse); }
	| clauses KW_USING KW_DUPLICATE
		{ ast_using(parse, $$ = $1, span_join(@2, @3), STRATEGY_DUPLICATE, STRATEGY_DEFAULT); }
	| clauses KW_USING KW_NULL_ENGINE
		{ ast_using(parse, $$ = $1, span_join(@2, @3), STRATEGY_NULL_ENGINE, STRATEGY_DEFAULT); }
	| clauses KW_USING KW_PAUSE_AND_ATTACH with_opt
		{ ast_using(parse, $$ = $1, span_join(@2, @4), STRATEGY_PAUSE_AND_ATTACH, $with_opt); }
	| clauses KW_USING KW_DIRECT
		{ ast_using(parse, $$ = $1, span_join(@2, @3), STRATEGY_DIRECT, STRATEGY_DEFAULT); }
	| clauses KW_USING KW_DIRECT KW_UNSAFE
		{ ast_using_unsafe(parse, $$ = $1, span_join(@2, @4)); }
	| clauses KW_SPLIT KW_ON name KW_AT point
		{ ast_split(parse, $$ = $1, span_join(@2, @6), &$name, POINT_LITERAL, $point); }
	| clauses KW_SPLIT KW_ON name KW_AT KW_EARLIEST
		{ ast_split(parse, $$ = $1, span_join(@2, @6), &$name, POINT_EARLIEST, NULL); }
	| clauses KW_SPLIT KW_ON name KW_AT KW_NOW PLUS interval
		{ ast_split_now_plus(parse, $$ = $1, span_join(@2, @8), &$name, $interval); }
	| clauses KW_OVERLAP KW_IS KW_FINE
		{ ast_overlap(parse, $$ = $1, span_join(@2, @4)); }
	| clauses KW_SETTLE interval
		{ ast_settle(parse, $$ = $1, span_join(@2, @3), $interval); }
	| clauses KW_WHERE columns
		{ ast_where(parse, $$ = $1, span_join(@2, @3), $columns); }
	| clauses KW_THROTTLE KW_WHEN columns
		{ ast_throttle(parse, $$ = $1, span_join(@2, @4), $columns); }
	| clauses KW_NULLS KW_ARE KW_HISTORY
		{ ast_nulls(parse, $$ = $1, span_join(@2, @4), NULLS_HISTORY); }
	| clauses KW_NULLS KW_ARE KW_SKIPPED
		{ ast_nulls(parse, $$ = $1, span_join(@2, @4), NULLS_SKIPPED); }
	| clauses KW_CHUNK KW_BY name KW_EVERY interval constant_from constant_to
		{ ast_chunk_column(parse, $$ = $1, span_join(@2, @8), &$name, $interval, $7, $8); }
	| clauses KW_CHUNK KW_BY KW_FILES NUMBER
		{ ast_chunk_files(parse, $$ = $1, span_join(@2, @5), @NUMBER); }
	| clauses KW_CHUNK KW_BY KW_PARTITION
		{ ast_chunk_partition(parse, $$ = $1, span_join(@2, @4)); }
	| clauses KW_WORKERS NUMBER
		{ ast_workers(parse, $$ = $1, span_join(@2, @3), @NUMBER); }
	| clauses KW_WORKERS KW_AUTO
		{ ast_workers_auto(parse, $$ = $1, span_join(@2, @3)); }
	| clauses KW_PUBLISH KW_EACH KW_CHUNK
		{ ast_publish(parse, $$ = $1, span_join(@2, @4), PUBLISH_EACH_CHUNK); }
	| clauses KW_PUBLISH KW_AT KW_END
		{ ast_publish(parse, $$ = $1, span_join(@2, @4), PUBLISH_AT_END); }
	| clauses KW_SETTINGS settings
		{ ast_settings(parse, $$ = $1, span_join(@2, @3), $settings); }
	| clauses KW_PAUSE KW_INGEST KW_BY pause
		{ ast_pause(parse, $$ = $1, span_join(@2, @5), $pause); }
	| clauses KW_WITHIN interval
		{ ast_within(parse, $$ = $1, span_join(@2, @3), $interval); }
	| clauses KW_KEEP KW_FILTER
		{ ast_keep_filter(parse, $$ = $1, span_join(@2, @3)); }
	| clauses KW_VERIFY KW_ROWS
		{ ast_verify(parse, $$ = $1, span_join(@2, @3), VERIFY_ROWS); }
	| clauses KW_VERIFY KW_CONTENT
		{ ast_verify(parse, $$ = $1, span_join(@2, @3), VERIFY_CONTENT); }
	| clauses KW_VERIFY KW_NOTHING
		{ ast_verify(parse, $$ = $1, span_join(@2, @3), VERIFY_NOTHING); }
	;

with_opt:
	%empty			{ $$ = STRATEGY_DEFAULT; }
	| KW_WITH KW_DUPLICATE	{ $$ = STRATEGY_DUPLICATE; }
	| KW_WITH KW_NULL_ENGINE	{ $$ = STRATEGY_NULL_ENGINE; }
	;

pause:
	KW_HAND string
		{ $$ = ast_pause_of(parse, PAUSE_BY_HAND, $string, (struct ast_name){0}, NULL); }
	| KW_COMMAND string[stop] KW_RESUME KW_BY KW_COMMAND string[start]
		{ $$ = ast_pause_of(parse, PAUSE_BY_COMMAND, $stop, $start, NULL); }
	| KW_DETACH object_list
		{ $$ = ast_pause_of(parse, PAUSE_BY_DETACH, (struct ast_name){0}, (struct ast_name){0}, $object_list); }
	;

point:
	literal			{ $$ = ast_plain_literal(parse, $1); }
	| PARAM			{ $$ = ast_literal_of(parse, LITERAL_PARAM, @1); }
	;

constant_from:
	%empty			{ $$ = NULL; }
	| KW_FROM point		{ $$ = $point; }
	;

constant_to:
	%empty			{ $$ = NULL; }
	| KW_TO point		{ $$ = $point; }
	;

interval:
	NUMBER			{ $$ = ast_interval_of(parse, @1, UNIT_NONE, @1); }
	| NUMBER unit		{ $$ = ast_interval_of(parse, @1, $unit, @$); }
	;

unit:
	KW_SECOND		{ $$ = UNIT_SECOND; }
	| KW_MINUTE		{ $$ = UNIT_MINUTE; }
	| KW_HOUR		{ $$ = UNIT_HOUR; }
	| KW_DAY		{ $$ = UNIT_DAY; }
	| KW_WEEK		{ $$ = UNIT_WEEK; }
	| KW_MONTH		{ $$ = UNIT_MONTH; }
	| KW_QUARTER		{ $$ = UNIT_QUARTER; }
	| KW_YEAR		{ $$ = UNIT_YEAR; }
	;

/* --- what ClickHouse has and a migration does not take ---------------------------------- */

foreign:
	KW_CREATE KW_OR sql_opt
		{ ast_refuse_statement(parse, FOREIGN_REPLACE, span_join(@1, @2)); }
	| KW_REPLACE sql_opt
		{ ast_refuse_statement(parse, FOREIGN_REPLACE, @1); }
	| KW_CREATE KW_LIVE sql_opt
		{ ast_refuse_statement(parse, FOREIGN_LIVE_VIEW, span_join(@1, @2)); }
	| KW_CREATE KW_WINDOW sql_opt
		{ ast_refuse_statement(parse, FOREIGN_WINDOW_VIEW, span_join(@1, @2)); }
	| KW_CREATE KW_TEMPORARY sql_opt
		{ ast_refuse_statement(parse, FOREIGN_TEMPORARY, span_join(@1, @2)); }
	| KW_CREATE KW_DICTIONARY sql_opt
		{ ast_refuse_statement(parse, FOREIGN_DICTIONARY, span_join(@1, @2)); }
	| KW_CREATE KW_DATABASE sql_opt
		{ ast_refuse_statement(parse, FOREIGN_DATABASE, span_join(@1, @2)); }
	;

/* --- settings and literals -------------------------------------------------------------- */

settings:
	setting
	| settings COMMA name
		{ $$ = ast_settings_add(parse, $1, $name, NULL); }
	| settings COMMA name EQUALS literal
		{ $$ = ast_settings_add(parse, $1, $name, $literal); }
	| settings COMMA name EQUALS name[word]
		{ $$ = ast_settings_add(parse, $1, $3, ast_literal_of(parse, LITERAL_WORD, @word)); }
	;

setting:
	name
		{ $$ = ast_settings_add(parse, NULL, $name, NULL); }
	| name EQUALS literal
		{ $$ = ast_settings_add(parse, NULL, $name, $literal); }
	| name EQUALS name[word]
		{ $$ = ast_settings_add(parse, NULL, $1, ast_literal_of(parse, LITERAL_WORD, @word)); }
	;

constant:
	literal			{ $$ = ast_plain_literal(parse, $1); }
	| name			{ $$ = ast_literal_of(parse, LITERAL_WORD, @1); }
	;

literal:
	NUMBER			{ $$ = ast_literal_of(parse, LITERAL_NUMBER, @$); }
	| MINUS NUMBER		{ $$ = ast_literal_of(parse, LITERAL_NUMBER, @$); }
	| STRING		{ $$ = ast_literal_of(parse, LITERAL_STRING, @$); }
	| HEREDOC		{ $$ = ast_literal_of(parse, LITERAL_STRING, @$); }
	;

string:
	STRING			{ $$ = ast_name_of(parse, @$); }
	| HEREDOC		{ $$ = ast_name_of(parse, @$); }
	;

/* --- names and SQL ---------------------------------------------------------------------- */

object_name:
	name			{ $$ = ast_object_name_of((struct ast_name){0}, $1); }
	| name DOT name		{ $$ = ast_object_name_of($1, $3); }
	;

name:
	WORD			{ $$ = ast_name_of(parse, @$); }
	| QUOTED		{ $$ = ast_name_of(parse, @$); }
	| keyword		{ $$ = ast_name_of(parse, @$); }
	;

sql_opt:
	%empty
	| sql
	;

sql:
	sql_item		{ marks_add_sql(parse->marks, @$); }
	| sql sql_item		{ marks_add_sql(parse->marks, @$); }
	;

sql_item:
	LEFT sql_opt RIGHT
	| LEFT_SQUARE sql_opt RIGHT_SQUARE
	| LEFT_CURLY sql_opt RIGHT_CURLY
	| WORD | QUOTED | STRING | HEREDOC | NUMBER | PARAM
	| COMMA | DOT | EQUALS | STAR | PLUS | MINUS | OPERATOR
	| keyword
	;

keyword:
	  KW_MIGRATION | KW_USE | KW_DATABASE | KW_PARAM | KW_SECRET | KW_PROFILE | KW_CREATE
	| KW_TABLE | KW_EXTERNAL | KW_MATERIALIZED | KW_VIEW | KW_IGNORE | KW_SOURCE
	| KW_BACKFILL | KW_CHECK | KW_USING | KW_SPLIT | KW_OVERLAP | KW_SETTLE | KW_WHERE
	| KW_NULLS | KW_CHUNK | KW_WORKERS | KW_PUBLISH | KW_SETTINGS | KW_PAUSE | KW_WITHIN
	| KW_KEEP | KW_VERIFY | KW_THROTTLE | KW_SECOND | KW_MINUTE | KW_HOUR | KW_DAY | KW_WEEK
	| KW_MONTH | KW_QUARTER | KW_YEAR | KW_AFTER | KW_AS | KW_AT | KW_AUTO | KW_BY | KW_COMMAND
	| KW_COMMENT | KW_CONTENT | KW_DEFAULT | KW_DEFINER | KW_DETACH | KW_DIRECT
	| KW_DUPLICATE | KW_EACH | KW_EARLIEST | KW_END | KW_ENV | KW_EVERY | KW_EXISTS | KW_FILE
	| KW_FILES | KW_FILTER | KW_FINE | KW_FROM | KW_HAND | KW_HISTORY | KW_IF | KW_INGEST
	| KW_IS | KW_ARE | KW_NOT | KW_NOTHING | KW_NOW | KW_NULL_ENGINE | KW_ON | KW_PARTITION
	| KW_PAUSE_AND_ATTACH | KW_RESUME | KW_ROWS | KW_SECURITY | KW_SKIPPED | KW_SQL | KW_TO
	| KW_UNSAFE | KW_UUID | KW_WHEN | KW_WITH | KW_CLUSTER | KW_DICTIONARY | KW_EMPTY | KW_ENGINE
	| KW_LIVE | KW_OR | KW_POPULATE | KW_REFRESH | KW_REPLACE | KW_TEMPORARY | KW_WINDOW
	;

%%

static int bf_lex(BF_STYPE *value, struct span *span, struct parse *parse)
{
	(void)value;
	return parse_next_token(parse, span);
}

/* Only "memory exhausted" comes here: syntax errors go to yyreport_syntax_error(). */
static void bf_error(const struct span *span, struct parse *parse, const char *text)
{
	(void)text;
	parse_report_too_deep(parse, *span);
}

static int yyreport_syntax_error(const yypcontext_t *context, struct parse *parse)
{
	enum { EXPECTED_MAX = YYNTOKENS };
	yysymbol_kind_t kinds[EXPECTED_MAX];
	const char *names[EXPECTED_MAX];
	int count = yypcontext_expected_tokens(context, kinds, EXPECTED_MAX);

	for (int i = 0; i < count; i++)
		names[i] = yysymbol_name(kinds[i]);
	parse_report_syntax(parse, *yypcontext_location(context), names,
			    count > 0 ? (size_t)count : 0);
	return 0;
}
