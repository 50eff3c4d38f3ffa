-- Migration:     by_day
--                Partitions by day and a tuple; a chunk a day; a cascade of three views
--
-- Strategy:      duplicate
-- Writes to:     web.hits, web.per_hour, web.per_day, web.per_month, web.per_hour_mv,
--                web.per_day_mv, web.per_month_mv
-- Staged names:  bfc_b3dc74d4_… (dropped at the end)
-- Resume points: b1.split, b1.bounds, b1.chunks, b1.chunk.seal
-- Plan:          90031b047c55e96fb1b1a4d5a4e3060e8670296840ae154ac1fd7392bede0bf9
--
-- This is what 'bfc apply' sends, statement for statement. bfc adds what a script cannot: a
-- journal in the server, so that a run that was killed goes on where it was, a lock, retries,
-- several chunks at once.
-- To run it by hand: clickhouse-client, one statement after the other. Each SELECT under 'must
-- return' has to do so before you go on. A line 'SET param_x = '';' with 'copy' in its comment
-- needs the value from the statement above it.

-- Settings that every statement hangs on.
SET async_insert = 0; -- an INSERT that returned is there
SET insert_deduplicate = 0; -- equal blocks are not dropped as repetitions
SET deduplicate_blocks_in_dependent_materialized_views = 0; -- nor in the views
SET materialized_views_ignore_errors = 0; -- a view that fails fails the INSERT
SET insert_null_as_default = 1; -- NULL becomes the column's default, as in the engine's defaults
SET use_structure_from_insertion_table_in_table_functions = 0; -- the source means the same when it is loaded, counted and listed
SET input_format_allow_errors_num = 0; -- no row of a file is skipped
SET input_format_allow_errors_ratio = 0; -- no row of a file is skipped
SET skip_unavailable_shards = 0; -- no part of a remote source is skipped
SET timeout_overflow_mode = 'throw'; -- past a limit a statement fails, it does not return a part
SET timeout_overflow_mode_leaf = 'throw'; -- past a limit a statement fails, it does not return a part
SET read_overflow_mode = 'throw'; -- past a limit a statement fails, it does not return a part
SET read_overflow_mode_leaf = 'throw'; -- past a limit a statement fails, it does not return a part
SET group_by_overflow_mode = 'throw'; -- past a limit a statement fails, it does not return a part
SET sort_overflow_mode = 'throw'; -- past a limit a statement fails, it does not return a part
SET result_overflow_mode = 'throw'; -- past a limit a statement fails, it does not return a part
SET set_overflow_mode = 'throw'; -- past a limit a statement fails, it does not return a part
SET join_overflow_mode = 'throw'; -- past a limit a statement fails, it does not return a part
SET transfer_overflow_mode = 'throw'; -- past a limit a statement fails, it does not return a part
SET distinct_overflow_mode = 'throw'; -- past a limit a statement fails, it does not return a part
SET final = 0; -- counts are of rows as they are stored
SET limit = 0; -- no result is cut
SET offset = 0; -- no result is cut
SET apply_deleted_mask = 1; -- deleted rows do not count
SET use_query_cache = 0; -- what is verified is read, not remembered
SET session_timezone = ''; -- a literal is in its column's time zone or the server's
SET mutations_sync = 1; -- an ALTER that returned is done
SET alter_sync = 1; -- an ALTER that returned is done
SET max_parts_to_move = 100000; -- a partition of many parts can be moved
SET max_partitions_per_insert_block = 0; -- history may span many partitions
SET max_table_size_to_drop = 0; -- staged tables of any size can be dropped
SET max_partition_size_to_drop = 0; -- staged tables of any size can be dropped

-- ======== 1. Make sure that everything is there and nothing stands in the way ========

-- [ensure.server] the server is new enough
-- The statements below were measured on ClickHouse 26.7; some of what they need (part UUIDs
-- that survive a move, CHECK GRANT, formatQuery) came with versions up to 25.3. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: update the server, or use another one.
SELECT
    toUInt32OrZero(splitByChar('.', version())[1]) * 100
        + toUInt32OrZero(splitByChar('.', version())[2]) >= 2503 AS ok,
    concat('the server is ClickHouse ', version(),
        ', and bfc needs 25.3 or newer (tested on 26.7)') AS message;

-- [ensure.database.web] database web
-- The tables and views below stand in it. IF NOT EXISTS makes repeating it harmless.
-- Harmless to repeat: if not exists.
CREATE DATABASE IF NOT EXISTS web;

-- [ensure.table.web.hits] table web.hits
-- Created as declared when it is missing. IF NOT EXISTS makes repeating it harmless; the next
-- step compares a table that was there before.
-- Harmless to repeat: if not exists. From by_day.bf:4.
CREATE TABLE IF NOT EXISTS web.hits
(

    time    DateTime('Europe/Berlin'),
    site    String,
    visitor UInt64

)
engine = MergeTree
partition by (toYYYYMMDD(time), site)
order by (site, time);

-- [ensure.table.web.hits.same] web.hits is as declared
-- Columns, types, engine and keys of the server's table are compared with the declaration. It
-- reads only.
-- Harmless to repeat: read only. From by_day.bf:4.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or alter the table
-- first.
SELECT
    empty(differences) AS ok,
    concat('web.hits differs from its declaration: ', arrayStringConcat(differences, '; ')) AS message
FROM
(
    WITH
        [('time', toTypeName(defaultValueOfTypeName('DateTime(\'Europe/Berlin\')'))),
            ('site', toTypeName(defaultValueOfTypeName('String'))),
            ('visitor', toTypeName(defaultValueOfTypeName('UInt64')))] AS declared,
        (
            SELECT groupUniqArray((name, type))
            FROM system.columns
            WHERE database = 'web' AND table = 'hits'
        ) AS present,
        (
            SELECT any((engine, engine_full, partition_key, sorting_key, primary_key, sampling_key))
            FROM system.tables
            WHERE database = 'web' AND name = 'hits'
        ) AS now
    SELECT arrayConcat(
        arrayMap(
            c -> concat('column ', c.1, ' is missing'),
            arrayFilter(c -> NOT has(present.1, c.1), declared)),
        arrayMap(
            c -> concat('column ', c, ' is not declared'),
            arrayDistinct(arrayFilter(c -> NOT has(declared.1, c), present.1))),
        arrayMap(
            c -> concat('column ', c.1, ' is ', present.2[indexOf(present.1, c.1)], ', declared as ', c.2),
            arrayFilter(
                c -> c.2 != '' AND has(present.1, c.1)
                    AND replaceRegexpAll(c.2, '\\s', '')
                        != replaceRegexpAll(present.2[indexOf(present.1, c.1)], '\\s', ''),
                declared)),
        if(now.1 = 'MergeTree', [], [concat('the engine is ', now.1, ', declared as ', 'MergeTree')]),
        if(now.1 != 'MergeTree' OR replaceRegexpOne(replaceRegexpAll(extract(now.2, '^(.+?)(?: PARTITION BY | PRIMARY KEY | ORDER BY | SAMPLE BY | TTL | SETTINGS |$)'), '\\s', ''), '\\(\\)$', '')
                = replaceRegexpOne(replaceRegexpAll(replaceOne(ifNull(formatQuerySingleLineOrNull(concat('SELECT ', 'MergeTree')), 'MergeTree'), 'SELECT ', ''), '\\s', ''), '\\(\\)$', ''),
            [], ['the arguments of the engine differ']),
        arrayMap(
            key -> concat(key.1, ' is \'', key.3, '\', declared as \'', key.2, '\''),
            arrayFilter(
                key -> replaceRegexpOne(coalesce(formatQuerySingleLineOrNull(concat('SELECT ', if(key.2 = '', 'tuple()', key.2))), key.2), '^(?:SELECT )?(?:tuple)?\\((.*)\\)$|^SELECT (.*)$', '\\1\\2')
                    != replaceRegexpOne(coalesce(formatQuerySingleLineOrNull(concat('SELECT ', if(key.3 = '', 'tuple()', key.3))), key.3), '^(?:SELECT )?(?:tuple)?\\((.*)\\)$|^SELECT (.*)$', '\\1\\2'),
                [('partition key', '(toYYYYMMDD(time), site)', now.3),
                 ('sorting key', '(site, time)', now.4),
                 ('primary key', '(site, time)', now.5),
                 ('sampling key', '', now.6)]))) AS differences
);

