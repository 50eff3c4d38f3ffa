-- Migration:     states
--                States of aggregate functions, two views into one target, months and integers
--
-- Strategy:      duplicate
-- Writes to:     sensors.readings, sensors.summary, sensors.measures, sensors.summary_low,
--                sensors.summary_high
-- Staged names:  bfc_923b4b90_… (dropped at the end)
-- Resume points: b1.split, b1.bounds, b1.chunks, b1.chunk.seal, b2.split, b2.bounds, b2.chunks,
--                b2.chunk.seal
-- Plan:          82af6de6e4903c5c342712411da4b033a6f270c6b7d4df2a87e7f2e270d38baa
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

-- [ensure.database.sensors] database sensors
-- The tables and views below stand in it. IF NOT EXISTS makes repeating it harmless.
-- Harmless to repeat: if not exists.
CREATE DATABASE IF NOT EXISTS sensors;

-- [ensure.table.sensors.readings] table sensors.readings
-- Created as declared when it is missing. IF NOT EXISTS makes repeating it harmless; the next
-- step compares a table that was there before.
-- Harmless to repeat: if not exists. From states.bf:4.
CREATE TABLE IF NOT EXISTS sensors.readings
(
time DateTime64(3, 'America/New_York'), sensor Int64, value Float64
)
engine = MergeTree partition by toYYYYMM(time) order by (sensor, time);

-- [ensure.table.sensors.readings.same] sensors.readings is as declared
-- Columns, types, engine and keys of the server's table are compared with the declaration. It
-- reads only.
-- Harmless to repeat: read only. From states.bf:4.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or alter the table
-- first.
SELECT
    empty(differences) AS ok,
    concat('sensors.readings differs from its declaration: ', arrayStringConcat(differences, '; ')) AS message
FROM
(
    WITH
        [('time', toTypeName(defaultValueOfTypeName('DateTime64(3, \'America/New_York\')'))),
            ('sensor', toTypeName(defaultValueOfTypeName('Int64'))),
            ('value', toTypeName(defaultValueOfTypeName('Float64')))] AS declared,
        (
            SELECT groupUniqArray((name, type))
            FROM system.columns
            WHERE database = 'sensors' AND table = 'readings'
        ) AS present,
        (
            SELECT any((engine, engine_full, partition_key, sorting_key, primary_key, sampling_key))
            FROM system.tables
            WHERE database = 'sensors' AND name = 'readings'
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
                [('partition key', 'toYYYYMM(time)', now.3),
                 ('sorting key', '(sensor, time)', now.4),
                 ('primary key', '(sensor, time)', now.5),
                 ('sampling key', '', now.6)]))) AS differences
);

-- [ensure.table.sensors.summary] table sensors.summary
-- Created as declared when it is missing. IF NOT EXISTS makes repeating it harmless; the next
-- step compares a table that was there before.
-- Harmless to repeat: if not exists. From states.bf:7.
CREATE TABLE IF NOT EXISTS sensors.summary
(

    sensor  Int64,
    values  AggregateFunction(count),
    average AggregateFunction(avg, Float64),
    highest SimpleAggregateFunction(max, Float64)

)
engine = AggregatingMergeTree order by sensor;

-- [ensure.table.sensors.summary.same] sensors.summary is as declared
-- Columns, types, engine and keys of the server's table are compared with the declaration. It
-- reads only.
-- Harmless to repeat: read only. From states.bf:7.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or alter the table
-- first.
SELECT
    empty(differences) AS ok,
    concat('sensors.summary differs from its declaration: ', arrayStringConcat(differences, '; ')) AS message
FROM
(
    WITH
        [('sensor', toTypeName(defaultValueOfTypeName('Int64'))),
            ('values', toTypeName(defaultValueOfTypeName('AggregateFunction(count)'))),
            ('average', toTypeName(defaultValueOfTypeName('AggregateFunction(avg, Float64)'))),
            ('highest', toTypeName(defaultValueOfTypeName('SimpleAggregateFunction(max, Float64)')))] AS declared,
        (
            SELECT groupUniqArray((name, type))
            FROM system.columns
            WHERE database = 'sensors' AND table = 'summary'
        ) AS present,
        (
            SELECT any((engine, engine_full, partition_key, sorting_key, primary_key, sampling_key))
            FROM system.tables
            WHERE database = 'sensors' AND name = 'summary'
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
        if(now.1 = 'AggregatingMergeTree', [], [concat('the engine is ', now.1, ', declared as ', 'AggregatingMergeTree')]),
        if(now.1 != 'AggregatingMergeTree' OR replaceRegexpOne(replaceRegexpAll(extract(now.2, '^(.+?)(?: PARTITION BY | PRIMARY KEY | ORDER BY | SAMPLE BY | TTL | SETTINGS |$)'), '\\s', ''), '\\(\\)$', '')
                = replaceRegexpOne(replaceRegexpAll(replaceOne(ifNull(formatQuerySingleLineOrNull(concat('SELECT ', 'AggregatingMergeTree')), 'AggregatingMergeTree'), 'SELECT ', ''), '\\s', ''), '\\(\\)$', ''),
            [], ['the arguments of the engine differ']),
        arrayMap(
            key -> concat(key.1, ' is \'', key.3, '\', declared as \'', key.2, '\''),
            arrayFilter(
                key -> replaceRegexpOne(coalesce(formatQuerySingleLineOrNull(concat('SELECT ', if(key.2 = '', 'tuple()', key.2))), key.2), '^(?:SELECT )?(?:tuple)?\\((.*)\\)$|^SELECT (.*)$', '\\1\\2')
                    != replaceRegexpOne(coalesce(formatQuerySingleLineOrNull(concat('SELECT ', if(key.3 = '', 'tuple()', key.3))), key.3), '^(?:SELECT )?(?:tuple)?\\((.*)\\)$|^SELECT (.*)$', '\\1\\2'),
                [('partition key', '', now.3),
                 ('sorting key', 'sensor', now.4),
                 ('primary key', 'sensor', now.5),
                 ('sampling key', '', now.6)]))) AS differences
);

-- [ensure.table.sensors.measures] table sensors.measures
-- Created as declared when it is missing. IF NOT EXISTS makes repeating it harmless; the next
-- step compares a table that was there before.
-- Harmless to repeat: if not exists. From states.bf:31.
CREATE TABLE IF NOT EXISTS sensors.measures
(
id Int64, kind String
)
engine = MergeTree order by id;

