#include "compiler/ast_build.h"

static const struct {
	enum diag_code code;
	const char *text;
	const char *hint;
} refusals[] = {
        [FOREIGN_VIEW_WITHOUT_TO] = {BF020,
                                     "a view without 'to' keeps its rows in a table of its own",
                                     "declare the table, `table TARGET (…) engine …;`, and write "
                                     "`view NAME to TARGET as SELECT …;`"},
        [FOREIGN_PLAIN_VIEW] =
                {BF020, "an ordinary view stores nothing and is no part of a migration",
                 "create it with clickhouse-client; for one that fills a table write "
                 "`view NAME to TARGET as SELECT …;`"},
        [FOREIGN_VIEW_ENGINE] = {BF020, "a view with 'to' has no engine of its own",
                                 "the engine stands at the target's `table` statement"},
        [FOREIGN_REFRESH] = {BF020, "a refreshable view does not fire on inserts",
                             "write `view NAME to TARGET as SELECT …;` for one that does; "
                             "a refreshable "
                             "one reads the history by itself and needs no backfill"},
        [FOREIGN_POPULATE] = {BF020, "'populate' misses the rows that come in while it runs",
                              "write `view NAME to TARGET as SELECT …;` and load the history with "
                              "`backfill`"},
        [FOREIGN_CLUSTER] = {BF020, "'on cluster' is not supported: a migration is for one server",
                             "leave it out, and apply the migration to each server"},
        [FOREIGN_REPLACE] =
                {BF020, "'create or replace' would drop what is there",
                 "write `table …` or `view …`: it is created when missing, and compared "
                 "when there"},
        [FOREIGN_LIVE_VIEW] = {BF020, "a live view keeps no history",
                               "write `view NAME to TARGET as SELECT …;`"},
        [FOREIGN_WINDOW_VIEW] =
                {BF020, "a window view fires by time, not on inserts",
                 "write `view NAME to TARGET as SELECT …;`, with toStartOfInterval() for "
                 "the window"},
        [FOREIGN_TEMPORARY] = {BF020, "a temporary table ends with its session",
                               "declare a table that lasts: `table NAME (…) engine …;`"},
        [FOREIGN_DICTIONARY] = {BF020, "a dictionary is no part of a migration",
                                "create it with clickhouse-client; views may use it"},
        [FOREIGN_DATABASE] = {BF020, "a database is named, not created, in a migration",
                              "write `database NAME;`: it is created when it is missing"},
        [FOREIGN_TABLE_AS] = {BF020, "a table whose columns or rows come from somewhere else",
                              "write its columns, as SHOW CREATE TABLE prints them; rows come with "
                              "`backfill table`"},
        [FOREIGN_TABLE_WITHOUT_ENGINE] = {BF024, "a table needs an engine",
                                          "write e.g. `engine = MergeTree order by …` "
                                          "behind its columns; a table that "
                                          "exists already can be an `external table`"},
        [FOREIGN_TABLE_WITHOUT_COLUMNS] = {BF024, "a table needs its columns",
                                           "write them between its name and `engine`; a "
                                           "table that exists already can "
                                           "be an `external table`"},
        [FOREIGN_EXTERNAL_ENGINE] =
                {BF020, "an external table is never created, so it takes no engine",
                 "leave the engine out, or write `table` in place of `external table`"},
        [FOREIGN_SOURCE_TABLE] =
                {BF020, "'from' takes a table function here",
                 "for a table write `source NAME as SELECT * FROM DATABASE.TABLE;`"},
};

void ast_refuse_statement(struct parse *parse, enum foreign what, struct span span)
{
	struct diag *diag =
	        diag_add(parse->diags, refusals[what].code, span, "%s", refusals[what].text);

	diag_hint(parse->diags, diag, "%s", refusals[what].hint);
}

void ast_refuse_view(struct parse *parse, const struct view_head *head, struct span span)
{
	ast_refuse_statement(parse, head->plain ? FOREIGN_PLAIN_VIEW : FOREIGN_VIEW_WITHOUT_TO,
	                     span);
}

void ast_refuse_view_engine(struct parse *parse, const struct view_head *head, struct span span,
                            struct span engine)
{
	struct sql_look look = ast_look_at_sql(parse, engine);

	ast_refuse_view(parse, head, span);
	if (look.populate.end)
		ast_refuse_statement(parse, FOREIGN_POPULATE, look.populate);
}