-- [ensure.table.web.per_hour] table web.per_hour
-- Created as declared when it is missing. IF NOT EXISTS makes repeating it harmless; the next
-- step compares a table that was there before.
-- Harmless to repeat: if not exists. From by_day.bf:14.
CREATE TABLE IF NOT EXISTS web.per_hour
(
hour DateTime('Europe/Berlin'), site String, hits UInt64
)
engine = SummingMergeTree order by (site, hour);

-- [ensure.table.web.per_hour.same] web.per_hour is as declared
-- Columns, types, engine and keys of the server's table are compared with the declaration. It
-- reads only.
-- Harmless to repeat: read only. From by_day.bf:14.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or alter the table
-- first.
SELECT
    empty(differences) AS ok,
    concat('web.per_hour differs from its declaration: ', arrayStringConcat(differences, '; ')) AS message
FROM
(
    WITH
        [('hour', toTypeName(defaultValueOfTypeName('DateTime(\'Europe/Berlin\')'))),
            ('site', toTypeName(defaultValueOfTypeName('String'))),
            ('hits', toTypeName(defaultValueOfTypeName('UInt64')))] AS declared,
        (
            SELECT groupUniqArray((name, type))
            FROM system.columns
            WHERE database = 'web' AND table = 'per_hour'
        ) AS present,
        (
            SELECT any((engine, engine_full, partition_key, sorting_key, primary_key, sampling_key))
            FROM system.tables
            WHERE database = 'web' AND name = 'per_hour'
        ) AS now
    SELECT arrayConcat(
        arrayMap(
            c -> concat('column ', c.1, ' is missing'),
            arrayFilter(c -> NOT has(present.1, c.1), declared)),
        arrayMap(
            c -> concat('column ', c, ' is not declared'),
            arrayDistinct(arrayFilter(c -> NOT has(declared.1, c), present.1))),
        arrayMap(
            c -> concat('column ', c.1, ' is ', present.2[indexOf(present.1, c.1)], ', declared as ', c.2),
            arrayFilter(
                c -> c.2 != '' AND has(present.1, c.1)
                    AND replaceRegexpAll(c.2, '\\s', '')
                        != replaceRegexpAll(present.2[indexOf(present.1, c.1)], '\\s', ''),
                declared)),
        if(now.1 = 'SummingMergeTree', [], [concat('the engine is ', now.1, ', declared as ', 'SummingMergeTree')]),
        if(now.1 != 'SummingMergeTree' OR replaceRegexpOne(replaceRegexpAll(extract(now.2, '^(.+?)(?: PARTITION BY | PRIMARY KEY | ORDER BY | SAMPLE BY | TTL | SETTINGS |$)'), '\\s', ''), '\\(\\)$', '')
                = replaceRegexpOne(replaceRegexpAll(replaceOne(ifNull(formatQuerySingleLineOrNull(concat('SELECT ', 'SummingMergeTree')), 'SummingMergeTree'), 'SELECT ', ''), '\\s', ''), '\\(\\)$', ''),
            [], ['the arguments of the engine differ']),
        arrayMap(
            key -> concat(key.1, ' is \'', key.3, '\', declared as \'', key.2, '\''),
            arrayFilter(
                key -> replaceRegexpOne(coalesce(formatQuerySingleLineOrNull(concat('SELECT ', if(key.2 = '', 'tuple()', key.2))), key.2), '^(?:SELECT )?(?:tuple)?\\((.*)\\)$|^SELECT (.*)$', '\\1\\2')
                    != replaceRegexpOne(coalesce(formatQuerySingleLineOrNull(concat('SELECT ', if(key.3 = '', 'tuple()', key.3))), key.3), '^(?:SELECT )?(?:tuple)?\\((.*)\\)$|^SELECT (.*)$', '\\1\\2'),
                [('partition key', '', now.3),
                 ('sorting key', '(site, hour)', now.4),
                 ('primary key', '(site, hour)', now.5),
                 ('sampling key', '', now.6)]))) AS differences
);

-- [ensure.table.web.per_day] table web.per_day
-- Created as declared when it is missing. IF NOT EXISTS makes repeating it harmless; the next
-- step compares a table that was there before.
-- Harmless to repeat: if not exists. From by_day.bf:16.
CREATE TABLE IF NOT EXISTS web.per_day
(
day Date, site String, hits UInt64
)
engine = SummingMergeTree order by (site, day);

-- [ensure.table.web.per_day.same] web.per_day is as declared
-- Columns, types, engine and keys of the server's table are compared with the declaration. It
-- reads only.
-- Harmless to repeat: read only. From by_day.bf:16.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or alter the table
-- first.
SELECT
    empty(differences) AS ok,
    concat('web.per_day differs from its declaration: ', arrayStringConcat(differences, '; ')) AS message
FROM
(
    WITH
        [('day', toTypeName(defaultValueOfTypeName('Date'))),
            ('site', toTypeName(defaultValueOfTypeName('String'))),
            ('hits', toTypeName(defaultValueOfTypeName('UInt64')))] AS declared,
        (
            SELECT groupUniqArray((name, type))
            FROM system.columns
            WHERE database = 'web' AND table = 'per_day'
        ) AS present,
        (
            SELECT any((engine, engine_full, partition_key, sorting_key, primary_key, sampling_key))
            FROM system.tables
            WHERE database = 'web' AND name = 'per_day'
        ) AS now
    SELECT arrayConcat(
        arrayMap(
            c -> concat('column ', c.1, ' is missing'),
            arrayFilter(c -> NOT has(present.1, c.1), declared)),
        arrayMap(
            c -> concat('column ', c, ' is not declared'),
            arrayDistinct(arrayFilter(c -> NOT has(declared.1, c), present.1))),
        arrayMap(
            c -> concat('column ', c.1, ' is ', present.2[indexOf(present.1, c.1)], ', declared as ', c.2),
            arrayFilter(
                c -> c.2 != '' AND has(present.1, c.1)
                    AND replaceRegexpAll(c.2, '\\s', '')
                        != replaceRegexpAll(present.2[indexOf(present.1, c.1)], '\\s', ''),
                declared)),
        if(now.1 = 'SummingMergeTree', [], [concat('the engine is ', now.1, ', declared as ', 'SummingMergeTree')]),
        if(now.1 != 'SummingMergeTree' OR replaceRegexpOne(replaceRegexpAll(extract(now.2, '^(.+?)(?: PARTITION BY | PRIMARY KEY | ORDER BY | SAMPLE BY | TTL | SETTINGS |$)'), '\\s', ''), '\\(\\)$', '')
                = replaceRegexpOne(replaceRegexpAll(replaceOne(ifNull(formatQuerySingleLineOrNull(concat('SELECT ', 'SummingMergeTree')), 'SummingMergeTree'), 'SELECT ', ''), '\\s', ''), '\\(\\)$', ''),
            [], ['the arguments of the engine differ']),
        arrayMap(
            key -> concat(key.1, ' is \'', key.3, '\', declared as \'', key.2, '\''),
            arrayFilter(
                key -> replaceRegexpOne(coalesce(formatQuerySingleLineOrNull(concat('SELECT ', if(key.2 = '', 'tuple()', key.2))), key.2), '^(?:SELECT )?(?:tuple)?\\((.*)\\)$|^SELECT (.*)$', '\\1\\2')
                    != replaceRegexpOne(coalesce(formatQuerySingleLineOrNull(concat('SELECT ', if(key.3 = '', 'tuple()', key.3))), key.3), '^(?:SELECT )?(?:tuple)?\\((.*)\\)$|^SELECT (.*)$', '\\1\\2'),
                [('partition key', '', now.3),
                 ('sorting key', '(site, day)', now.4),
                 ('primary key', '(site, day)', now.5),
                 ('sampling key', '', now.6)]))) AS differences
);