-- [ensure.table.sensors.measures.same] sensors.measures is as declared
-- Columns, types, engine and keys of the server's table are compared with the declaration. It
-- reads only.
-- Harmless to repeat: read only. From states.bf:31.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or alter the table
-- first.
SELECT
    empty(differences) AS ok,
    concat('sensors.measures differs from its declaration: ', arrayStringConcat(differences, '; ')) AS message
FROM
(
    WITH
        [('id', toTypeName(defaultValueOfTypeName('Int64'))),
            ('kind', toTypeName(defaultValueOfTypeName('String')))] AS declared,
        (
            SELECT groupUniqArray((name, type))
            FROM system.columns
            WHERE database = 'sensors' AND table = 'measures'
        ) AS present,
        (
            SELECT any((engine, engine_full, partition_key, sorting_key, primary_key, sampling_key))
            FROM system.tables
            WHERE database = 'sensors' AND name = 'measures'
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
                [('partition key', '', now.3),
                 ('sorting key', 'id', now.4),
                 ('primary key', 'id', now.5),
                 ('sampling key', '', now.6)]))) AS differences
);

-- [ensure.view.sensors.summary_low.new] sensors.summary_low is there, or sensors.readings is
--     still empty
-- A view that is made now counts the rows from now on; those that its table already holds would
-- be missing from its target for ever. It reads only.
-- Harmless to repeat: read only. From states.bf:16.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: fill the view's target from the rows that are there and create the view by hand, then
-- run this again.
SELECT
    existing = 1 OR present_rows = 0 AS ok,
    concat('view sensors.summary_low does not exist yet, and sensors.readings already holds ', toString(present_rows), ' rows that it would never count') AS message
FROM
(
    SELECT
        countIf(database = 'sensors' AND name = 'summary_low') AS existing,
        ifNull(sumIf(total_rows, database = 'sensors' AND name = 'readings'), 0) AS present_rows
    FROM system.tables
    WHERE (database, name) IN (('sensors', 'summary_low'), ('sensors', 'readings'))
);

-- [ensure.view.sensors.summary_low] view sensors.summary_low
-- It feeds its target from what is inserted from now on. IF NOT EXISTS makes repeating it
-- harmless; a view that was there before is compared below.
-- Harmless to repeat: if not exists. From states.bf:16.
CREATE MATERIALIZED VIEW IF NOT EXISTS sensors.summary_low
TO sensors.summary
AS
SELECT sensor, countState() AS values, avgState(r.value) AS average, max(r.value) AS highest
FROM sensors.readings AS r WHERE r.value < 0 OR r.value = 1 GROUP BY sensor;

-- [ensure.view.sensors.summary_low.scratch] a plain view with the declared query of
--     sensors.summary_low
-- The server writes its query as it writes the live view's, so that the two can be compared as
-- text. A plain view never fires; OR REPLACE makes repeating it harmless.
-- Harmless to repeat: observes first. From states.bf:16.
CREATE OR REPLACE VIEW sensors.bfc_923b4b90_check_summary_low
AS
SELECT sensor, countState() AS values, avgState(r.value) AS average, max(r.value) AS highest
FROM sensors.readings AS r WHERE r.value < 0 OR r.value = 1 GROUP BY sensor;

-- [ensure.view.sensors.summary_low.same] sensors.summary_low is as declared
-- Query and target of the server's view are compared with the declaration. It reads only.
-- Harmless to repeat: read only. From states.bf:16.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or change the live
-- view with ALTER TABLE … MODIFY QUERY first.
SELECT
    live_query = declared_query AND startsWith(live, declared_head) AS ok,
    if(live_query = declared_query,
        concat('view sensors.summary_low writes elsewhere than declared: ', live, '; declared: ', declared_head, '…'),
        concat('the query of view sensors.summary_low differs from its declaration: ', live_query, '; declared: ', declared_query)) AS message
FROM
(
    SELECT
        anyIf(as_select, name = 'summary_low') AS live_query,
        anyIf(as_select, name = 'bfc_923b4b90_check_summary_low') AS declared_query,
        anyIf(create_table_query, name = 'summary_low') AS live,
        replaceRegexpOne(formatQuerySingleLine('CREATE MATERIALIZED VIEW sensors.summary_low TO sensors.summary AS SELECT 1'), 'AS SELECT 1$', '') AS declared_head
    FROM system.tables
    WHERE database = 'sensors' AND name IN ('summary_low', 'bfc_923b4b90_check_summary_low')
);

-- [ensure.view.sensors.summary_low.clean] drop the plain view again
-- It was only needed for comparing. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From states.bf:16.
DROP VIEW IF EXISTS sensors.bfc_923b4b90_check_summary_low SYNC;

-- [ensure.view.sensors.summary_high.new] sensors.summary_high is there, or sensors.readings is
--     still empty
-- A view that is made now counts the rows from now on; those that its table already holds would
-- be missing from its target for ever. It reads only.
-- Harmless to repeat: read only. From states.bf:19.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: fill the view's target from the rows that are there and create the view by hand, then
-- run this again.
SELECT
    existing = 1 OR present_rows = 0 AS ok,
    concat('view sensors.summary_high does not exist yet, and sensors.readings already holds ', toString(present_rows), ' rows that it would never count') AS message
FROM
(
    SELECT
        countIf(database = 'sensors' AND name = 'summary_high') AS existing,
        ifNull(sumIf(total_rows, database = 'sensors' AND name = 'readings'), 0) AS present_rows
    FROM system.tables
    WHERE (database, name) IN (('sensors', 'summary_high'), ('sensors', 'readings'))
);

-- [ensure.view.sensors.summary_high] view sensors.summary_high
-- It feeds its target from what is inserted from now on. IF NOT EXISTS makes repeating it
-- harmless; a view that was there before is compared below.
-- Harmless to repeat: if not exists. From states.bf:19.
CREATE MATERIALIZED VIEW IF NOT EXISTS sensors.summary_high
TO sensors.summary
AS
SELECT sensor, countState() AS values, avgState(readings.value) AS average, max(readings.value) AS highest
FROM sensors.readings WHERE readings.value >= 0 GROUP BY sensor;

-- [ensure.view.sensors.summary_high.scratch] a plain view with the declared query of
--     sensors.summary_high
-- The server writes its query as it writes the live view's, so that the two can be compared as
-- text. A plain view never fires; OR REPLACE makes repeating it harmless.
-- Harmless to repeat: observes first. From states.bf:19.
CREATE OR REPLACE VIEW sensors.bfc_923b4b90_check_summary_high
AS
SELECT sensor, countState() AS values, avgState(readings.value) AS average, max(readings.value) AS highest
FROM sensors.readings WHERE readings.value >= 0 GROUP BY sensor;

