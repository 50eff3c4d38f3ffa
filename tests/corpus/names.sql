-- Names: aliases that hide columns, qualifiers, quotes, keywords, the table's name where it means something else.

-- case alias_hides_the_split_column
SELECT toStartOfHour(ts) AS ts, project, count() AS n FROM events GROUP BY ts, project;

-- case alias_hides_it_in_where
SELECT toStartOfDay(ts) AS ts, id FROM events WHERE ts >= '2024-05-01 00:00:00' AND id > 0;

-- case alias_hides_both
SELECT intDiv(id, 100) AS id, toDate(ts) AS ts, sum(value) AS value FROM events WHERE id > 5 GROUP BY id, ts;

-- case alias_in_a_subquery
SELECT ts, count() AS n FROM (SELECT toStartOfInterval(ts, INTERVAL 3 HOUR) AS ts, value AS id FROM events) GROUP BY ts;

-- case alias_is_the_tables_name
SELECT value AS events, events.id AS id FROM events WHERE events.value > 0;

-- case aggregates_alias_is_the_tables_name
SELECT project, count() AS events FROM events GROUP BY project;

-- case implicit_alias_is_the_tables_name
SELECT ts, e.id, events.value events, corpus.events.ok AS ok FROM events CROSS JOIN (SELECT 1 AS id) AS e WHERE events.value != 0;

-- case table_alias_is_a_columns_name
SELECT id.id AS i, id.value AS v FROM events AS id;

-- case table_alias_is_the_split_column
SELECT ts.id AS i, toStartOfHour(ts.ts) AS ts FROM events AS ts WHERE ts.ok OR ts.value > 0;

-- case table_alias_is_the_tables_name
SELECT events.id, events.value FROM events AS events;

-- case qualified_by_table
SELECT events.id, events.project AS p FROM events WHERE events.value > 0 GROUP BY events.id, events.project;

-- case qualified_by_database_and_table
SELECT corpus.events.id, corpus.events.value AS v FROM corpus.events WHERE corpus.events.value > 0 ORDER BY corpus.events.id;

-- case qualified_by_database_without_from
SELECT corpus.events.id, events.value FROM events WHERE corpus.events.ok;

-- case qualified_by_table_that_has_an_alias
SELECT events.id AS id, e.value AS v FROM events AS e WHERE events.value > 0;

-- case qualified_by_alias
SELECT e.id, e.attrs['os'] AS os, e.geo.city AS city FROM events AS e WHERE e.geo.lat > 10;

-- case alias_without_as
SELECT e.id i, e.value v FROM events e WHERE e.ok;

-- case quoted_everything
SELECT `events`.`id` AS `the id`, "events"."value" AS "the value" FROM `corpus`.`events` WHERE "value" > 0;

-- case quoted_alias
SELECT `the events`.id, "the events".value FROM events AS `the events` WHERE `the events`.value > 0;

-- case column_with_a_space
SELECT `odd name`, count() AS `how many` FROM events GROUP BY `odd name`;

-- case column_with_a_dot
SELECT `dot.ted` AS d, events.`dot.ted` + 1 AS e FROM events;

-- case keyword_columns
SELECT from, select, limit FROM events WHERE from > 0 OR limit < 2;

-- case keyword_columns_qualified
SELECT events.from AS a, events.select AS b, e2 FROM (SELECT *, events.limit AS e2 FROM events) AS events WHERE events.limit > -1;

-- case keyword_aliases
SELECT id AS from, value AS where, ok AS group, kind AS order FROM events WHERE value > 0;

-- case keyword_table_alias
SELECT with.id AS id, with.value AS value FROM events AS with WHERE with.ok;

-- case words_of_bfc
SELECT source, source AS view, id AS chunk, value AS table, ts AS split, ok AS backfill FROM events;

-- case table_with_dots_and_spaces
SELECT id, `my.events v2`, key FROM `my.events v2` WHERE value > 0;

-- case table_with_dots_qualified
SELECT corpus.`my.events v2`.id AS id, `my.events v2`.`my.events v2` AS same FROM corpus.`my.events v2` WHERE `my.events v2`.key != 'k0';

-- case table_in_double_quotes
SELECT "my.events v2".key AS k, count() AS n FROM "my.events v2" GROUP BY "my.events v2".key;

-- case name_in_strings
SELECT id, 'events' AS a, 'FROM corpus.events WHERE x' AS b, concat(source, '.events') AS c FROM events WHERE source != 'events 1';

-- case name_in_comments
/* events */ SELECT id /* FROM events */, value -- corpus.events
FROM /* not users */ events -- AS e WHERE
WHERE /* events.id */ value > 0 # events
;

-- case name_in_a_heredoc
SELECT id, $$it's from events$$ AS a, $x$ SELECT $ FROM events $x$ AS b FROM events;

-- case name_of_a_function_and_a_column
SELECT count() AS count, max(limit) AS max, any(source) AS any FROM events GROUP BY kind;

-- case alias_used_before_it_is_made
SELECT b + 1 AS c, a * 2 AS b, value AS a FROM events;

-- case alias_of_an_aggregate_hides_a_column
SELECT project, sum(events.value) AS value, max(events.id) AS id FROM events GROUP BY project;

-- case lambda_argument_hides_a_column
SELECT id, arrayMap(value -> value + 1, nums) AS n, arrayFilter((x, id) -> id > 1, nums, arrayEnumerate(nums)) AS f FROM events;

-- case qualifier_of_a_subquery
SELECT events.id, events.n FROM (SELECT id, count() AS n FROM events GROUP BY id) AS events;

-- case names_touch
SELECT`id`,`value`FROM`events`WHERE`value`>0 AND`ok`;

-- case non_ascii
SELECT id AS `ид`, value AS "größe", '日本' AS `名` FROM events WHERE `größe` > 0;

-- case tabs_and_windows_line_ends
SELECT	id,
	value
FROM	events
WHERE	value > 0;

-- case carriage_returns
SELECT id,
	value -- events
FROM events
WHERE value > 0
;