-- [ensure.table.web.per_month] table web.per_month
-- Created as declared when it is missing. IF NOT EXISTS makes repeating it harmless; the next
-- step compares a table that was there before.
-- Harmless to repeat: if not exists. From by_day.bf:18.
CREATE TABLE IF NOT EXISTS web.per_month
(
month Date, site String, hits UInt64
)
engine = SummingMergeTree order by (site, month);

-- [ensure.table.web.per_month.same] web.per_month is as declared
-- Columns, types, engine and keys of the server's table are compared with the declaration. It
-- reads only.
-- Harmless to repeat: read only. From by_day.bf:18.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or alter the table
-- first.
SELECT
    empty(differences) AS ok,
    concat('web.per_month differs from its declaration: ', arrayStringConcat(differences, '; ')) AS message
FROM
(
    WITH
        [('month', toTypeName(defaultValueOfTypeName('Date'))),
            ('site', toTypeName(defaultValueOfTypeName('String'))),
            ('hits', toTypeName(defaultValueOfTypeName('UInt64')))] AS declared,
        (
            SELECT groupUniqArray((name, type))
            FROM system.columns
            WHERE database = 'web' AND table = 'per_month'
        ) AS present,
        (
            SELECT any((engine, engine_full, partition_key, sorting_key, primary_key, sampling_key))
            FROM system.tables
            WHERE database = 'web' AND name = 'per_month'
        ) AS now
    SELECT arrayConcat(
        arrayMap(
            c -> concat('column ', c.1, ' is missing'),
            arrayFilter(c -> NOT has(present.1, c.1), declared)),
        arrayMap(
            c -> concat('column ', c, ' is not declared'),
            arrayDistinct(arrayFilter(c -> NOT has(declared.1, c), present.1))),
        arrayMap(
            c -> concat('column ', c.1, ' is ', present.2[indexOf(present.1, c.1)], ', declared as ', c.2),
            arrayFilter(
                c -> c.2 != '' AND has(present.1, c.1)
                    AND replaceRegexpAll(c.2, '\\s', '')
                        != replaceRegexpAll(present.2[indexOf(present.1, c.1)], '\\s', ''),
                declared)),
        if(now.1 = 'SummingMergeTree', [], [concat('the engine is ', now.1, ', declared as ', 'SummingMergeTree')]),
        if(now.1 != 'SummingMergeTree' OR replaceRegexpOne(replaceRegexpAll(extract(now.2, '^(.+?)(?: PARTITION BY | PRIMARY KEY | ORDER BY | SAMPLE BY | TTL | SETTINGS |$)'), '\\s', ''), '\\(\\)$', '')
                = replaceRegexpOne(replaceRegexpAll(replaceOne(ifNull(formatQuerySingleLineOrNull(concat('SELECT ', 'SummingMergeTree')), 'SummingMergeTree'), 'SELECT ', ''), '\\s', ''), '\\(\\)$', ''),
            [], ['the arguments of the engine differ']),
        arrayMap(
            key -> concat(key.1, ' is \'', key.3, '\', declared as \'', key.2, '\''),
            arrayFilter(
                key -> replaceRegexpOne(coalesce(formatQuerySingleLineOrNull(concat('SELECT ', if(key.2 = '', 'tuple()', key.2))), key.2), '^(?:SELECT )?(?:tuple)?\\((.*)\\)$|^SELECT (.*)$', '\\1\\2')
                    != replaceRegexpOne(coalesce(formatQuerySingleLineOrNull(concat('SELECT ', if(key.3 = '', 'tuple()', key.3))), key.3), '^(?:SELECT )?(?:tuple)?\\((.*)\\)$|^SELECT (.*)$', '\\1\\2'),
                [('partition key', '', now.3),
                 ('sorting key', '(site, month)', now.4),
                 ('primary key', '(site, month)', now.5),
                 ('sampling key', '', now.6)]))) AS differences
);

-- [ensure.view.web.per_month_mv.new] web.per_month_mv is there, or web.per_day is still empty
-- A view that is made now counts the rows from now on; those that its table already holds would
-- be missing from its target for ever. It reads only.
-- Harmless to repeat: read only. From by_day.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: fill the view's target from the rows that are there and create the view by hand, then
-- run this again.
SELECT
    existing = 1 OR present_rows = 0 AS ok,
    concat('view web.per_month_mv does not exist yet, and web.per_day already holds ', toString(present_rows), ' rows that it would never count') AS message
FROM
(
    SELECT
        countIf(database = 'web' AND name = 'per_month_mv') AS existing,
        ifNull(sumIf(total_rows, database = 'web' AND name = 'per_day'), 0) AS present_rows
    FROM system.tables
    WHERE (database, name) IN (('web', 'per_month_mv'), ('web', 'per_day'))
);

-- [ensure.view.web.per_month_mv] view web.per_month_mv
-- It feeds its target from what is inserted from now on. IF NOT EXISTS makes repeating it
-- harmless; a view that was there before is compared below.
-- Harmless to repeat: if not exists. From by_day.bf:25.
CREATE MATERIALIZED VIEW IF NOT EXISTS web.per_month_mv
TO web.per_month
AS
SELECT toStartOfMonth(day) AS month, site, sum(hits) AS hits FROM web.per_day GROUP BY month, site;

-- [ensure.view.web.per_month_mv.scratch] a plain view with the declared query of
--     web.per_month_mv
-- The server writes its query as it writes the live view's, so that the two can be compared as
-- text. A plain view never fires; OR REPLACE makes repeating it harmless.
-- Harmless to repeat: observes first. From by_day.bf:25.
CREATE OR REPLACE VIEW web.bfc_b3dc74d4_check_per_month_mv
AS
SELECT toStartOfMonth(day) AS month, site, sum(hits) AS hits FROM web.per_day GROUP BY month, site;

-- [ensure.view.web.per_month_mv.same] web.per_month_mv is as declared
-- Query and target of the server's view are compared with the declaration. It reads only.
-- Harmless to repeat: read only. From by_day.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or change the live
-- view with ALTER TABLE … MODIFY QUERY first.
SELECT
    live_query = declared_query AND startsWith(live, declared_head) AS ok,
    if(live_query = declared_query,
        concat('view web.per_month_mv writes elsewhere than declared: ', live, '; declared: ', declared_head, '…'),
        concat('the query of view web.per_month_mv differs from its declaration: ', live_query, '; declared: ', declared_query)) AS message
FROM
(
    SELECT
        anyIf(as_select, name = 'per_month_mv') AS live_query,
        anyIf(as_select, name = 'bfc_b3dc74d4_check_per_month_mv') AS declared_query,
        anyIf(create_table_query, name = 'per_month_mv') AS live,
        replaceRegexpOne(formatQuerySingleLine('CREATE MATERIALIZED VIEW web.per_month_mv TO web.per_month AS SELECT 1'), 'AS SELECT 1$', '') AS declared_head
    FROM system.tables
    WHERE database = 'web' AND name IN ('per_month_mv', 'bfc_b3dc74d4_check_per_month_mv')
);

-- [ensure.view.web.per_month_mv.clean] drop the plain view again
-- It was only needed for comparing. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_day.bf:25.
DROP VIEW IF EXISTS web.bfc_b3dc74d4_check_per_month_mv SYNC;

-- [ensure.view.web.per_day_mv.new] web.per_day_mv is there, or web.per_hour is still empty
-- A view that is made now counts the rows from now on; those that its table already holds would
-- be missing from its target for ever. It reads only.
-- Harmless to repeat: read only. From by_day.bf:23.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: fill the view's target from the rows that are there and create the view by hand, then
-- run this again.
SELECT
    existing = 1 OR present_rows = 0 AS ok,
    concat('view web.per_day_mv does not exist yet, and web.per_hour already holds ', toString(present_rows), ' rows that it would never count') AS message
FROM
(
    SELECT
        countIf(database = 'web' AND name = 'per_day_mv') AS existing,
        ifNull(sumIf(total_rows, database = 'web' AND name = 'per_hour'), 0) AS present_rows
    FROM system.tables
    WHERE (database, name) IN (('web', 'per_day_mv'), ('web', 'per_hour'))
);