-- [ensure.view.sensors.summary_high.same] sensors.summary_high is as declared
-- Query and target of the server's view are compared with the declaration. It reads only.
-- Harmless to repeat: read only. From states.bf:19.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or change the live
-- view with ALTER TABLE … MODIFY QUERY first.
SELECT
    live_query = declared_query AND startsWith(live, declared_head) AS ok,
    if(live_query = declared_query,
        concat('view sensors.summary_high writes elsewhere than declared: ', live, '; declared: ', declared_head, '…'),
        concat('the query of view sensors.summary_high differs from its declaration: ', live_query, '; declared: ', declared_query)) AS message
FROM
(
    SELECT
        anyIf(as_select, name = 'summary_high') AS live_query,
        anyIf(as_select, name = 'bfc_923b4b90_check_summary_high') AS declared_query,
        anyIf(create_table_query, name = 'summary_high') AS live,
        replaceRegexpOne(formatQuerySingleLine('CREATE MATERIALIZED VIEW sensors.summary_high TO sensors.summary AS SELECT 1'), 'AS SELECT 1$', '') AS declared_head
    FROM system.tables
    WHERE database = 'sensors' AND name IN ('summary_high', 'bfc_923b4b90_check_summary_high')
);

-- [ensure.view.sensors.summary_high.clean] drop the plain view again
-- It was only needed for comparing. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From states.bf:19.
DROP VIEW IF EXISTS sensors.bfc_923b4b90_check_summary_high SYNC;

-- [b1.grants] the user may stage and move in sensors
-- A grant that is missing would stop the run in its middle. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE
-- ON sensors.* TO the user of this run.
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON sensors.*;

-- [b1.grants.system] the user may read what the checks read and use the tables' engines
-- A grant that is missing would stop the run in its middle. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: grant what is missing: GRANT SELECT ON system.parts, SELECT ON system.mutations,
-- SELECT ON system.disks, SELECT ON system.storage_policies, TABLE ENGINE ON MergeTree, TABLE
-- ENGINE ON AggregatingMergeTree TO the user of this run.
CHECK GRANT SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, TABLE ENGINE ON MergeTree, TABLE ENGINE ON AggregatingMergeTree;

-- [b1.engines] the tables to fill are of engines that staging works with
-- Staged rows reach a table by MOVE PARTITION, which tables of the MergeTree family on one
-- server have; an engine of Null only passes rows on. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: replicated and shared tables are not supported yet.
SELECT
    empty(others) AS ok,
    concat('cannot stage for: ', arrayStringConcat(others, ', ')) AS message
FROM
(
    SELECT groupArray(concat(database, '.', name, ' (', engine, ')')) AS others
    FROM system.tables
    WHERE (database, name) IN (('sensors', 'readings'), ('sensors', 'summary'))
        AND engine != 'Null'
        AND (engine NOT LIKE '%MergeTree'
            OR startsWith(engine, 'Replicated')
            OR startsWith(engine, 'Shared'))
);

-- [b1.views] every view on the tables to fill is declared or ignored
-- A view that this plan does not know would not get the history, and nobody would notice. It
-- reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:25.
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
        WHERE (database, name) IN (('sensors', 'readings'), ('sensors', 'summary'))
    )
        AND (database, name) NOT IN (('', ''), ('sensors', 'summary_low'), ('sensors', 'summary_high'))
);

-- [b1.mutations] no mutation is pending on the tables to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance. It
-- reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: wait until the mutation is done (system.mutations), or KILL MUTATION.
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('sensors', 'readings'), ('sensors', 'summary'));

-- [b1.split] the split, as the migration says it, in UTC
-- A literal means what it means in the column's own time zone; pinned in UTC it means the same
-- everywhere.
-- Resume point. Harmless to repeat: read only. From states.bf:25.
SELECT toString(toTimeZone(CAST('2024-03-15 12:00:00' AS DateTime64(3, 'America/New_York')), 'UTC')) AS split;
SET param_split = ''; -- copy column split of [b1.split]

-- [b1.empty] sensors.readings has nothing yet on the history's side of the split
-- Rows that are there already and come with the history again would be double. It reads only,
-- and is looked at once: later the history itself is there.
-- Harmless to repeat: read only. From states.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: take an earlier split, or say 'overlap is fine' after it when these rows are not in
-- the source.
SELECT
    count() = 0 AS ok,
    concat('sensors.readings already has ', toString(count()), ' rows older than ', {split:String}) AS message
FROM sensors.readings
WHERE time < {split:DateTime64(3, 'UTC')};

-- [b1.disk] there is room on the disks for the chunks under way
-- A chunk is staged next to the live table; moving it takes no more room. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: free some space, or make the chunks smaller.
SELECT
    free >= need AS ok,
    concat('free: ', formatReadableSize(free), ', needed: ', formatReadableSize(need)) AS message