-- [ensure.view.web.per_day_mv] view web.per_day_mv
-- It feeds its target from what is inserted from now on. IF NOT EXISTS makes repeating it
-- harmless; a view that was there before is compared below.
-- Harmless to repeat: if not exists. From by_day.bf:23.
CREATE MATERIALIZED VIEW IF NOT EXISTS web.per_day_mv
TO web.per_day
AS
SELECT toDate(hour) AS day, site, sum(hits) AS hits FROM web.per_hour GROUP BY day, site;

-- [ensure.view.web.per_day_mv.scratch] a plain view with the declared query of web.per_day_mv
-- The server writes its query as it writes the live view's, so that the two can be compared as
-- text. A plain view never fires; OR REPLACE makes repeating it harmless.
-- Harmless to repeat: observes first. From by_day.bf:23.
CREATE OR REPLACE VIEW web.bfc_b3dc74d4_check_per_day_mv
AS
SELECT toDate(hour) AS day, site, sum(hits) AS hits FROM web.per_hour GROUP BY day, site;

-- [ensure.view.web.per_day_mv.same] web.per_day_mv is as declared
-- Query and target of the server's view are compared with the declaration. It reads only.
-- Harmless to repeat: read only. From by_day.bf:23.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or change the live
-- view with ALTER TABLE … MODIFY QUERY first.
SELECT
    live_query = declared_query AND startsWith(live, declared_head) AS ok,
    if(live_query = declared_query,
        concat('view web.per_day_mv writes elsewhere than declared: ', live, '; declared: ', declared_head, '…'),
        concat('the query of view web.per_day_mv differs from its declaration: ', live_query, '; declared: ', declared_query)) AS message
FROM
(
    SELECT
        anyIf(as_select, name = 'per_day_mv') AS live_query,
        anyIf(as_select, name = 'bfc_b3dc74d4_check_per_day_mv') AS declared_query,
        anyIf(create_table_query, name = 'per_day_mv') AS live,
        replaceRegexpOne(formatQuerySingleLine('CREATE MATERIALIZED VIEW web.per_day_mv TO web.per_day AS SELECT 1'), 'AS SELECT 1$', '') AS declared_head
    FROM system.tables
    WHERE database = 'web' AND name IN ('per_day_mv', 'bfc_b3dc74d4_check_per_day_mv')
);

-- [ensure.view.web.per_day_mv.clean] drop the plain view again
-- It was only needed for comparing. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_day.bf:23.
DROP VIEW IF EXISTS web.bfc_b3dc74d4_check_per_day_mv SYNC;

-- [ensure.view.web.per_hour_mv.new] web.per_hour_mv is there, or web.hits is still empty
-- A view that is made now counts the rows from now on; those that its table already holds would
-- be missing from its target for ever. It reads only.
-- Harmless to repeat: read only. From by_day.bf:21.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: fill the view's target from the rows that are there and create the view by hand, then
-- run this again.
SELECT
    existing = 1 OR present_rows = 0 AS ok,
    concat('view web.per_hour_mv does not exist yet, and web.hits already holds ', toString(present_rows), ' rows that it would never count') AS message
FROM
(
    SELECT
        countIf(database = 'web' AND name = 'per_hour_mv') AS existing,
        ifNull(sumIf(total_rows, database = 'web' AND name = 'hits'), 0) AS present_rows
    FROM system.tables
    WHERE (database, name) IN (('web', 'per_hour_mv'), ('web', 'hits'))
);

-- [ensure.view.web.per_hour_mv] view web.per_hour_mv
-- It feeds its target from what is inserted from now on. IF NOT EXISTS makes repeating it
-- harmless; a view that was there before is compared below.
-- Harmless to repeat: if not exists. From by_day.bf:21.
CREATE MATERIALIZED VIEW IF NOT EXISTS web.per_hour_mv
TO web.per_hour
AS
SELECT toStartOfHour(time) AS hour, site, count() AS hits FROM web.hits GROUP BY hour, site;

-- [ensure.view.web.per_hour_mv.scratch] a plain view with the declared query of web.per_hour_mv
-- The server writes its query as it writes the live view's, so that the two can be compared as
-- text. A plain view never fires; OR REPLACE makes repeating it harmless.
-- Harmless to repeat: observes first. From by_day.bf:21.
CREATE OR REPLACE VIEW web.bfc_b3dc74d4_check_per_hour_mv
AS
SELECT toStartOfHour(time) AS hour, site, count() AS hits FROM web.hits GROUP BY hour, site;

-- [ensure.view.web.per_hour_mv.same] web.per_hour_mv is as declared
-- Query and target of the server's view are compared with the declaration. It reads only.
-- Harmless to repeat: read only. From by_day.bf:21.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or change the live
-- view with ALTER TABLE … MODIFY QUERY first.
SELECT
    live_query = declared_query AND startsWith(live, declared_head) AS ok,
    if(live_query = declared_query,
        concat('view web.per_hour_mv writes elsewhere than declared: ', live, '; declared: ', declared_head, '…'),
        concat('the query of view web.per_hour_mv differs from its declaration: ', live_query, '; declared: ', declared_query)) AS message
FROM
(
    SELECT
        anyIf(as_select, name = 'per_hour_mv') AS live_query,
        anyIf(as_select, name = 'bfc_b3dc74d4_check_per_hour_mv') AS declared_query,
        anyIf(create_table_query, name = 'per_hour_mv') AS live,
        replaceRegexpOne(formatQuerySingleLine('CREATE MATERIALIZED VIEW web.per_hour_mv TO web.per_hour AS SELECT 1'), 'AS SELECT 1$', '') AS declared_head
    FROM system.tables
    WHERE database = 'web' AND name IN ('per_hour_mv', 'bfc_b3dc74d4_check_per_hour_mv')
);

-- [ensure.view.web.per_hour_mv.clean] drop the plain view again
-- It was only needed for comparing. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_day.bf:21.
DROP VIEW IF EXISTS web.bfc_b3dc74d4_check_per_hour_mv SYNC;

-- [b1.grants] the user may stage and move in web
-- A grant that is missing would stop the run in its middle. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE
-- ON web.* TO the user of this run.
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON web.*;

-- [b1.grants.system] the user may read what the checks read and use the tables' engines
-- A grant that is missing would stop the run in its middle. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: grant what is missing: GRANT SELECT ON system.parts, SELECT ON system.mutations,
-- SELECT ON system.disks, SELECT ON system.storage_policies, TABLE ENGINE ON MergeTree, TABLE
-- ENGINE ON SummingMergeTree TO the user of this run.
CHECK GRANT SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, TABLE ENGINE ON MergeTree, TABLE ENGINE ON SummingMergeTree;

-- [b1.engines] the tables to fill are of engines that staging works with
-- Staged rows reach a table by MOVE PARTITION, which tables of the MergeTree family on one
-- server have; an engine of Null only passes rows on. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: replicated and shared tables are not supported yet.
SELECT
    empty(others) AS ok,
    concat('cannot stage for: ', arrayStringConcat(others, ', ')) AS message
FROM
(
    SELECT groupArray(concat(database, '.', name, ' (', engine, ')')) AS others
    FROM system.tables
    WHERE (database, name) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
        AND engine != 'Null'
        AND (engine NOT LIKE '%MergeTree'
            OR startsWith(engine, 'Replicated')
            OR startsWith(engine, 'Shared'))
);

-- [b1.views] every view on the tables to fill is declared or ignored
-- A view that this plan does not know would not get the history, and nobody would notice. It
-- reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: declare each view in the migration, as 'view NAME to TARGET as SELECT …', or write
-- 'ignore view NAME;' when it shall not get this history.
SELECT
    empty(unknown) AS ok,
    concat('not declared and not ignored: ', arrayStringConcat(unknown, '; ')) AS message
FROM
(
    SELECT groupArray(concat(database, '.', name, ' (', create_table_query, ')')) AS unknown
    FROM system.tables
    WHERE (database, name) IN
    (
        SELECT arrayJoin(arrayZip(dependencies_database, dependencies_table))
        FROM system.tables
        WHERE (database, name) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
    )
        AND (database, name) NOT IN (('', ''), ('web', 'per_hour_mv'), ('web', 'per_day_mv'), ('web', 'per_month_mv'))
);

-- [b1.mutations] no mutation is pending on the tables to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance. It
-- reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: wait until the mutation is done (system.mutations), or KILL MUTATION.
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'));

-- [b1.split] the split, as the migration says it, in UTC
-- A literal means what it means in the column's own time zone; pinned in UTC it means the same
-- everywhere.
-- Resume point. Harmless to repeat: read only. From by_day.bf:30.
SELECT toString(toTimeZone(CAST('2024-04-01 00:00:00' AS DateTime('Europe/Berlin')), 'UTC')) AS split;
SET param_split = ''; -- copy column split of [b1.split]

-- [b1.disk] there is room on the disks for the chunks under way
-- A chunk is staged next to the live table; moving it takes no more room. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: free some space, or make the chunks smaller.
SELECT
    free >= need AS ok,
    concat('free: ', formatReadableSize(free), ', needed: ', formatReadableSize(need)) AS message
FROM
(
    SELECT
        min(policy_free) AS free,
        2 * 67108864 AS need
    FROM
    (
        SELECT sum(unreserved_space) AS policy_free
        FROM
        (
            SELECT DISTINCT policy_name, arrayJoin(disks) AS disk
            FROM system.storage_policies
            WHERE policy_name IN
            (
                SELECT storage_policy
                FROM system.tables
                WHERE (database, name) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);

-- [b1.bounds] the ranges of time, a chunk each
-- Found once and pinned, so that every resume has the same chunks. It reads the column of the
-- whole source.
-- Resume point. Harmless to repeat: read only. From by_day.bf:30.
SELECT *
FROM
(
SELECT
    toString(toTimeZone(begins, 'UTC')) AS lo,
    if(ends > last, toString(toTimeZone(CAST(greatest(toDateTime64({split:DateTime('UTC')}, 0, 'UTC'), toDateTime64('1970-01-01 00:00:00', 0, 'UTC')) AS DateTime('Europe/Berlin')), 'UTC')), toString(toTimeZone(ends, 'UTC'))) AS hi,
    if(number = 0, 'first', '') AS edge
FROM
(
    SELECT
        number,
        addDays(start, (number) * 1) AS begins,
        addDays(start, (number + 1) * 1) AS ends,
        last
    FROM
    (
    SELECT
        CAST(toStartOfInterval(CAST(greatest(toDateTime64(oldest, 0, 'UTC'), toDateTime64('1970-01-01 00:00:00', 0, 'UTC')) AS DateTime('Europe/Berlin')), INTERVAL 1 DAY) AS DateTime('Europe/Berlin')) AS start,
        CAST(greatest(toDateTime64(newest, 0, 'UTC'), toDateTime64('1970-01-01 00:00:00', 0, 'UTC')) AS DateTime('Europe/Berlin')) AS last
    FROM
    (
        SELECT
            assumeNotNull(min(time)) AS oldest,
            assumeNotNull(max(time)) AS newest,
            count(time) AS valued
        FROM
(
SELECT time, site, visitor FROM web_old.hits
) AS old_hits
WHERE (time < {split:DateTime('UTC')} OR time IS NULL)
    AND (
visitor != 0 OR site = 'x'
    )
    )
    WHERE valued > 0
    )
    ARRAY JOIN range(toUInt64(least(intDiv(dateDiff('day', start, last), 1), 100000) + 1)) AS number
)
WHERE begins <= last
    AND throwIf(begins <= last AND number >= 100000, 'more than 100000 chunks: take larger steps') = 0
    AND throwIf(begins <= last AND ends <= begins, 'the chunks pass the end of the column\'s type: say to') = 0
UNION ALL
SELECT
    toString(toTimeZone(defaultValueOfTypeName('DateTime(\'UTC\')'), 'UTC')) AS lo,
    toString(toTimeZone(defaultValueOfTypeName('DateTime(\'UTC\')'), 'UTC')) AS hi,
    'null' AS edge
FROM
(
    SELECT countIf(time IS NULL) AS nulls
    FROM
(
SELECT time, site, visitor FROM web_old.hits
) AS old_hits
WHERE (time < {split:DateTime('UTC')} OR time IS NULL)
    AND (
visitor != 0 OR site = 'x'
    )
)
WHERE nulls > 0
)
ORDER BY
    edge = 'null' DESC,
    edge = 'first' DESC,
    CAST(lo AS DateTime('UTC'))
SETTINGS enable_extended_results_for_datetime_functions = 1;

-- ======== 2. Load, verify and publish the history ========

-- [b1.chunks] load web.hits and what its views derive, chunk by chunk
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.
-- Resume point. Harmless to repeat: observes first. From by_day.bf:30.

-- Once for each row of [b1.bounds], in order.
SET param_lo = ''; -- copy column lo of [b1.bounds]
SET param_hi = ''; -- copy column hi of [b1.bounds]
SET param_edge = ''; -- copy column edge of [b1.bounds]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_hits = 'bfc_by_hand_dup_hits';
SET param_dup_per_hour = 'bfc_by_hand_dup_per_hour';
SET param_dup_per_day = 'bfc_by_hand_dup_per_day';
SET param_dup_per_month = 'bfc_by_hand_dup_per_month';
SET param_copy_per_hour_mv = 'bfc_by_hand_copy_per_hour_mv';
SET param_copy_per_day_mv = 'bfc_by_hand_copy_per_day_mv';
SET param_copy_per_month_mv = 'bfc_by_hand_copy_per_month_mv';

-- --- stage ---

-- [b1.chunk.stage.hits] a duplicate of web.hits
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts. Every attempt has a new name, so nothing that an
-- earlier one left running can write here.
-- Harmless to repeat: new names. From by_day.bf:30.
CREATE TABLE web.{dup_hits:Identifier} AS web.hits
SETTINGS
    assign_part_uuids = 1,
    max_bytes_to_merge_at_max_space_in_pool = 1,
    max_bytes_to_merge_at_min_space_in_pool = 1,
    non_replicated_deduplication_window = 0,
    parts_to_delay_insert = 100000,
    parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_hour] a duplicate of web.per_hour
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts. Every attempt has a new name, so nothing that an
-- earlier one left running can write here.
-- Harmless to repeat: new names. From by_day.bf:30.
CREATE TABLE web.{dup_per_hour:Identifier} AS web.per_hour
SETTINGS
    assign_part_uuids = 1,
    max_bytes_to_merge_at_max_space_in_pool = 1,
    max_bytes_to_merge_at_min_space_in_pool = 1,
    non_replicated_deduplication_window = 0,
    parts_to_delay_insert = 100000,
    parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_day] a duplicate of web.per_day
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts. Every attempt has a new name, so nothing that an
-- earlier one left running can write here.
-- Harmless to repeat: new names. From by_day.bf:30.
CREATE TABLE web.{dup_per_day:Identifier} AS web.per_day
SETTINGS
    assign_part_uuids = 1,
    max_bytes_to_merge_at_max_space_in_pool = 1,
    max_bytes_to_merge_at_min_space_in_pool = 1,
    non_replicated_deduplication_window = 0,
    parts_to_delay_insert = 100000,
    parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_month] a duplicate of web.per_month
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts. Every attempt has a new name, so nothing that an
-- earlier one left running can write here.
-- Harmless to repeat: new names. From by_day.bf:30.
CREATE TABLE web.{dup_per_month:Identifier} AS web.per_month
SETTINGS
    assign_part_uuids = 1,
    max_bytes_to_merge_at_max_space_in_pool = 1,
    max_bytes_to_merge_at_min_space_in_pool = 1,
    non_replicated_deduplication_window = 0,
    parts_to_delay_insert = 100000,
    parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_month_mv] a copy of web.per_month_mv between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first. Every attempt has a new name.