FROM
(
    SELECT
        min(policy_free) AS free,
        1 * 67108864 AS need
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
                WHERE (database, name) IN (('sensors', 'readings'), ('sensors', 'summary'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);

-- [b1.bounds] the ranges of time, a chunk each
-- Found once and pinned, so that every resume has the same chunks. It reads the column of the
-- whole source.
-- Resume point. Harmless to repeat: read only. From states.bf:25.
SELECT
    toString(toTimeZone(begins, 'UTC')) AS lo,
    if(ends > last, toString(toTimeZone(CAST({split:DateTime64(3, 'UTC')} AS DateTime64(3, 'America/New_York')), 'UTC')), toString(toTimeZone(ends, 'UTC'))) AS hi,
    if(number = 0, 'first', '') AS edge
FROM
(
    SELECT
        number,
        addMonths(start, (number) * 1) AS begins,
        addMonths(start, (number + 1) * 1) AS ends,
        last
    FROM
    (
    SELECT
        CAST(toStartOfInterval(CAST(oldest AS DateTime64(3, 'America/New_York')), INTERVAL 1 MONTH) AS DateTime64(3, 'America/New_York')) AS start,
        CAST(newest AS DateTime64(3, 'America/New_York')) AS last
    FROM
    (
        SELECT
            assumeNotNull(min(time)) AS oldest,
            assumeNotNull(max(time)) AS newest,
            count(time) AS valued
        FROM
(
SELECT * FROM sensors_old.readings
) AS by_time
WHERE time < {split:DateTime64(3, 'UTC')}
    )
    WHERE valued > 0
    )
    ARRAY JOIN range(toUInt64(least(intDiv(dateDiff('month', start, last), 1), 100000) + 1)) AS number
)
WHERE begins <= last
    AND throwIf(begins <= last AND number >= 100000, 'more than 100000 chunks: take larger steps') = 0
    AND throwIf(begins <= last AND ends <= begins, 'the chunks pass the end of the column\'s type: say to') = 0
ORDER BY
    edge = 'null' DESC,
    edge = 'first' DESC,
    CAST(lo AS DateTime64(3, 'UTC'))
SETTINGS enable_extended_results_for_datetime_functions = 1;

-- ======== 2. Load, verify and publish the history ========

-- [b1.chunks] load sensors.readings and what its views derive, chunk by chunk
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.
-- Resume point. Harmless to repeat: observes first. From states.bf:25.

-- Once for each row of [b1.bounds], in order.
SET param_lo = ''; -- copy column lo of [b1.bounds]
SET param_hi = ''; -- copy column hi of [b1.bounds]
SET param_edge = ''; -- copy column edge of [b1.bounds]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_readings = 'bfc_by_hand_dup_readings';
SET param_dup_summary = 'bfc_by_hand_dup_summary';
SET param_copy_summary_low = 'bfc_by_hand_copy_summary_low';
SET param_copy_summary_high = 'bfc_by_hand_copy_summary_high';

-- --- stage ---

-- [b1.chunk.stage.readings] a duplicate of sensors.readings
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts. Every attempt has a new name, so nothing that an
-- earlier one left running can write here.
-- Harmless to repeat: new names. From states.bf:25.
CREATE TABLE sensors.{dup_readings:Identifier} AS sensors.readings
SETTINGS
    assign_part_uuids = 1,
    max_bytes_to_merge_at_max_space_in_pool = 1,
    max_bytes_to_merge_at_min_space_in_pool = 1,
    non_replicated_deduplication_window = 0,
    parts_to_delay_insert = 100000,
    parts_to_throw_insert = 100000;

-- [b1.chunk.stage.summary] a duplicate of sensors.summary
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts. Every attempt has a new name, so nothing that an
-- earlier one left running can write here.
-- Harmless to repeat: new names. From states.bf:25.
CREATE TABLE sensors.{dup_summary:Identifier} AS sensors.summary
SETTINGS
    assign_part_uuids = 1,
    max_bytes_to_merge_at_max_space_in_pool = 1,
    max_bytes_to_merge_at_min_space_in_pool = 1,
    non_replicated_deduplication_window = 0,
    parts_to_delay_insert = 100000,
    parts_to_throw_insert = 100000;

-- [b1.chunk.stage.summary_high] a copy of sensors.summary_high between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first. Every attempt has a new name.
-- Harmless to repeat: new names. From states.bf:25.
CREATE MATERIALIZED VIEW sensors.{copy_summary_high:Identifier}
TO sensors.{dup_summary:Identifier}
AS
SELECT sensor, countState() AS values, avgState(readings.value) AS average, max(readings.value) AS highest
FROM sensors.{dup_readings:Identifier} AS readings WHERE readings.value >= 0 GROUP BY sensor;

-- [b1.chunk.stage.summary_low] a copy of sensors.summary_low between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first. Every attempt has a new name.
-- Harmless to repeat: new names. From states.bf:25.
CREATE MATERIALIZED VIEW sensors.{copy_summary_low:Identifier}
TO sensors.{dup_summary:Identifier}
AS
SELECT sensor, countState() AS values, avgState(r.value) AS average, max(r.value) AS highest
FROM sensors.{dup_readings:Identifier} AS r WHERE r.value < 0 OR r.value = 1 GROUP BY sensor;

-- --- load ---

-- [b1.chunk.load] load the chunk into the duplicate of sensors.readings
-- The copies of the views fire on it and fill the duplicates of their targets.
-- optimize_on_insert = 0: rows staged are rows read, also where the engine would combine them.
-- It is never repeated on the same tables: a load that broke off is thrown away with them.
-- Harmless to repeat: new names. From states.bf:25.
INSERT INTO sensors.{dup_readings:Identifier}
(
    time,
    sensor,
    value
)
SETTINGS
    optimize_on_insert = 0
SELECT
    time,
    sensor,
    value
FROM
(
SELECT * FROM sensors_old.readings
) AS by_time
WHERE time < {split:DateTime64(3, 'UTC')}
    AND (time >= {lo:DateTime64(3, 'UTC')} OR {edge:String} = 'first')
    AND time < {hi:DateTime64(3, 'UTC')};

-- [b1.chunk.verify] as many rows are staged as the source has
-- A row that got lost, or came twice, would show here. It reads only.
-- Harmless to repeat: read only. From states.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was published and the staged tables are kept until the next run: look at
-- them, then run the same command again.
WITH
    (
SELECT count()
FROM
(
SELECT * FROM sensors_old.readings
) AS by_time
WHERE time < {split:DateTime64(3, 'UTC')}
    AND (time >= {lo:DateTime64(3, 'UTC')} OR {edge:String} = 'first')
    AND time < {hi:DateTime64(3, 'UTC')}
    ) AS expected,
    (
SELECT count()
FROM sensors.{dup_readings:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('rows for sensors.readings: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.content] the rows staged are the source's rows
-- A checksum that does not depend on the order of rows, over 3 of 3 columns (left out: columns
-- with a DEFAULT, states of aggregate functions). It reads the source range again, and nothing
-- else.
-- Harmless to repeat: read only. From states.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was published and the staged tables are kept until the next run: look at
-- them, then run the same command again.
WITH
    (
SELECT sum(cityHash64(tuple(ifNull(CAST(time AS Nullable(DateTime64(3, 'America/New_York'))), defaultValueOfTypeName('DateTime64(3, \'America/New_York\')')), ifNull(CAST(sensor AS Nullable(Int64)), defaultValueOfTypeName('Int64')), ifNull(CAST(value AS Nullable(Float64)), defaultValueOfTypeName('Float64')))))
FROM 
(
SELECT * FROM sensors_old.readings
) AS by_time
WHERE time < {split:DateTime64(3, 'UTC')}
    AND (time >= {lo:DateTime64(3, 'UTC')} OR {edge:String} = 'first')
    AND time < {hi:DateTime64(3, 'UTC')}
    ) AS expected,
    (
SELECT sum(cityHash64(tuple(time, sensor, value)))
FROM sensors.{dup_readings:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('checksum of sensors.readings: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.summary] every group of sensors.summary is staged
-- The views' queries over the staged rows, against what their copies wrote. It reads only.
-- Harmless to repeat: read only. From states.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was published and the staged tables are kept until the next run: look at
-- them, then run the same command again.
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(sensor AS Nullable(Int64)), defaultValueOfTypeName('Int64'))
FROM
(
SELECT sensor, countState() AS values, avgState(r.value) AS average, max(r.value) AS highest
FROM sensors.{dup_readings:Identifier} AS r WHERE r.value < 0 OR r.value = 1 GROUP BY sensor
)
UNION DISTINCT
SELECT DISTINCT ifNull(CAST(sensor AS Nullable(Int64)), defaultValueOfTypeName('Int64'))
FROM
(
SELECT sensor, countState() AS values, avgState(readings.value) AS average, max(readings.value) AS highest
FROM sensors.{dup_readings:Identifier} AS readings WHERE readings.value >= 0 GROUP BY sensor
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT sensor
    FROM sensors.{dup_summary:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for sensors.summary: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
-- Resume point. Harmless to repeat: read only. From states.bf:25.
SELECT
    ['sensors.readings', 'sensors.summary'][position] AS seal_table,
    partition_id AS seal_partition,
    count() AS seal_parts,
    sum(rows) AS seal_rows,
    sum(bytes_on_disk) AS seal_bytes,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids,
    any(live.block) AS seal_block
FROM
(
    SELECT
        indexOf([('sensors', {dup_readings:String}), ('sensors', {dup_summary:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('sensors', {dup_readings:String}), ('sensors', {dup_summary:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('sensors', 'readings'), ('sensors', 'summary')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('sensors', 'readings'), ('sensors', 'summary'))
    GROUP BY position
) AS live ON live.position = staged.position
GROUP BY position, partition_id
ORDER BY position, partition_id;

-- [b1.chunk.move.readings] move the chunk into sensors.readings
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- Harmless to repeat: moves what is left. From states.bf:25.
-- Once for each row of [b1.chunk.seal] with seal_table = 'sensors.readings':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]

-- [b1.chunk.move.readings.one] move one partition
-- An empty or missing partition is moved without effect.
-- Harmless to repeat: moves what is left. From states.bf:25.
ALTER TABLE sensors.{dup_readings:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE sensors.readings;

-- [b1.chunk.move.summary] move the chunk into sensors.summary
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- Harmless to repeat: moves what is left. From states.bf:25.
-- Once for each row of [b1.chunk.seal] with seal_table = 'sensors.summary':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]

-- [b1.chunk.move.summary.one] move one partition
-- An empty or missing partition is moved without effect.
-- Harmless to repeat: moves what is left. From states.bf:25.
ALTER TABLE sensors.{dup_summary:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE sensors.summary;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next. It reads only.
-- Harmless to repeat: read only. From states.bf:25.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: the staged tables keep what is left; run the same command again.
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('sensors', {dup_readings:String}), ('sensors', {dup_summary:String}));

-- Only after an interruption between the seal and the last move: before the moves of
-- the same table are repeated.

-- [b1.chunk.settled] wait until nothing is left of a move that failed
-- A move that could not be finished, for want of space say, was rolled back. Its parts stay
-- inactive until the server has cleaned them up, in half a minute as a rule: a part moved again
-- would be double if the server restarted before. It looks once a second and reads only.
-- Harmless to repeat: read only. From states.bf:25.
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
--             AND ((database, table) IN (('sensors', 'readings'), ('sensors', 'summary'))
--                 AND uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('sensors', {dup_readings:String}), ('sensors', {dup_summary:String}))
--                 )
--                 OR (database, table, min_block_number) IN
--                 (
--                     SELECT database, table, min_block_number
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('sensors', {dup_readings:String}), ('sensors', {dup_summary:String}))
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
--             AND ((database, table) IN (('sensors', 'readings'), ('sensors', 'summary'))
--                 AND uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('sensors', {dup_readings:String}), ('sensors', {dup_summary:String}))
--                 )
--                 OR (database, table, min_block_number) IN
--                 (
--                     SELECT database, table, min_block_number
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('sensors', {dup_readings:String}), ('sensors', {dup_summary:String}))
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

-- [b1.chunk.already.readings] parts that an interrupted move brought to sensors.readings
--     already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not. It reads only.
-- Harmless to repeat: read only. From states.bf:25.
-- SELECT name AS already_part_readings
-- FROM system.parts
-- WHERE active
--     AND rows > 0
--     AND database = 'sensors'
--     AND table = {dup_readings:String}
--     AND uuid IN
--     (
--         SELECT uuid
--         FROM system.parts
--         WHERE database = 'sensors'
--             AND table = 'readings'
--             AND (active
--                 OR remove_time > modification_time
--                 OR remove_time > now() - uptime() + 1)
--     )
-- ORDER BY name;

-- [b1.chunk.arrived.readings] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Harmless to repeat: observes first. From states.bf:25.
-- Once for each row of [b1.chunk.already.readings]:
-- SET param_already_part_readings = ''; -- copy column already_part_readings of [b1.chunk.already.readings]

-- [b1.chunk.arrived.readings.drop] drop one part that has arrived
-- Its rows are in the live table.
-- Harmless to repeat: observes first. From states.bf:25.
-- ALTER TABLE sensors.{dup_readings:Identifier}
-- DROP PART {already_part_readings:String};

-- [b1.chunk.evidence.readings] nothing of the rest is hidden in sensors.readings
-- After a restart of the server a moved part may have been merged away and its UUID forgotten.
-- Moving it again would double it, and dropping one that never arrived would lose it, so a
-- doubt stops the run. It reads only.
-- Harmless to repeat: read only. From states.bf:25.
-- Once for each row of [b1.chunk.seal] with seal_table = 'sensors.readings':
-- SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
-- SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
-- SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]

-- [b1.chunk.evidence.readings.one] one partition: nothing is left, or nothing can hide what is
--     left
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back.
-- Harmless to repeat: read only. From states.bf:25.
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
--             AND database = 'sensors'
--             AND table = {dup_readings:String}
--             AND partition_id = {seal_partition:String}
--     ) AS left_rows,
--     (
--         SELECT arraySort(groupUniqArray(min_block_number))
--         FROM system.parts
--         WHERE database = 'sensors'
--             AND table = 'readings'
--             AND level = 0
--             AND min_block_number = max_block_number
--             AND data_version = min_block_number
--             AND min_block_number > {seal_block:Int64}
--     ) AS listed,
--     (
--         SELECT groupArray(name)
--         FROM system.parts
--         WHERE database = 'sensors'
--             AND table = 'readings'
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
--                         AND database = 'sensors'
--                         AND table = {dup_readings:String}
--                 ))
--     ) AS doubtful
-- SELECT
--     left_rows = 0
--         OR empty(doubtful)
--         OR left_rows + (
--             SELECT count()
--             FROM sensors.readings
--             WHERE _partition_id = {seal_partition:String}
--             AND time < {split:DateTime64(3, 'UTC')}
--             AND (time >= {lo:DateTime64(3, 'UTC')} OR {edge:String} = 'first')
--     AND time < {hi:DateTime64(3, 'UTC')}
--         ) = {seal_rows:UInt64} AS ok,
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_readings:String},
--         ', and sensors.readings has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.chunk.already.summary] parts that an interrupted move brought to sensors.summary already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not. It reads only.
-- Harmless to repeat: read only. From states.bf:25.
-- SELECT name AS already_part_summary
-- FROM system.parts
-- WHERE active
--     AND rows > 0
--     AND database = 'sensors'
--     AND table = {dup_summary:String}
--     AND uuid IN
--     (
--         SELECT uuid
--         FROM system.parts
--         WHERE database = 'sensors'
--             AND table = 'summary'
--             AND (active
--                 OR remove_time > modification_time
--                 OR remove_time > now() - uptime() + 1)
--     )
-- ORDER BY name;

-- [b1.chunk.arrived.summary] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Harmless to repeat: observes first. From states.bf:25.
-- Once for each row of [b1.chunk.already.summary]:
-- SET param_already_part_summary = ''; -- copy column already_part_summary of [b1.chunk.already.summary]

-- [b1.chunk.arrived.summary.drop] drop one part that has arrived
-- Its rows are in the live table.
-- Harmless to repeat: observes first. From states.bf:25.
-- ALTER TABLE sensors.{dup_summary:Identifier}
-- DROP PART {already_part_summary:String};

-- [b1.chunk.evidence.summary] nothing of the rest is hidden in sensors.summary
-- After a restart of the server a moved part may have been merged away and its UUID forgotten.
-- Moving it again would double it, and dropping one that never arrived would lose it, so a
-- doubt stops the run. It reads only.
-- Harmless to repeat: read only. From states.bf:25.
-- Once for each row of [b1.chunk.seal] with seal_table = 'sensors.summary':
-- SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
-- SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
-- SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]

-- [b1.chunk.evidence.summary.one] one partition: nothing is left, or nothing can hide what is
--     left
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back.
-- Harmless to repeat: read only. From states.bf:25.
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
--             AND database = 'sensors'
--             AND table = {dup_summary:String}
--             AND partition_id = {seal_partition:String}
--     ) AS left_rows,
--     (
--         SELECT arraySort(groupUniqArray(min_block_number))
--         FROM system.parts
--         WHERE database = 'sensors'
--             AND table = 'summary'
--             AND level = 0
--             AND min_block_number = max_block_number
--             AND data_version = min_block_number
--             AND min_block_number > {seal_block:Int64}
--     ) AS listed,
--     (
--         SELECT groupArray(name)
--         FROM system.parts
--         WHERE database = 'sensors'
--             AND table = 'summary'
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
--                         AND database = 'sensors'
--                         AND table = {dup_summary:String}
--                 ))
--     ) AS doubtful
-- SELECT
--     left_rows = 0
--         OR empty(doubtful) AS ok,
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_summary:String},
--         ', and sensors.summary has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- --- finish ---

-- [b1.chunk.drop.summary_low] drop the staged summary_low
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From states.bf:25.
DROP TABLE IF EXISTS sensors.{copy_summary_low:Identifier} SYNC;

-- [b1.chunk.drop.summary_high] drop the staged summary_high
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From states.bf:25.
DROP TABLE IF EXISTS sensors.{copy_summary_high:Identifier} SYNC;

-- [b1.chunk.drop.readings] drop the staged readings
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From states.bf:25.
DROP TABLE IF EXISTS sensors.{dup_readings:Identifier} SYNC;

-- [b1.chunk.drop.summary] drop the staged summary
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From states.bf:25.
DROP TABLE IF EXISTS sensors.{dup_summary:Identifier} SYNC;

-- ======== 3. Make sure that everything is there and nothing stands in the way ========

-- [b2.grants] the user may stage and move in sensors
-- A grant that is missing would stop the run in its middle. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:34.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE
-- ON sensors.* TO the user of this run.
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON sensors.*;

-- [b2.grants.system] the user may read what the checks read and use the tables' engines
-- A grant that is missing would stop the run in its middle. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:34.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: grant what is missing: GRANT SELECT ON system.parts, SELECT ON system.mutations,
-- SELECT ON system.disks, SELECT ON system.storage_policies, TABLE ENGINE ON MergeTree TO the
-- user of this run.
CHECK GRANT SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, TABLE ENGINE ON MergeTree;

-- [b2.engines] the tables to fill are of engines that staging works with
-- Staged rows reach a table by MOVE PARTITION, which tables of the MergeTree family on one
-- server have; an engine of Null only passes rows on. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:34.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: replicated and shared tables are not supported yet.
SELECT
    empty(others) AS ok,
    concat('cannot stage for: ', arrayStringConcat(others, ', ')) AS message
FROM
(
    SELECT groupArray(concat(database, '.', name, ' (', engine, ')')) AS others
    FROM system.tables
    WHERE (database, name) IN (('sensors', 'measures'))
        AND engine != 'Null'
        AND (engine NOT LIKE '%MergeTree'
            OR startsWith(engine, 'Replicated')
            OR startsWith(engine, 'Shared'))
);

-- [b2.views] every view on the tables to fill is declared or ignored
-- A view that this plan does not know would not get the history, and nobody would notice. It
-- reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:34.
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
        WHERE (database, name) IN (('sensors', 'measures'))
    )
        AND (database, name) NOT IN (('', ''))
);

-- [b2.mutations] no mutation is pending on the tables to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance. It
-- reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:34.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: wait until the mutation is done (system.mutations), or KILL MUTATION.
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('sensors', 'measures'));

-- [b2.split] the split, as the migration says it, in UTC
-- A literal means what it means in the column's own time zone; pinned in UTC it means the same
-- everywhere.
-- Resume point. Harmless to repeat: read only. From states.bf:34.
SELECT toString(CAST(1000 AS Int64)) AS split_b2;
SET param_split_b2 = ''; -- copy column split_b2 of [b2.split]

-- [b2.empty] sensors.measures has nothing yet on the history's side of the split
-- Rows that are there already and come with the history again would be double. It reads only,
-- and is looked at once: later the history itself is there.
-- Harmless to repeat: read only. From states.bf:34.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: take an earlier split, or say 'overlap is fine' after it when these rows are not in
-- the source.
SELECT
    count() = 0 AS ok,
    concat('sensors.measures already has ', toString(count()), ' rows older than ', {split_b2:String}) AS message
FROM sensors.measures
WHERE id < {split_b2:Int64};

-- [b2.disk] there is room on the disks for the chunks under way
-- A chunk is staged next to the live table; moving it takes no more room. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From states.bf:34.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: free some space, or make the chunks smaller.
SELECT
    free >= need AS ok,
    concat('free: ', formatReadableSize(free), ', needed: ', formatReadableSize(need)) AS message