-- Harmless to repeat: new names. From by_day.bf:30.
CREATE MATERIALIZED VIEW web.{copy_per_month_mv:Identifier}
TO web.{dup_per_month:Identifier}
AS
SELECT toStartOfMonth(day) AS month, site, sum(hits) AS hits FROM web.{dup_per_day:Identifier} AS per_day GROUP BY month, site;

-- [b1.chunk.stage.per_day_mv] a copy of web.per_day_mv between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first. Every attempt has a new name.
-- Harmless to repeat: new names. From by_day.bf:30.
CREATE MATERIALIZED VIEW web.{copy_per_day_mv:Identifier}
TO web.{dup_per_day:Identifier}
AS
SELECT toDate(hour) AS day, site, sum(hits) AS hits FROM web.{dup_per_hour:Identifier} AS per_hour GROUP BY day, site;

-- [b1.chunk.stage.per_hour_mv] a copy of web.per_hour_mv between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first. Every attempt has a new name.
-- Harmless to repeat: new names. From by_day.bf:30.
CREATE MATERIALIZED VIEW web.{copy_per_hour_mv:Identifier}
TO web.{dup_per_hour:Identifier}
AS
SELECT toStartOfHour(time) AS hour, site, count() AS hits FROM web.{dup_hits:Identifier} AS hits GROUP BY hour, site;

-- --- load ---

-- [b1.chunk.load] load the chunk into the duplicate of web.hits
-- The copies of the views fire on it and fill the duplicates of their targets.
-- optimize_on_insert = 0: rows staged are rows read, also where the engine would combine them.
-- It is never repeated on the same tables: a load that broke off is thrown away with them.
-- Harmless to repeat: new names. From by_day.bf:30.
INSERT INTO web.{dup_hits:Identifier}
(
    time,
    site,
    visitor
)
SETTINGS
    optimize_on_insert = 0
SELECT
    time,
    site,
    visitor
FROM
(
SELECT time, site, visitor FROM web_old.hits
) AS old_hits
WHERE (time < {split:DateTime('UTC')} OR time IS NULL)
    AND ((time >= {lo:DateTime('UTC')} OR {edge:String} = 'first')
    AND time < {hi:DateTime('UTC')}
    AND {edge:String} != 'null'
    OR time IS NULL AND {edge:String} = 'null')
    AND (
visitor != 0 OR site = 'x'
    );

-- [b1.chunk.verify] as many rows are staged as the source has
-- A row that got lost, or came twice, would show here. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was published and the staged tables are kept until the next run: look at
-- them, then run the same command again.
WITH
    (
SELECT count()
FROM
(
SELECT time, site, visitor FROM web_old.hits
) AS old_hits
WHERE (time < {split:DateTime('UTC')} OR time IS NULL)
    AND ((time >= {lo:DateTime('UTC')} OR {edge:String} = 'first')
    AND time < {hi:DateTime('UTC')}
    AND {edge:String} != 'null'
    OR time IS NULL AND {edge:String} = 'null')
    AND (
visitor != 0 OR site = 'x'
    )
    ) AS expected,
    (
SELECT count()
FROM web.{dup_hits:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('rows for web.hits: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.content] the rows staged are the source's rows
-- A checksum that does not depend on the order of rows, over 3 of 3 columns (left out: columns
-- with a DEFAULT, states of aggregate functions). It reads the source range again, and nothing
-- else.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was published and the staged tables are kept until the next run: look at
-- them, then run the same command again.
WITH
    (
SELECT sum(cityHash64(tuple(ifNull(CAST(time AS Nullable(DateTime('Europe/Berlin'))), defaultValueOfTypeName('DateTime(\'Europe/Berlin\')')), ifNull(CAST(site AS Nullable(String)), defaultValueOfTypeName('String')), ifNull(CAST(visitor AS Nullable(UInt64)), defaultValueOfTypeName('UInt64')))))
FROM 
(
SELECT time, site, visitor FROM web_old.hits
) AS old_hits
WHERE (time < {split:DateTime('UTC')} OR time IS NULL)
    AND ((time >= {lo:DateTime('UTC')} OR {edge:String} = 'first')
    AND time < {hi:DateTime('UTC')}
    AND {edge:String} != 'null'
    OR time IS NULL AND {edge:String} = 'null')
    AND (
visitor != 0 OR site = 'x'
    )
    ) AS expected,
    (
SELECT sum(cityHash64(tuple(time, site, visitor)))
FROM web.{dup_hits:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('checksum of web.hits: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.per_hour] every group of web.per_hour is staged
-- The views' queries over the staged rows, against what their copies wrote. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was published and the staged tables are kept until the next run: look at
-- them, then run the same command again.
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(hour AS Nullable(DateTime('Europe/Berlin'))), defaultValueOfTypeName('DateTime(\'Europe/Berlin\')')), ifNull(CAST(site AS Nullable(String)), defaultValueOfTypeName('String'))
FROM
(
SELECT toStartOfHour(time) AS hour, site, count() AS hits FROM web.{dup_hits:Identifier} AS hits GROUP BY hour, site
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT hour, site
    FROM web.{dup_per_hour:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for web.per_hour: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.per_day] every group of web.per_day is staged
-- The views' queries over the staged rows, against what their copies wrote. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was published and the staged tables are kept until the next run: look at
-- them, then run the same command again.
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(day AS Nullable(Date)), defaultValueOfTypeName('Date')), ifNull(CAST(site AS Nullable(String)), defaultValueOfTypeName('String'))
FROM
(
SELECT toDate(hour) AS day, site, sum(hits) AS hits FROM web.{dup_per_hour:Identifier} AS per_hour GROUP BY day, site
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT day, site
    FROM web.{dup_per_day:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for web.per_day: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.per_month] every group of web.per_month is staged
-- The views' queries over the staged rows, against what their copies wrote. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was published and the staged tables are kept until the next run: look at
-- them, then run the same command again.
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(month AS Nullable(Date)), defaultValueOfTypeName('Date')), ifNull(CAST(site AS Nullable(String)), defaultValueOfTypeName('String'))
FROM
(
SELECT toStartOfMonth(day) AS month, site, sum(hits) AS hits FROM web.{dup_per_day:Identifier} AS per_day GROUP BY month, site
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT month, site
    FROM web.{dup_per_month:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for web.per_month: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
-- Resume point. Harmless to repeat: read only. From by_day.bf:30.
SELECT
    ['web.hits', 'web.per_hour', 'web.per_day', 'web.per_month'][position] AS seal_table,
    partition_id AS seal_partition,
    count() AS seal_parts,
    sum(rows) AS seal_rows,
    sum(bytes_on_disk) AS seal_bytes,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids,
    any(live.block) AS seal_block
FROM
(
    SELECT
        indexOf([('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
    GROUP BY position
) AS live ON live.position = staged.position
GROUP BY position, partition_id
ORDER BY position, partition_id;

-- [b1.chunk.move.hits] move the chunk into web.hits
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- Harmless to repeat: moves what is left. From by_day.bf:30.
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.hits':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]

-- [b1.chunk.move.hits.one] move one partition
-- An empty or missing partition is moved without effect.
-- Harmless to repeat: moves what is left. From by_day.bf:30.
ALTER TABLE web.{dup_hits:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.hits;

-- [b1.chunk.move.per_hour] move the chunk into web.per_hour
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- Harmless to repeat: moves what is left. From by_day.bf:30.
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_hour':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]

-- [b1.chunk.move.per_hour.one] move one partition
-- An empty or missing partition is moved without effect.
-- Harmless to repeat: moves what is left. From by_day.bf:30.
ALTER TABLE web.{dup_per_hour:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.per_hour;

-- [b1.chunk.move.per_day] move the chunk into web.per_day
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- Harmless to repeat: moves what is left. From by_day.bf:30.
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_day':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]

-- [b1.chunk.move.per_day.one] move one partition
-- An empty or missing partition is moved without effect.
-- Harmless to repeat: moves what is left. From by_day.bf:30.
ALTER TABLE web.{dup_per_day:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.per_day;

-- [b1.chunk.move.per_month] move the chunk into web.per_month
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- Harmless to repeat: moves what is left. From by_day.bf:30.
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_month':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]

-- [b1.chunk.move.per_month.one] move one partition
-- An empty or missing partition is moved without effect.
-- Harmless to repeat: moves what is left. From by_day.bf:30.
ALTER TABLE web.{dup_per_month:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.per_month;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: the staged tables keep what is left; run the same command again.
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String}));

-- Only after an interruption between the seal and the last move: before the moves of
-- the same table are repeated.

-- [b1.chunk.settled] wait until nothing is left of a move that failed
-- A move that could not be finished, for want of space say, was rolled back. Its parts stay
-- inactive until the server has cleaned them up, in half a minute as a rule: a part moved again
-- would be double if the server restarted before. It looks once a second and reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was touched: the staged tables hold the rest of the chunk. The server cleans
-- up by itself, unless a long query still reads these parts; then run the same command again.
-- WITH RECURSIVE waited AS
-- (
--     SELECT toUInt64(0) AS turn, parts
--     FROM
--     (
--         SELECT count() AS parts
--         FROM system.parts
--         WHERE NOT active
--             AND _state != 'Temporary'
--             AND toUInt32(remove_time) = 0
--             AND ((database, table) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
--                 AND uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String}))
--                 )
--                 OR (database, table, min_block_number) IN
--                 (
--                     SELECT database, table, min_block_number
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String}))
--                 ))
--     ) AS seen
--     UNION ALL
--     SELECT turn + 1, seen.parts
--     FROM waited,
--     (
--         SELECT count() AS parts, any(sleep(1)) AS slept
--         FROM system.parts
--         WHERE NOT active
--             AND _state != 'Temporary'
--             AND toUInt32(remove_time) = 0
--             AND ((database, table) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
--                 AND uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String}))
--                 )
--                 OR (database, table, min_block_number) IN
--                 (
--                     SELECT database, table, min_block_number
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String}))
--                 ))
--     ) AS seen
--     WHERE waited.parts > 0
--         AND turn < 50
--         AND seen.slept = 0
-- )
-- SELECT
--     argMax(parts, turn) = 0 AS ok,
--     concat(toString(argMax(parts, turn)), ' parts of a move that failed are not cleaned up yet') AS message
-- FROM waited;

-- [b1.chunk.already.hits] parts that an interrupted move brought to web.hits already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- SELECT name AS already_part_hits
-- FROM system.parts
-- WHERE active
--     AND rows > 0
--     AND database = 'web'
--     AND table = {dup_hits:String}
--     AND uuid IN
--     (
--         SELECT uuid
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'hits'
--             AND (active
--                 OR remove_time > modification_time
--                 OR remove_time > now() - uptime() + 1)
--     )
-- ORDER BY name;

-- [b1.chunk.arrived.hits] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Harmless to repeat: observes first. From by_day.bf:30.
-- Once for each row of [b1.chunk.already.hits]:
-- SET param_already_part_hits = ''; -- copy column already_part_hits of [b1.chunk.already.hits]

-- [b1.chunk.arrived.hits.drop] drop one part that has arrived
-- Its rows are in the live table.
-- Harmless to repeat: observes first. From by_day.bf:30.
-- ALTER TABLE web.{dup_hits:Identifier}
-- DROP PART {already_part_hits:String};

-- [b1.chunk.evidence.hits] nothing of the rest is hidden in web.hits
-- After a restart of the server a moved part may have been merged away and its UUID forgotten.
-- Moving it again would double it, and dropping one that never arrived would lose it, so a
-- doubt stops the run. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.hits':
-- SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
-- SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
-- SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]

-- [b1.chunk.evidence.hits.one] one partition: nothing is left, or nothing can hide what is left
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was touched: the staged tables hold the rest of the chunk. Compare the
-- partition with its source; when the rest is missing in the live table, move it with ALTER
-- TABLE … MOVE PARTITION, when it is there, drop it from the staged table; then run the same
-- command again.
-- WITH
--     (
--         SELECT sum(rows)
--         FROM system.parts
--         WHERE active
--             AND database = 'web'
--             AND table = {dup_hits:String}
--             AND partition_id = {seal_partition:String}
--     ) AS left_rows,
--     (
--         SELECT arraySort(groupUniqArray(min_block_number))
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'hits'
--             AND level = 0
--             AND min_block_number = max_block_number
--             AND data_version = min_block_number
--             AND min_block_number > {seal_block:Int64}
--     ) AS listed,
--     (
--         SELECT groupArray(name)
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'hits'
--             AND partition_id = {seal_partition:String}
--             AND (active
--                 AND max_block_number > {seal_block:Int64}
--                 AND (level > 0 OR data_version != min_block_number)
--                 AND length(arrayFilter(block -> block BETWEEN min_block_number AND max_block_number, listed))
--                     != max_block_number - greatest(min_block_number - 1, {seal_block:Int64})
--                 OR uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND database = 'web'
--                         AND table = {dup_hits:String}
--                 ))
--     ) AS doubtful
-- SELECT
--     left_rows = 0
--         OR empty(doubtful) AS ok,
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_hits:String},
--         ', and web.hits has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.chunk.already.per_hour] parts that an interrupted move brought to web.per_hour already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- SELECT name AS already_part_per_hour
-- FROM system.parts
-- WHERE active
--     AND rows > 0
--     AND database = 'web'
--     AND table = {dup_per_hour:String}
--     AND uuid IN
--     (
--         SELECT uuid
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'per_hour'
--             AND (active
--                 OR remove_time > modification_time
--                 OR remove_time > now() - uptime() + 1)
--     )
-- ORDER BY name;

-- [b1.chunk.arrived.per_hour] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Harmless to repeat: observes first. From by_day.bf:30.
-- Once for each row of [b1.chunk.already.per_hour]:
-- SET param_already_part_per_hour = ''; -- copy column already_part_per_hour of [b1.chunk.already.per_hour]

-- [b1.chunk.arrived.per_hour.drop] drop one part that has arrived
-- Its rows are in the live table.
-- Harmless to repeat: observes first. From by_day.bf:30.
-- ALTER TABLE web.{dup_per_hour:Identifier}
-- DROP PART {already_part_per_hour:String};

-- [b1.chunk.evidence.per_hour] nothing of the rest is hidden in web.per_hour
-- After a restart of the server a moved part may have been merged away and its UUID forgotten.
-- Moving it again would double it, and dropping one that never arrived would lose it, so a
-- doubt stops the run. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_hour':
-- SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
-- SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
-- SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]

-- [b1.chunk.evidence.per_hour.one] one partition: nothing is left, or nothing can hide what is
--     left
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was touched: the staged tables hold the rest of the chunk. Compare the
-- partition with its source; when the rest is missing in the live table, move it with ALTER
-- TABLE … MOVE PARTITION, when it is there, drop it from the staged table; then run the same
-- command again.
-- WITH
--     (
--         SELECT sum(rows)
--         FROM system.parts
--         WHERE active
--             AND database = 'web'
--             AND table = {dup_per_hour:String}
--             AND partition_id = {seal_partition:String}
--     ) AS left_rows,
--     (
--         SELECT arraySort(groupUniqArray(min_block_number))
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'per_hour'
--             AND level = 0
--             AND min_block_number = max_block_number
--             AND data_version = min_block_number
--             AND min_block_number > {seal_block:Int64}
--     ) AS listed,
--     (
--         SELECT groupArray(name)
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'per_hour'
--             AND partition_id = {seal_partition:String}
--             AND (active
--                 AND max_block_number > {seal_block:Int64}
--                 AND (level > 0 OR data_version != min_block_number)
--                 AND length(arrayFilter(block -> block BETWEEN min_block_number AND max_block_number, listed))
--                     != max_block_number - greatest(min_block_number - 1, {seal_block:Int64})
--                 OR uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND database = 'web'
--                         AND table = {dup_per_hour:String}
--                 ))
--     ) AS doubtful
-- SELECT
--     left_rows = 0
--         OR empty(doubtful) AS ok,
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_hour:String},
--         ', and web.per_hour has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.chunk.already.per_day] parts that an interrupted move brought to web.per_day already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- SELECT name AS already_part_per_day
-- FROM system.parts
-- WHERE active
--     AND rows > 0
--     AND database = 'web'
--     AND table = {dup_per_day:String}
--     AND uuid IN
--     (
--         SELECT uuid
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'per_day'
--             AND (active
--                 OR remove_time > modification_time
--                 OR remove_time > now() - uptime() + 1)
--     )
-- ORDER BY name;