FROM
(
    SELECT
        min(policy_free) AS free,
        8 * 67108864 AS need
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
                WHERE (database, name) IN (('sensors', 'measures'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);

-- [b2.bounds] the ranges of id, a chunk each
-- Found once and pinned, so that every resume has the same chunks. It reads the column of the
-- whole source.
-- Resume point. Harmless to repeat: read only. From states.bf:34.
SELECT
    toString(begins) AS lo_b2,
    if(ends > last, toString(toInt256({split_b2:Int64})), toString(ends)) AS hi_b2,
    if(number = 0, 'first', '') AS edge_b2
FROM
(
    SELECT
        number,
        start + toInt256(number) * 250 AS begins,
        start + toInt256(number + 1) * 250 AS ends,
        last
    FROM
    (
    SELECT
        toInt256(oldest) - positiveModulo(toInt256(oldest), 250) AS start,
        toInt256(newest) AS last
    FROM
    (
        SELECT
            assumeNotNull(min(id)) AS oldest,
            assumeNotNull(max(id)) AS newest,
            count(id) AS valued
        FROM
(
SELECT id, kind FROM sensors_old.measures
) AS by_id
WHERE id < {split_b2:Int64}
    )
    WHERE valued > 0
    )
    ARRAY JOIN range(toUInt64(least(intDiv(last - start, 250), 100000) + 1)) AS number
)
WHERE begins <= last
    AND throwIf(begins <= last AND number >= 100000, 'more than 100000 chunks: take larger steps') = 0
    AND throwIf(begins <= last AND ends <= begins, 'the chunks pass the end of the column\'s type: say to') = 0
ORDER BY
    edge_b2 = 'null' DESC,
    edge_b2 = 'first' DESC,
    CAST(lo_b2 AS Int64)
SETTINGS enable_extended_results_for_datetime_functions = 1;

-- ======== 4. Load, verify and publish the history ========

-- [b2.chunks] load sensors.measures and what its views derive, chunk by chunk
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.
-- Resume point. Harmless to repeat: observes first. From states.bf:34.

-- Once for each row of [b2.bounds], in order.
SET param_lo_b2 = ''; -- copy column lo_b2 of [b2.bounds]
SET param_hi_b2 = ''; -- copy column hi_b2 of [b2.bounds]
SET param_edge_b2 = ''; -- copy column edge_b2 of [b2.bounds]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_measures_b2 = 'bfc_by_hand_dup_measures_b2';

-- --- stage ---

-- [b2.chunk.stage.measures] a duplicate of sensors.measures
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts. Every attempt has a new name, so nothing that an
-- earlier one left running can write here.
-- Harmless to repeat: new names. From states.bf:34.
CREATE TABLE sensors.{dup_measures_b2:Identifier} AS sensors.measures
SETTINGS
    assign_part_uuids = 1,
    max_bytes_to_merge_at_max_space_in_pool = 1,
    max_bytes_to_merge_at_min_space_in_pool = 1,
    non_replicated_deduplication_window = 0,
    parts_to_delay_insert = 100000,
    parts_to_throw_insert = 100000;

-- --- load ---

-- [b2.chunk.load] load the chunk into the duplicate of sensors.measures
-- The copies of the views fire on it and fill the duplicates of their targets.
-- optimize_on_insert = 0: rows staged are rows read, also where the engine would combine them.
-- It is never repeated on the same tables: a load that broke off is thrown away with them.
-- Harmless to repeat: new names. From states.bf:34.
INSERT INTO sensors.{dup_measures_b2:Identifier}
(
    id,
    kind
)
SETTINGS
    optimize_on_insert = 0
SELECT
    id,
    kind
FROM
(
SELECT id, kind FROM sensors_old.measures
) AS by_id
WHERE id < {split_b2:Int64}
    AND (id >= {lo_b2:Int64} OR {edge_b2:String} = 'first')
    AND id < {hi_b2:Int64};

-- [b2.chunk.verify] as many rows are staged as the source has
-- A row that got lost, or came twice, would show here. It reads only.
-- Harmless to repeat: read only. From states.bf:34.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was published and the staged tables are kept until the next run: look at
-- them, then run the same command again.
WITH
    (
SELECT count()
FROM
(
SELECT id, kind FROM sensors_old.measures
) AS by_id
WHERE id < {split_b2:Int64}
    AND (id >= {lo_b2:Int64} OR {edge_b2:String} = 'first')
    AND id < {hi_b2:Int64}
    ) AS expected,
    (
SELECT count()
FROM sensors.{dup_measures_b2:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('rows for sensors.measures: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---

-- [b2.chunk.seal] seal the chunk: its parts, by table and partition
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
-- Resume point. Harmless to repeat: read only. From states.bf:34.
SELECT
    ['sensors.measures'][position] AS seal_table_b2,
    partition_id AS seal_partition_b2,
    count() AS seal_parts_b2,
    sum(rows) AS seal_rows_b2,
    sum(bytes_on_disk) AS seal_bytes_b2,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids_b2,
    any(live.block) AS seal_block_b2
FROM
(
    SELECT
        indexOf([('sensors', {dup_measures_b2:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('sensors', {dup_measures_b2:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('sensors', 'measures')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('sensors', 'measures'))
    GROUP BY position
) AS live ON live.position = staged.position
GROUP BY position, partition_id
ORDER BY position, partition_id;

-- [b2.chunk.move.measures] move the chunk into sensors.measures
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- Harmless to repeat: moves what is left. From states.bf:34.
-- Once for each row of [b2.chunk.seal] with seal_table_b2 = 'sensors.measures':
SET param_seal_partition_b2 = ''; -- copy column seal_partition_b2 of [b2.chunk.seal]

-- [b2.chunk.move.measures.one] move one partition
-- An empty or missing partition is moved without effect.
-- Harmless to repeat: moves what is left. From states.bf:34.
ALTER TABLE sensors.{dup_measures_b2:Identifier}
MOVE PARTITION ID {seal_partition_b2:String} TO TABLE sensors.measures;

-- [b2.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next. It reads only.
-- Harmless to repeat: read only. From states.bf:34.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: the staged tables keep what is left; run the same command again.
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('sensors', {dup_measures_b2:String}));

-- Only after an interruption between the seal and the last move: before the moves of
-- the same table are repeated.

-- [b2.chunk.settled] wait until nothing is left of a move that failed
-- A move that could not be finished, for want of space say, was rolled back. Its parts stay
-- inactive until the server has cleaned them up, in half a minute as a rule: a part moved again
-- would be double if the server restarted before. It looks once a second and reads only.
-- Harmless to repeat: read only. From states.bf:34.
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
--             AND ((database, table) IN (('sensors', 'measures'))
--                 AND uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('sensors', {dup_measures_b2:String}))
--                 )
--                 OR (database, table, min_block_number) IN
--                 (
--                     SELECT database, table, min_block_number
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('sensors', {dup_measures_b2:String}))
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
--             AND ((database, table) IN (('sensors', 'measures'))
--                 AND uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('sensors', {dup_measures_b2:String}))
--                 )
--                 OR (database, table, min_block_number) IN
--                 (
--                     SELECT database, table, min_block_number
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('sensors', {dup_measures_b2:String}))
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

-- [b2.chunk.already.measures] parts that an interrupted move brought to sensors.measures
--     already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not. It reads only.
-- Harmless to repeat: read only. From states.bf:34.
-- SELECT name AS already_part_measures_b2
-- FROM system.parts
-- WHERE active
--     AND rows > 0
--     AND database = 'sensors'
--     AND table = {dup_measures_b2:String}
--     AND uuid IN
--     (
--         SELECT uuid
--         FROM system.parts
--         WHERE database = 'sensors'
--             AND table = 'measures'
--             AND (active
--                 OR remove_time > modification_time
--                 OR remove_time > now() - uptime() + 1)
--     )
-- ORDER BY name;

-- [b2.chunk.arrived.measures] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Harmless to repeat: observes first. From states.bf:34.
-- Once for each row of [b2.chunk.already.measures]:
-- SET param_already_part_measures_b2 = ''; -- copy column already_part_measures_b2 of [b2.chunk.already.measures]

-- [b2.chunk.arrived.measures.drop] drop one part that has arrived
-- Its rows are in the live table.
-- Harmless to repeat: observes first. From states.bf:34.
-- ALTER TABLE sensors.{dup_measures_b2:Identifier}
-- DROP PART {already_part_measures_b2:String};

-- [b2.chunk.evidence.measures] nothing of the rest is hidden in sensors.measures
-- After a restart of the server a moved part may have been merged away and its UUID forgotten.
-- Moving it again would double it, and dropping one that never arrived would lose it, so a
-- doubt stops the run. It reads only.
-- Harmless to repeat: read only. From states.bf:34.
-- Once for each row of [b2.chunk.seal] with seal_table_b2 = 'sensors.measures':
-- SET param_seal_partition_b2 = ''; -- copy column seal_partition_b2 of [b2.chunk.seal]
-- SET param_seal_rows_b2 = ''; -- copy column seal_rows_b2 of [b2.chunk.seal]
-- SET param_seal_block_b2 = ''; -- copy column seal_block_b2 of [b2.chunk.seal]

-- [b2.chunk.evidence.measures.one] one partition: nothing is left, or nothing can hide what is
--     left
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back.
-- Harmless to repeat: read only. From states.bf:34.
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
--             AND database = 'sensors'
--             AND table = {dup_measures_b2:String}
--             AND partition_id = {seal_partition_b2:String}
--     ) AS left_rows,
--     (
--         SELECT arraySort(groupUniqArray(min_block_number))
--         FROM system.parts
--         WHERE database = 'sensors'
--             AND table = 'measures'
--             AND level = 0
--             AND min_block_number = max_block_number
--             AND data_version = min_block_number
--             AND min_block_number > {seal_block_b2:Int64}
--     ) AS listed,
--     (
--         SELECT groupArray(name)
--         FROM system.parts
--         WHERE database = 'sensors'
--             AND table = 'measures'
--             AND partition_id = {seal_partition_b2:String}
--             AND (active
--                 AND max_block_number > {seal_block_b2:Int64}
--                 AND (level > 0 OR data_version != min_block_number)
--                 AND length(arrayFilter(block -> block BETWEEN min_block_number AND max_block_number, listed))
--                     != max_block_number - greatest(min_block_number - 1, {seal_block_b2:Int64})
--                 OR uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND database = 'sensors'
--                         AND table = {dup_measures_b2:String}
--                 ))
--     ) AS doubtful
-- SELECT
--     left_rows = 0
--         OR empty(doubtful)
--         OR left_rows + (
--             SELECT count()
--             FROM sensors.measures
--             WHERE _partition_id = {seal_partition_b2:String}
--             AND id < {split_b2:Int64}
--             AND (id >= {lo_b2:Int64} OR {edge_b2:String} = 'first')
--     AND id < {hi_b2:Int64}
--         ) = {seal_rows_b2:UInt64} AS ok,
--     concat('partition ', {seal_partition_b2:String}, ': ', toString(left_rows), ' of ', {seal_rows_b2:String}, ' rows are still staged in ', {dup_measures_b2:String},
--         ', and sensors.measures has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- --- finish ---

-- [b2.chunk.drop.measures] drop the staged measures
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From states.bf:34.
DROP TABLE IF EXISTS sensors.{dup_measures_b2:Identifier} SYNC;

-- ======== 5. Clean up ========

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind; their names all begin with this
-- migration's tag. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('sensors')
    AND startsWith(name, 'bfc_923b4b90_')
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