-- [b1.chunk.arrived.per_day] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Harmless to repeat: observes first. From by_day.bf:30.
-- Once for each row of [b1.chunk.already.per_day]:
-- SET param_already_part_per_day = ''; -- copy column already_part_per_day of [b1.chunk.already.per_day]

-- [b1.chunk.arrived.per_day.drop] drop one part that has arrived
-- Its rows are in the live table.
-- Harmless to repeat: observes first. From by_day.bf:30.
-- ALTER TABLE web.{dup_per_day:Identifier}
-- DROP PART {already_part_per_day:String};

-- [b1.chunk.evidence.per_day] nothing of the rest is hidden in web.per_day
-- After a restart of the server a moved part may have been merged away and its UUID forgotten.
-- Moving it again would double it, and dropping one that never arrived would lose it, so a
-- doubt stops the run. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_day':
-- SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
-- SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
-- SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]

-- [b1.chunk.evidence.per_day.one] one partition: nothing is left, or nothing can hide what is
--     left
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was touched: the staged tables hold the rest of the chunk. Compare the
-- partition with its source; when the rest is missing in the live table, move it with ALTER
-- TABLE … MOVE PARTITION, when it is there, drop it from the staged table; then run the same
-- command again.
-- WITH
--     (
--         SELECT sum(rows)
--         FROM system.parts
--         WHERE active
--             AND database = 'web'
--             AND table = {dup_per_day:String}
--             AND partition_id = {seal_partition:String}
--     ) AS left_rows,
--     (
--         SELECT arraySort(groupUniqArray(min_block_number))
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'per_day'
--             AND level = 0
--             AND min_block_number = max_block_number
--             AND data_version = min_block_number
--             AND min_block_number > {seal_block:Int64}
--     ) AS listed,
--     (
--         SELECT groupArray(name)
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'per_day'
--             AND partition_id = {seal_partition:String}
--             AND (active
--                 AND max_block_number > {seal_block:Int64}
--                 AND (level > 0 OR data_version != min_block_number)
--                 AND length(arrayFilter(block -> block BETWEEN min_block_number AND max_block_number, listed))
--                     != max_block_number - greatest(min_block_number - 1, {seal_block:Int64})
--                 OR uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND database = 'web'
--                         AND table = {dup_per_day:String}
--                 ))
--     ) AS doubtful
-- SELECT
--     left_rows = 0
--         OR empty(doubtful) AS ok,
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_day:String},
--         ', and web.per_day has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.chunk.already.per_month] parts that an interrupted move brought to web.per_month already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- SELECT name AS already_part_per_month
-- FROM system.parts
-- WHERE active
--     AND rows > 0
--     AND database = 'web'
--     AND table = {dup_per_month:String}
--     AND uuid IN
--     (
--         SELECT uuid
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'per_month'
--             AND (active
--                 OR remove_time > modification_time
--                 OR remove_time > now() - uptime() + 1)
--     )
-- ORDER BY name;

-- [b1.chunk.arrived.per_month] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Harmless to repeat: observes first. From by_day.bf:30.
-- Once for each row of [b1.chunk.already.per_month]:
-- SET param_already_part_per_month = ''; -- copy column already_part_per_month of [b1.chunk.already.per_month]

-- [b1.chunk.arrived.per_month.drop] drop one part that has arrived
-- Its rows are in the live table.
-- Harmless to repeat: observes first. From by_day.bf:30.
-- ALTER TABLE web.{dup_per_month:Identifier}
-- DROP PART {already_part_per_month:String};

-- [b1.chunk.evidence.per_month] nothing of the rest is hidden in web.per_month
-- After a restart of the server a moved part may have been merged away and its UUID forgotten.
-- Moving it again would double it, and dropping one that never arrived would lose it, so a
-- doubt stops the run. It reads only.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_month':
-- SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
-- SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
-- SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]

-- [b1.chunk.evidence.per_month.one] one partition: nothing is left, or nothing can hide what is
--     left
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back.
-- Harmless to repeat: read only. From by_day.bf:30.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was touched: the staged tables hold the rest of the chunk. Compare the
-- partition with its source; when the rest is missing in the live table, move it with ALTER
-- TABLE … MOVE PARTITION, when it is there, drop it from the staged table; then run the same
-- command again.
-- WITH
--     (
--         SELECT sum(rows)
--         FROM system.parts
--         WHERE active
--             AND database = 'web'
--             AND table = {dup_per_month:String}
--             AND partition_id = {seal_partition:String}
--     ) AS left_rows,
--     (
--         SELECT arraySort(groupUniqArray(min_block_number))
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'per_month'
--             AND level = 0
--             AND min_block_number = max_block_number
--             AND data_version = min_block_number
--             AND min_block_number > {seal_block:Int64}
--     ) AS listed,
--     (
--         SELECT groupArray(name)
--         FROM system.parts
--         WHERE database = 'web'
--             AND table = 'per_month'
--             AND partition_id = {seal_partition:String}
--             AND (active
--                 AND max_block_number > {seal_block:Int64}
--                 AND (level > 0 OR data_version != min_block_number)
--                 AND length(arrayFilter(block -> block BETWEEN min_block_number AND max_block_number, listed))
--                     != max_block_number - greatest(min_block_number - 1, {seal_block:Int64})
--                 OR uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND database = 'web'
--                         AND table = {dup_per_month:String}
--                 ))
--     ) AS doubtful
-- SELECT
--     left_rows = 0
--         OR empty(doubtful) AS ok,
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_month:String},
--         ', and web.per_month has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- --- finish ---

-- [b1.chunk.drop.per_hour_mv] drop the staged per_hour_mv
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_day.bf:30.
DROP TABLE IF EXISTS web.{copy_per_hour_mv:Identifier} SYNC;

-- [b1.chunk.drop.per_day_mv] drop the staged per_day_mv
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_day.bf:30.
DROP TABLE IF EXISTS web.{copy_per_day_mv:Identifier} SYNC;

-- [b1.chunk.drop.per_month_mv] drop the staged per_month_mv
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_day.bf:30.
DROP TABLE IF EXISTS web.{copy_per_month_mv:Identifier} SYNC;

-- [b1.chunk.drop.hits] drop the staged hits
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_day.bf:30.
DROP TABLE IF EXISTS web.{dup_hits:Identifier} SYNC;

-- [b1.chunk.drop.per_hour] drop the staged per_hour
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_day.bf:30.
DROP TABLE IF EXISTS web.{dup_per_hour:Identifier} SYNC;

-- [b1.chunk.drop.per_day] drop the staged per_day
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_day.bf:30.
DROP TABLE IF EXISTS web.{dup_per_day:Identifier} SYNC;

-- [b1.chunk.drop.per_month] drop the staged per_month
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_day.bf:30.
DROP TABLE IF EXISTS web.{dup_per_month:Identifier} SYNC;

-- ======== 3. Clean up ========

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind; their names all begin with this
-- migration's tag. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('web')
    AND startsWith(name, 'bfc_b3dc74d4_')
ORDER BY engine LIKE '%View' DESC, database, name;

-- [finish.sweep] drop them
-- Views go first, so that nothing fires on a table that is being dropped. Every chunk was
-- published or thrown away by now, so nothing in them is wanted; DROP … IF EXISTS may run any
-- number of times.
-- Harmless to repeat: if exists. Again in every run that has work left.
-- Once for each row of [finish.leftovers]:
-- SET param_sweep_database = ''; -- copy column sweep_database of [finish.leftovers]
-- SET param_sweep_name = ''; -- copy column sweep_name of [finish.leftovers]

-- [finish.sweep.drop] drop one leftover
-- IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists.
-- DROP TABLE IF EXISTS {sweep_database:Identifier}.{sweep_name:Identifier} SYNC;
