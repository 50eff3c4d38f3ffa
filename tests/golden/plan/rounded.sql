-- hourly: Hits by the hour, of the last years too
--
-- Strategy:      duplicate, pause_and_attach with duplicate
-- Writes to:     web.calls_per_day, web.per_hour, web.per_quarter, web.slow,
--                web.calls_per_day_mv, web.per_hour_mv, web.per_quarter_mv, web.slow_mv
-- Staged names:  bfc_2b2a51df_…, dropped at the end
-- Resume points: b1.kept, b1.there, b1.split, b1.made, b1.bounds, b1.chunks, b1.chunk.seal,
--                b2.whole, b2.bounds, b2.chunks, b2.chunk.seal
-- Plan:          896b17646bbcb0974beceab0bb3ddf07be0096a99a428c4207ce975d1b7a1bfe
--
-- This is what 'bfc apply' sends, statement for statement. bfc adds what a script cannot: a
-- journal in the server, so that a run that was killed goes on where it was, a lock, retries,
-- several chunks at once.
-- By hand: clickhouse-client, one statement after the other. What 'must return 1' has to, in
-- its first column, before you go on. Where a SET says 'copy', put in the value from the
-- statement before; as it stands, empty, what needs it fails and does nothing.
-- A plain SELECT and a statement with IF EXISTS, IF NOT EXISTS or OR REPLACE can be repeated at
-- any time. Over the others 'repeat' says why that is harmless.

-- ======== Settings that every statement hangs on ========

-- Past a limit a statement fails; it does not return a part.
SET timeout_overflow_mode = 'throw', timeout_overflow_mode_leaf = 'throw',
    read_overflow_mode = 'throw', read_overflow_mode_leaf = 'throw',
    group_by_overflow_mode = 'throw', sort_overflow_mode = 'throw',
    result_overflow_mode = 'throw', set_overflow_mode = 'throw', join_overflow_mode = 'throw',
    transfer_overflow_mode = 'throw', distinct_overflow_mode = 'throw';
-- An INSERT that returned is there, in the views too; no block is taken for a repetition.
SET async_insert = 0, insert_deduplicate = 0,
    deduplicate_blocks_in_dependent_materialized_views = 0,
    materialized_views_ignore_errors = 0;
-- A source is read the same way each time, and nothing of it is skipped.
SET use_structure_from_insertion_table_in_table_functions = 0,
    input_format_allow_errors_num = 0, input_format_allow_errors_ratio = 0,
    skip_unavailable_shards = 0;
-- NULL becomes a column's default; a literal is in its column's time zone or the server's.
SET insert_null_as_default = 1, session_timezone = '';
-- Counts are of rows as they are stored, read anew, and not cut.
SET final = 0, limit = 0, offset = 0, apply_deleted_mask = 1, use_query_cache = 0;
-- An ALTER that returned is done.
SET mutations_sync = 1, alter_sync = 1;
-- No number of parts or partitions and no size of a staged table is too large.
SET max_parts_to_move = 100000, max_partitions_per_insert_block = 0,
    max_table_size_to_drop = 0, max_partition_size_to_drop = 0;
-- A duplicate may have whatever its table has.
SET allow_suspicious_low_cardinality_types = 1, allow_suspicious_fixed_string_types = 1,
    allow_suspicious_variant_types = 1, allow_suspicious_ttl_expressions = 1,
    allow_suspicious_primary_key = 1;

-- ======== 1. Make sure that everything is there and nothing stands in the way ========

-- [ensure.server] the server is new enough
-- Some of what the plan needs (part UUIDs that survive a move, CHECK GRANT, formatQuery) came
-- with versions up to 25.3.
-- must return 1; if not: update the server, or use another one
SELECT
    toUInt32OrZero(splitByChar('.', version())[1]) * 100
        + toUInt32OrZero(splitByChar('.', version())[2]) >= 2503 AS ok,
    concat('the server is ClickHouse ', version(),
        ', and bfc needs 25.3 or newer (tested on 26.7)') AS message;

-- [ensure.database.web] database web
CREATE DATABASE IF NOT EXISTS web;

-- [ensure.table.web.calls_per_day.declared] web.calls_per_day as declared (rounded.bf:25)
-- Empty, under a scratch name: a table that is there is compared with it, one that is missing
-- is made like it.
CREATE OR REPLACE TABLE web.bfc_2b2a51df_check_calls_per_day
(
day Date, page String, calls UInt64
)
engine = SummingMergeTree order by (page, day);

-- [ensure.table.web.per_hour.declared] web.per_hour as declared (rounded.bf:7)
CREATE OR REPLACE TABLE web.bfc_2b2a51df_check_per_hour
(
hour DateTime('Europe/Berlin'), page String, hits UInt64
)
engine = SummingMergeTree order by (page, hour);

-- [ensure.table.web.per_quarter.declared] web.per_quarter as declared (rounded.bf:14)
CREATE OR REPLACE TABLE web.bfc_2b2a51df_check_per_quarter
(
quarter DateTime, day Date, hits UInt64
)
engine = SummingMergeTree order by (day, quarter);

-- [ensure.table.web.slow.declared] web.slow as declared (rounded.bf:21)
CREATE OR REPLACE TABLE web.bfc_2b2a51df_check_slow
(
time DateTime, hits UInt64
)
engine = SummingMergeTree order by time;

-- [ensure.tables.same] tables that are there are as declared (rounded.bf:25)
-- Columns, types, engine and keys. Order of the columns, default values, TTL, codecs, indices,
-- settings and comments may differ.
-- must return 1; if not: change the declaration to what the server has (SHOW CREATE TABLE), or
--     alter the table first
SELECT
    empty(differences) AS ok,
    arrayStringConcat(differences, '; ') AS message
FROM
(
    SELECT groupArray(concat(database, '.', live, ', ', what, ': ',
        if(present = '', 'none', present), ' on the server, ',
        if(declared = '', 'none', declared), ' in the declaration')) AS differences
    FROM
    (
        SELECT
            database,
            replaceOne(table, 'bfc_2b2a51df_check_', '') AS live,
            fact.1 AS what,
            anyIf(fact.2, table = live) AS present,
            anyIf(fact.2, table != live) AS declared
        FROM
        (
            SELECT database, table,
                (concat('column ', name), trimRight(concat(type, ' ', default_kind))) AS fact
            FROM system.columns
            WHERE database IN ('web')
            UNION ALL
            SELECT database, name AS table, arrayJoin(arrayMap(
                key -> (key.1, if(startsWith(key.2, '('), substring(key.2, 2, length(key.2) - 2), key.2)),
                [('engine', splitByString(' ORDER BY ', splitByString(' PRIMARY KEY ',
                    splitByString(' PARTITION BY ', engine_full)[1])[1])[1]),
                 ('partition key', replaceOne(partition_key, 'tuple()', '')),
                 ('sorting key', sorting_key),
                 ('primary key', primary_key),
                 ('sampling key', sampling_key)])) AS fact
            FROM system.tables
            WHERE database IN ('web')
        )
        WHERE (database, live) IN (('web', 'calls_per_day'), ('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'))
            AND (database, live) IN (SELECT database, name FROM system.tables)
        GROUP BY database, live, what
        HAVING present != declared
        ORDER BY database, live, what
    )
);

-- [ensure.table.web.calls_per_day] web.calls_per_day, when it is missing
CREATE TABLE IF NOT EXISTS web.calls_per_day AS web.bfc_2b2a51df_check_calls_per_day;
-- [ensure.table.web.per_hour] web.per_hour, when it is missing (rounded.bf:7)
CREATE TABLE IF NOT EXISTS web.per_hour AS web.bfc_2b2a51df_check_per_hour;
-- [ensure.table.web.per_quarter] web.per_quarter, when it is missing (rounded.bf:14)
CREATE TABLE IF NOT EXISTS web.per_quarter AS web.bfc_2b2a51df_check_per_quarter;
-- [ensure.table.web.slow] web.slow, when it is missing (rounded.bf:21)
CREATE TABLE IF NOT EXISTS web.slow AS web.bfc_2b2a51df_check_slow;

-- [ensure.tables.clean] drop the scratch twins
DROP TABLE IF EXISTS
    web.bfc_2b2a51df_check_calls_per_day,
    web.bfc_2b2a51df_check_per_hour,
    web.bfc_2b2a51df_check_per_quarter,
    web.bfc_2b2a51df_check_slow
SYNC;

-- [ensure.table.web.calls.same] web.calls is as declared (rounded.bf:5)
-- Names and types of its columns are compared.
-- must return 1
WITH
    map(
        'column at', toTypeName(defaultValueOfTypeName('DateTime64(3)')),
        'column day', toTypeName(defaultValueOfTypeName('Date')),
        'column page', toTypeName(defaultValueOfTypeName('String'))) AS declared,
    (
        SELECT CAST(groupArray(fact), 'Map(String, String)')
        FROM
        (
            SELECT DISTINCT (concat('column ', name), type) AS fact
            FROM system.columns
            WHERE database = 'web' AND table = 'calls'
        )
    ) AS present
SELECT
    empty(differences) AS ok,
    concat('web.calls, ', arrayStringConcat(differences, '; ')) AS message
FROM
(
    SELECT groupArray(concat(what, ': ',
        if(present[what] = '', 'none', present[what]), ' on the server, ',
        if(declared[what] = '', 'none', declared[what]), ' in the declaration')) AS differences
    FROM (SELECT arrayJoin(arrayDistinct(arrayConcat(mapKeys(declared), mapKeys(present)))) AS what)
    WHERE present[what] != declared[what]
        AND NOT (present[what] != '' AND declared[what] = 'any type')
)
SETTINGS print_pretty_type_names = 0;

-- [ensure.table.web.hits.same] web.hits is as declared (rounded.bf:4)
-- must return 1
WITH
    map(
        'column time', toTypeName(defaultValueOfTypeName('DateTime(\'Europe/Berlin\')')),
        'column page', toTypeName(defaultValueOfTypeName('String')),
        'column ms', toTypeName(defaultValueOfTypeName('UInt32'))) AS declared,
    (
        SELECT CAST(groupArray(fact), 'Map(String, String)')
        FROM
        (
            SELECT DISTINCT (concat('column ', name), type) AS fact
            FROM system.columns
            WHERE database = 'web' AND table = 'hits'
        )
    ) AS present
SELECT
    empty(differences) AS ok,
    concat('web.hits, ', arrayStringConcat(differences, '; ')) AS message
FROM
(
    SELECT groupArray(concat(what, ': ',
        if(present[what] = '', 'none', present[what]), ' on the server, ',
        if(declared[what] = '', 'none', declared[what]), ' in the declaration')) AS differences
    FROM (SELECT arrayJoin(arrayDistinct(arrayConcat(mapKeys(declared), mapKeys(present)))) AS what)
    WHERE present[what] != declared[what]
        AND NOT (present[what] != '' AND declared[what] = 'any type')
)
SETTINGS print_pretty_type_names = 0;

-- [b1.kept] views that a run of this migration has left; a resume point (rounded.bf:29)
-- When a run was given up before any of its chunks was published, the views that it made stay,
-- and count from its split on. bfc has them in its journal, as it left them; a script has none.
SELECT
    '' AS kept,
    '' AS kept_split;
SET param_kept = ''; -- copy column kept of [b1.kept]
SET param_kept_split = ''; -- copy column kept_split of [b1.kept]

-- [ensure.view.web.calls_per_day_mv.declared] the query of web.calls_per_day_mv as declared
--     (rounded.bf:26)
-- A plain view, under a scratch name: it never fires. A view that is there is compared with it.
CREATE OR REPLACE VIEW web.bfc_2b2a51df_check_calls_per_day_mv
AS
SELECT toDate(at) AS day, page, count() AS calls FROM web.calls GROUP BY day, page;

-- [ensure.view.web.per_hour_mv.declared] the query of web.per_hour_mv as declared
--     (rounded.bf:9)
CREATE OR REPLACE VIEW web.bfc_2b2a51df_check_per_hour_mv
AS
SELECT toStartOfHour(time) AS hour, page, count() AS hits
FROM web.hits WHERE toStartOfHour(time) != '2024-12-17 00:00:00' -- the test
GROUP BY hour, page;

-- [ensure.view.web.per_quarter_mv.declared] the query of web.per_quarter_mv as declared
--     (rounded.bf:16)
CREATE OR REPLACE VIEW web.bfc_2b2a51df_check_per_quarter_mv
AS
SELECT toStartOfInterval(h.time, INTERVAL 15 MINUTE) AS quarter, toDate(h.time, 'UTC') AS day, count() AS hits
FROM web.hits AS h GROUP BY toStartOfInterval(h.time, INTERVAL 15 minute), day;

-- [ensure.view.web.slow_mv.declared] the query of web.slow_mv as declared (rounded.bf:22)
CREATE OR REPLACE VIEW web.bfc_2b2a51df_check_slow_mv
AS
SELECT toStartOfHour(hits.time) AS time, count() AS hits FROM web.hits WHERE ms > 1000 GROUP BY time;

-- [ensure.views.same] views that are there are as declared, and no view comes too late
--     (rounded.bf:26)
-- Query and target are compared. A view that is made now counts rows from now on: its table
-- must still be empty.
-- must return 1; if not: change the declaration to what the server has (SHOW CREATE TABLE), or
--     the live view with ALTER TABLE … MODIFY QUERY; create a view that comes too late by
--     hand, and fill its target from the rows that are there. A view with the condition of a
--     split that another migration has left, or somebody has changed, counts only rows from
--     there on, and its history may be in. If it is, leave out the backfill: ALTER TABLE …
--     MODIFY QUERY to the declared query lets it count all that come. If not, drop the view,
--     empty its target (TRUNCATE TABLE), and apply
WITH
    (
        SELECT CAST(groupArray((concat(database, '.', name), (as_select, create_table_query, ifNull(total_rows, 0), uuid))),
            'Map(String, Tuple(query String, made_by String, rows UInt64, uuid UUID))')
        FROM system.tables
        WHERE database IN ('web')
    ) AS present
SELECT
    empty(differences) AS ok,
    arrayStringConcat(differences, '; ') AS message
FROM
(
    SELECT groupArrayIf(concat('view ', view, ' ', difference), difference != '') AS differences
    FROM
    (
        SELECT
            view,
            multiIf(
                present[view].made_by = '' AND present[reads].rows = 0, '',
                present[view].made_by = '',
                    concat('does not exist yet, and ', reads, ' already holds ',
                        toString(present[reads].rows), ' rows that it would never count'),
                NOT startsWith(present[view].made_by, replaceOne(head, 'AS SELECT 1', '')),
                    concat('is ', present[view].made_by, ', declared as ', head),
                present[view].query != present[twin].query
                    AND NOT has(splitByString(', ', {kept:String}),
                        hex(sipHash128(present[view].uuid, present[view].query, mark))),
                    concat('selects ', present[view].query, ', declared as ', present[twin].query),
                '') AS difference
        FROM values('view String, twin String, reads String, head String, mark String',
        ('web.calls_per_day_mv', 'web.bfc_2b2a51df_check_calls_per_day_mv', '',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW web.calls_per_day_mv TO web.calls_per_day AS SELECT 1'), ''),
        ('web.per_hour_mv', 'web.bfc_2b2a51df_check_per_hour_mv', '',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW web.per_hour_mv TO web.per_hour AS SELECT 1'), 'b1e67d803a0511d1'),
        ('web.per_quarter_mv', 'web.bfc_2b2a51df_check_per_quarter_mv', '',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW web.per_quarter_mv TO web.per_quarter AS SELECT 1'), 'a0f6be06a4154373'),
        ('web.slow_mv', 'web.bfc_2b2a51df_check_slow_mv', '',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW web.slow_mv TO web.slow AS SELECT 1'), '4f00006682956404'))
    )
);

-- [ensure.views.clean] drop the scratch twins
DROP TABLE IF EXISTS
    web.bfc_2b2a51df_check_calls_per_day_mv,
    web.bfc_2b2a51df_check_per_hour_mv,
    web.bfc_2b2a51df_check_per_quarter_mv,
    web.bfc_2b2a51df_check_slow_mv
SYNC;

-- [b1.grants] the user may stage and move in web (rounded.bf:29)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE
--     TABLE, DROP TABLE ON web.* TO the user of this run
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON web.*;

-- [b1.grants.system] the user may read what the checks read and use the tables' engines
-- must return 1; if not: grant what is missing: GRANT SELECT ON system.parts, SELECT ON
--     system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON
--     system.merge_tree_settings, TABLE ENGINE ON SummingMergeTree TO the user of this run
CHECK GRANT SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON system.merge_tree_settings, TABLE ENGINE ON SummingMergeTree;

-- [b1.engines] the tables to fill are of engines that staging works with
-- Staged rows reach a table by MOVE PARTITION, which tables of the MergeTree family on one
-- server have.
-- must return 1; if not: replicated and shared tables are not supported yet; a table of engine
--     Null is declared with `table` and its engine
SELECT
    empty(others) AS ok,
    concat('cannot stage for: ', arrayStringConcat(others, ', ')) AS message
FROM
(
    SELECT groupArray(concat(database, '.', name, ' (', engine, ')')) AS others
    FROM system.tables
    WHERE (database, name) IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'))
        AND (engine NOT LIKE '%MergeTree'
            OR startsWith(engine, 'Replicated')
            OR startsWith(engine, 'Shared'))
);

-- [b1.views] every view on the tables to fill is declared or ignored
-- A view that this plan does not know would not get the history, and nobody would notice.
-- must return 1; if not: declare each view in the migration, as 'view NAME to TARGET as SELECT
--     …', or write 'ignore view NAME;' when it shall not get this history
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
        WHERE (database, name) IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'))
    )
        AND (database, name) NOT IN (('', ''), ('web', 'per_hour_mv'), ('web', 'per_quarter_mv'), ('web', 'slow_mv'))
);

-- [b1.mutations] no mutation is pending on the tables to read and to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'), ('web', 'hits'));

-- [b1.grants.views] the user may read the history and change the views
-- must return 1; if not: grant what is missing: GRANT SELECT ON web.hits, ALTER VIEW MODIFY
--     QUERY ON web.per_hour_mv, ALTER VIEW MODIFY QUERY ON web.per_quarter_mv, ALTER VIEW
--     MODIFY QUERY ON web.slow_mv TO the user of this run
CHECK GRANT SELECT ON web.hits, ALTER VIEW MODIFY QUERY ON web.per_hour_mv, ALTER VIEW MODIFY QUERY ON web.per_quarter_mv, ALTER VIEW MODIFY QUERY ON web.slow_mv;

-- [b1.there] which of the views are there already; a resume point
-- Pinned before any of them is made: a view that was there has counted rows since it was made,
-- one that this run makes, or an earlier one that was given up has left, counts from the split
-- on.
SELECT
    arrayStringConcat(arraySort(groupArrayIf(view, NOT kept)), ', ') AS views_there,
    arrayStringConcat(arraySort(groupArrayIf(view, kept)), ', ') AS views_kept
FROM
(
    SELECT
        concat(database, '.', name) AS view,
        has(splitByString(', ', {kept:String}), hex(sipHash128(uuid, as_select, mark))) AS kept
    FROM system.tables
    INNER JOIN values('view_database String, view_name String, mark String',
        ('web', 'per_hour_mv', 'b1e67d803a0511d1'),
        ('web', 'per_quarter_mv', 'a0f6be06a4154373'),
        ('web', 'slow_mv', '4f00006682956404')) AS views
        ON database = view_database AND name = view_name
    WHERE (database, name) IN (('web', 'per_hour_mv'), ('web', 'per_quarter_mv'), ('web', 'slow_mv'))
);
SET param_views_there = ''; -- copy column views_there of [b1.there]
SET param_views_kept = ''; -- copy column views_kept of [b1.there]

-- [b1.unfilled] the targets of views that are not there yet are empty
-- Rows that an earlier view has counted, of a run that was given up say, would count again with
-- the history. It is looked at once and reads only.
-- must return 1; if not: empty the target (TRUNCATE TABLE), or say 'overlap is fine' after the
--     split when its rows are of something else
SELECT
    count() = 0 AS ok,
    arrayStringConcat(groupArray(concat(database, '.', name, ' has ', toString(total_rows), ' rows')), ', ') AS message
FROM system.tables
WHERE total_rows > 0
    AND (database, name) IN
    (
        SELECT target_database, target
        FROM values('view String, target_database String, target String',
    ('web.per_hour_mv', 'web', 'per_hour'),
    ('web.per_quarter_mv', 'web', 'per_quarter'),
    ('web.slow_mv', 'web', 'slow'))
        WHERE NOT has(splitByString(', ', concat({views_there:String}, ', ', {views_kept:String})), view)
    );

-- [b1.split.kept] the split is that of the views that a run has left
-- They count rows from their split on: with a later one the rows between would count twice,
-- with an earlier one never.
-- must return 1; if not: write the split that they have (it is in UTC here); or drop the views,
--     empty their targets (TRUNCATE TABLE), and run again
SELECT
    {views_kept:String} = '' OR {kept_split:String} = toString(toTimeZone(CAST('2025-01-01 00:00:00' AS DateTime('Europe/Berlin')), 'UTC')) AS ok,
    concat({views_kept:String}, ' count from ', {kept_split:String}, ' on, the split is ', toString(toTimeZone(CAST('2025-01-01 00:00:00' AS DateTime('Europe/Berlin')), 'UTC'))) AS message;

-- [b1.split] the split, as the migration says it, in UTC; a resume point
-- Rows before it are history, rows from it on are the live view's. Pinned, so that every resume
-- has the same.
SELECT toString(toTimeZone(CAST('2025-01-01 00:00:00' AS DateTime('Europe/Berlin')), 'UTC')) AS split;
SET param_split = ''; -- copy column split of [b1.split]

-- [b1.ahead] web.hits has no row yet on the live side of the split
-- A view that is not there yet would never count such a row, and the history would not have it
-- either.
-- must return 1; if not: give up with 'bfc abort', drop the views that this run has made, and
--     run again with a split that is still to come; rows with times in the future need a later
--     one
SELECT
    count() = 0 AS ok,
    concat(toString(count()), ' rows from ', {split:String}, ' on') AS message
FROM web.hits
WHERE time >= {split:DateTime('UTC')}
    AND (SELECT count() FROM system.tables WHERE (database, name) IN (('web', 'per_hour_mv'), ('web', 'per_quarter_mv'), ('web', 'slow_mv'))) < 3;

-- [b1.view.per_hour_mv] web.per_hour_mv, when it is missing, from the split on
-- Rows before the split are left to the history. A view that is there stays as it is.
CREATE MATERIALIZED VIEW IF NOT EXISTS web.per_hour_mv
TO web.per_hour
AS
SELECT toStartOfHour(time) AS hour, page, count() AS hits
FROM web.hits WHERE (toStartOfHour(time) != '2024-12-17 00:00:00') AND (hits.time >= {split:DateTime('UTC')}) -- the test
GROUP BY hour, page;

-- [b1.view.per_quarter_mv] web.per_quarter_mv, when it is missing, from the split on
CREATE MATERIALIZED VIEW IF NOT EXISTS web.per_quarter_mv
TO web.per_quarter
AS
SELECT toStartOfInterval(h.time, INTERVAL 15 MINUTE) AS quarter, toDate(h.time, 'UTC') AS day, count() AS hits
FROM web.hits AS h WHERE h.time >= {split:DateTime('UTC')} GROUP BY toStartOfInterval(h.time, INTERVAL 15 minute), day;

-- [b1.view.slow_mv] web.slow_mv, when it is missing, from the split on
CREATE MATERIALIZED VIEW IF NOT EXISTS web.slow_mv
TO web.slow
AS
SELECT toStartOfHour(hits.time) AS time, count() AS hits FROM web.hits WHERE (ms > 1000) AND (hits.time >= {split:DateTime('UTC')}) GROUP BY time;

-- [b1.early] the views were made before the split
-- A row that came on the live side of the split before its view was there is in neither. It is
-- looked at once, when the views are just made, and reads only.
-- must return 1; if not: give up with 'bfc abort', drop the views, and run again with a later
--     split
SELECT
    newer = 0 OR made < toDateTime64({split:DateTime('UTC')}, 9) AS ok,
    concat('the last view was made at ', toString(made), ', the split is ', {split:String}, ', and there are rows from it on') AS message
FROM
(
    SELECT
        (SELECT count() FROM web.hits WHERE time >= {split:DateTime('UTC')}) AS newer,
        (
            SELECT max(metadata_modification_time)
            FROM system.tables
            WHERE (database, name) IN (('web', 'per_hour_mv'), ('web', 'per_quarter_mv'), ('web', 'slow_mv'))
                AND NOT has(splitByString(', ', concat({views_there:String}, ', ', {views_kept:String})),
                    concat(database, '.', name))
        ) AS made
);

-- [b1.made] the views that count from the split on, as they are now; a resume point
-- For a later run, should this one be given up: these views, while nobody changes them, have
-- counted each row from the split on.
SELECT
    arrayStringConcat(arraySort(groupArray(hex(sipHash128(uuid, as_select, mark)))), ', ') AS made,
    {split:String} AS made_split
FROM system.tables
    INNER JOIN values('view_database String, view_name String, mark String',
        ('web', 'per_hour_mv', 'b1e67d803a0511d1'),
        ('web', 'per_quarter_mv', 'a0f6be06a4154373'),
        ('web', 'slow_mv', '4f00006682956404')) AS views
        ON database = view_database AND name = view_name
    WHERE (database, name) IN (('web', 'per_hour_mv'), ('web', 'per_quarter_mv'), ('web', 'slow_mv'))
        AND NOT has(splitByString(', ', {views_there:String}), concat(database, '.', name));
SET param_made = ''; -- copy column made of [b1.made]
SET param_made_split = ''; -- copy column made_split of [b1.made]

-- [b1.wait] wait until the split has passed
-- Before that, rows of the history's side may still come: they would be in neither.
-- wait until it returns 1
SELECT
    now64(9) >= toDateTime64({split:DateTime('UTC')}, 9) AS ok,
    concat('until ', toString(toDateTime64({split:DateTime('UTC')}, 9))) AS message;

-- [b1.disk] there is room on the disks for the chunks under way
-- A chunk is staged next to the live table; moving it takes no more room.
-- must return 1; if not: free some space, or make the chunks smaller
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
                WHERE (database, name) IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);

-- [b1.limits] how many parts the live tables may have
-- From how many parts in a partition on the server slows inserts down, from how many it refuses
-- them, and how large the parts are for which that does not count. Each chunk's moves keep
-- below.
SELECT
    arrayMap(limit -> limit.2, limits) AS parts_most,
    arrayMap(limit -> limit.3, limits) AS parts_refused,
    arrayMap(limit -> limit.4, limits) AS parts_large
FROM
(
    SELECT arraySort(groupArray((position, most, refuses, large))) AS limits
    FROM
    (
        SELECT
            indexOf([('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow')], (database, name)) AS position,
            (
                SELECT CAST(groupArray((name, value)), 'Map(String, String)')
                FROM system.merge_tree_settings
                WHERE name IN ('parts_to_delay_insert', 'parts_to_throw_insert',
                    'max_avg_part_size_for_too_many_parts')
            ) AS server,
            toUInt64OrZero(if(match(engine_full, ' parts_to_delay_insert = '),
                extract(engine_full, ' parts_to_delay_insert = (\\d+)'),
                server['parts_to_delay_insert'])) AS delays,
            toUInt64OrZero(if(match(engine_full, ' parts_to_throw_insert = '),
                extract(engine_full, ' parts_to_throw_insert = (\\d+)'),
                server['parts_to_throw_insert'])) AS refuses,
            toUInt64OrZero(if(match(engine_full, ' max_avg_part_size_for_too_many_parts = '),
                extract(engine_full, ' max_avg_part_size_for_too_many_parts = (\\d+)'),
                server['max_avg_part_size_for_too_many_parts'])) AS large,
            if(delays > 0 AND delays < refuses, delays, refuses) AS most
        FROM system.tables
        WHERE database IN ('web', 'web', 'web')
            AND name IN ('per_hour', 'per_quarter', 'slow')
            AND (database, name) IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'))
    )
);
SET param_parts_most = ''; -- copy column parts_most of [b1.limits]
SET param_parts_refused = ''; -- copy column parts_refused of [b1.limits]
SET param_parts_large = ''; -- copy column parts_large of [b1.limits]

-- [b1.bounds] the ranges of time, a chunk each; a resume point
-- Found once and pinned, so that every resume has the same chunks: it reads that column of the
-- whole source, once. A chunk begins where there are rows and ends where the next one begins;
-- the first has no lower end and the last no upper one, so that every row of the history is in
-- one of them. Their ends here are the oldest and the newest row.
SELECT
    toString(toTimeZone(if(number = 1, oldest, begins), 'UTC')) AS lo,
    toString(toTimeZone(if(number = chunks, newest, next), 'UTC')) AS hi,
    multiIf(
        begins IS NULL, 'null',
        chunks = 1, 'only',
        number = 1, 'first',
        number = chunks, 'last',
        '') AS edge
FROM
(
    SELECT
        *,
        row_number() OVER in_order AS number,
        lead(begins) OVER in_order AS next,
        count() OVER (PARTITION BY begins IS NULL) AS chunks
    FROM
    (
        SELECT
            CAST(bfc_begins AS Nullable(DateTime('Europe/Berlin'))) AS begins,
            min(bfc_value) AS lowest,
            max(bfc_value) AS highest,
            CAST(lowest AS Nullable(DateTime('Europe/Berlin'))) AS oldest,
            CAST(highest AS Nullable(DateTime('Europe/Berlin'))) AS newest
        FROM
        (
            SELECT
                time AS bfc_value,
                toStartOfInterval(time, INTERVAL 15 MINUTE) AS bfc_begins
            FROM
web.hits
WHERE time < {split:DateTime('UTC')}
        )
        WHERE bfc_value IS NOT NULL
        GROUP BY bfc_begins
    )
    WINDOW in_order AS (PARTITION BY begins IS NULL ORDER BY oldest)
)
WHERE throwIf(chunks > 100000, 'more than 100000 chunks: take larger steps') = 0
    AND throwIf(ifNull(abs(dateDiff('day', toDateTime64(lowest, 0, 'UTC'), toDateTime64(oldest, 0, 'UTC'))) > 1
        OR abs(dateDiff('day', toDateTime64(highest, 0, 'UTC'), toDateTime64(newest, 0, 'UTC'))) > 1, 0),
        'the source has values that the type of web.hits.time cannot hold: leave them out with where (…), or convert them in the source') = 0
ORDER BY begins IS NULL DESC, number
SETTINGS enable_extended_results_for_datetime_functions = 1,
    optimize_aggregation_in_order = 1,
    max_rows_to_group_by = 100001, group_by_overflow_mode = 'any';

-- ======== 2. Load, verify and publish the history ========

-- [b1.chunks] fill web.per_hour_mv, web.per_quarter_mv, web.slow_mv from web.hits, chunk by
--     chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Once for each row of [b1.bounds], in order:
SET param_lo = ''; -- copy column lo of [b1.bounds]
SET param_hi = ''; -- copy column hi of [b1.bounds]
SET param_edge = ''; -- copy column edge of [b1.bounds]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_per_hour = 'bfc_by_hand_dup_per_hour';
SET param_dup_per_quarter = 'bfc_by_hand_dup_per_quarter';
SET param_dup_slow = 'bfc_by_hand_dup_slow';

-- --- stage ---

-- [b1.chunk.stage.per_hour] a duplicate of web.per_hour
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE web.{dup_per_hour:Identifier} AS web.per_hour
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_quarter] a duplicate of web.per_quarter
CREATE TABLE web.{dup_per_quarter:Identifier} AS web.per_quarter
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.slow] a duplicate of web.slow
CREATE TABLE web.{dup_slow:Identifier} AS web.slow
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- --- load ---

-- [b1.chunk.load.per_hour_mv] the query of web.per_hour_mv over the chunk, into the duplicate
--     of web.per_hour
-- What the view would have written, had it been there. Columns go by name, as they do in a
-- view. Where all of the chunk has one toStartOfHour(time), that is a constant: the same groups
-- by fewer keys. The old analyzer would not take it for one.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO web.{dup_per_hour:Identifier}
(
    hour, page, hits
)
SETTINGS
    optimize_on_insert = 0,
    enable_analyzer = 1
SELECT
    hour, page, hits
FROM
(
SELECT if({edge:String} = ''
    AND toStartOfHour(CAST({lo:DateTime('UTC')} AS DateTime('Europe/Berlin'))) = toStartOfHour(CAST({hi:DateTime('UTC')} AS DateTime('Europe/Berlin')) - 1),
    toStartOfHour(CAST({lo:DateTime('UTC')} AS DateTime('Europe/Berlin'))), toStartOfHour(time)) AS hour, page, count() AS hits
FROM web.hits WHERE (toStartOfHour(time) != '2024-12-17 00:00:00') AND (hits.time < {split:DateTime('UTC')}
    AND (hits.time >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (hits.time < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'))) -- the test
GROUP BY hour, page
);

-- [b1.chunk.load.per_quarter_mv] the query of web.per_quarter_mv over the chunk, into the
--     duplicate of web.per_quarter
-- What the view would have written, had it been there. Columns go by name, as they do in a
-- view. Where all of the chunk has one toStartOfInterval(h.time, INTERVAL 15 MINUTE), that is a
-- constant: the same groups by fewer keys. The old analyzer would not take it for one.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO web.{dup_per_quarter:Identifier}
(
    quarter, day, hits
)
SETTINGS
    optimize_on_insert = 0,
    enable_analyzer = 1
SELECT
    quarter, day, hits
FROM
(
SELECT if({edge:String} = ''
    AND toStartOfInterval(CAST({lo:DateTime('UTC')} AS DateTime('Europe/Berlin')), INTERVAL 15 MINUTE) = toStartOfInterval(CAST({hi:DateTime('UTC')} AS DateTime('Europe/Berlin')) - 1, INTERVAL 15 MINUTE),
    toStartOfInterval(CAST({lo:DateTime('UTC')} AS DateTime('Europe/Berlin')), INTERVAL 15 MINUTE), toStartOfInterval(h.time, INTERVAL 15 MINUTE)) AS quarter, if({edge:String} = ''
    AND toDate(CAST({lo:DateTime('UTC')} AS DateTime('Europe/Berlin')), 'UTC') = toDate(CAST({hi:DateTime('UTC')} AS DateTime('Europe/Berlin')) - 1, 'UTC'),
    toDate(CAST({lo:DateTime('UTC')} AS DateTime('Europe/Berlin')), 'UTC'), toDate(h.time, 'UTC')) AS day, count() AS hits
FROM web.hits AS h WHERE h.time < {split:DateTime('UTC')}
    AND (h.time >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (h.time < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only')) GROUP BY if({edge:String} = ''
    AND toStartOfInterval(CAST({lo:DateTime('UTC')} AS DateTime('Europe/Berlin')), INTERVAL 15 minute) = toStartOfInterval(CAST({hi:DateTime('UTC')} AS DateTime('Europe/Berlin')) - 1, INTERVAL 15 minute),
    toStartOfInterval(CAST({lo:DateTime('UTC')} AS DateTime('Europe/Berlin')), INTERVAL 15 minute), toStartOfInterval(h.time, INTERVAL 15 minute)), day
);

-- [b1.chunk.load.slow_mv] the query of web.slow_mv over the chunk, into the duplicate of
--     web.slow
-- What the view would have written, had it been there. Columns go by name, as they do in a
-- view. What the views write to web.per_quarter is not verified by counts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO web.{dup_slow:Identifier}
(
    time, hits
)
SETTINGS
    optimize_on_insert = 0
SELECT
    time, hits
FROM
(
SELECT toStartOfHour(hits.time) AS time, count() AS hits FROM web.hits WHERE (ms > 1000) AND (hits.time < {split:DateTime('UTC')}
    AND (hits.time >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (hits.time < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'))) GROUP BY time
);

-- [b1.chunk.verify.per_hour] every group of web.per_hour is staged
-- The views' queries over the chunk's rows, against what was staged. It costs another look at
-- these rows, at the columns that make the groups or the conditions.
-- must return 1; if not: nothing was published and the staged tables are kept until the next
--     run: look at them, then run the same command again
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(hour AS Nullable(DateTime('Europe/Berlin'))), defaultValueOfTypeName('DateTime(\'Europe/Berlin\')')), ifNull(CAST(page AS Nullable(String)), defaultValueOfTypeName('String'))
FROM
(
SELECT toStartOfHour(time) AS hour, page, count() AS hits
FROM web.hits WHERE (toStartOfHour(time) != '2024-12-17 00:00:00') AND (hits.time < {split:DateTime('UTC')}
    AND (hits.time >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (hits.time < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'))) -- the test
GROUP BY hour, page
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT hour, page
    FROM web.{dup_per_hour:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for web.per_hour: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.slow] every group of web.slow is staged
-- must return 1
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(time AS Nullable(DateTime)), defaultValueOfTypeName('DateTime'))
FROM
(
SELECT toStartOfHour(hits.time) AS time, count() AS hits FROM web.hits WHERE (ms > 1000) AND (hits.time < {split:DateTime('UTC')}
    AND (hits.time >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (hits.time < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'))) GROUP BY time
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT time
    FROM web.{dup_slow:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for web.slow: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
SELECT
    ['web.per_hour', 'web.per_quarter', 'web.slow'][position] AS seal_table,
    partition_id AS seal_partition,
    count() AS seal_parts,
    sum(rows) AS seal_rows,
    sum(bytes_on_disk) AS seal_bytes,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids,
    any(live.block) AS seal_block
FROM
(
    SELECT
        indexOf([('web', {dup_per_hour:String}), ('web', {dup_per_quarter:String}), ('web', {dup_slow:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('web', {dup_per_hour:String}), ('web', {dup_per_quarter:String}), ('web', {dup_slow:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'))
    GROUP BY position
) AS live ON live.position = staged.position
GROUP BY position, partition_id
ORDER BY position, partition_id;

-- [b1.chunk.merges] merges of the live tables keep up
-- The server slows down inserts into a table with many parts in a partition, and refuses them
-- in the end. A move is let in whatever it brings, and could shut the door on live inserts.
-- wait until it returns 1
SELECT
    empty(behind) AS ok,
    arrayStringConcat(behind, '; ') AS message
FROM
(
    SELECT groupArray(concat('merges of ', ['web.per_hour', 'web.per_quarter', 'web.slow'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow')], (database, table)),
                indexOf([('web', {dup_per_hour:String}), ('web', {dup_per_quarter:String}), ('web', {dup_slow:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'))) AS parts,
            countIf((database, table) NOT IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'))) AS bytes,
            {parts_most:Array(UInt64)}[position] AS most,
            {parts_refused:Array(UInt64)}[position] AS refuses,
            {parts_large:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'), ('web', {dup_per_hour:String}), ('web', {dup_per_quarter:String}), ('web', {dup_slow:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b1.chunk.move.per_hour] move the chunk into web.per_hour
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_hour':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE web.{dup_per_hour:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.per_hour;

-- [b1.chunk.move.per_quarter] move the chunk into web.per_quarter
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_quarter':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE web.{dup_per_quarter:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.per_quarter;

-- [b1.chunk.move.slow] move the chunk into web.slow
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.slow':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE web.{dup_slow:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.slow;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('web', {dup_per_hour:String}), ('web', {dup_per_quarter:String}), ('web', {dup_slow:String}));

-- --- finish ---

-- [b1.chunk.drop.per_hour] drop the staged per_hour
-- It is empty or was given up.
DROP TABLE IF EXISTS web.{dup_per_hour:Identifier} SYNC;
-- [b1.chunk.drop.per_quarter] drop the staged per_quarter
DROP TABLE IF EXISTS web.{dup_per_quarter:Identifier} SYNC;
-- [b1.chunk.drop.slow] drop the staged slow
DROP TABLE IF EXISTS web.{dup_slow:Identifier} SYNC;

-- ======== 3. Clean up ========

-- [b1.declared.per_hour_mv] web.per_hour_mv as declared, without the split
-- All history is in: rows that come late count again. The same query again changes nothing.
ALTER TABLE web.per_hour_mv
MODIFY QUERY
SELECT toStartOfHour(time) AS hour, page, count() AS hits
FROM web.hits WHERE toStartOfHour(time) != '2024-12-17 00:00:00' -- the test
GROUP BY hour, page;

-- [b1.declared.per_quarter_mv] web.per_quarter_mv as declared, without the split
ALTER TABLE web.per_quarter_mv
MODIFY QUERY
SELECT toStartOfInterval(h.time, INTERVAL 15 MINUTE) AS quarter, toDate(h.time, 'UTC') AS day, count() AS hits
FROM web.hits AS h GROUP BY toStartOfInterval(h.time, INTERVAL 15 minute), day;

-- [b1.declared.slow_mv] web.slow_mv as declared, without the split
ALTER TABLE web.slow_mv
MODIFY QUERY
SELECT toStartOfHour(hits.time) AS time, count() AS hits FROM web.hits WHERE ms > 1000 GROUP BY time;

-- ======== 4. Make sure that everything is there and nothing stands in the way ========

-- [b2.grants] the user may stage and move in web (rounded.bf:34)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE
--     TABLE, DROP TABLE ON web.* TO the user of this run
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON web.*;

-- [b2.grants.system] the user may read what the checks read and use the tables' engines
-- must return 1; if not: grant what is missing: GRANT SELECT ON system.parts, SELECT ON
--     system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON
--     system.merge_tree_settings, TABLE ENGINE ON SummingMergeTree TO the user of this run
CHECK GRANT SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON system.merge_tree_settings, TABLE ENGINE ON SummingMergeTree;

-- [b2.engines] the tables to fill are of engines that staging works with
-- Staged rows reach a table by MOVE PARTITION, which tables of the MergeTree family on one
-- server have.
-- must return 1; if not: replicated and shared tables are not supported yet; a table of engine
--     Null is declared with `table` and its engine
SELECT
    empty(others) AS ok,
    concat('cannot stage for: ', arrayStringConcat(others, ', ')) AS message
FROM
(
    SELECT groupArray(concat(database, '.', name, ' (', engine, ')')) AS others
    FROM system.tables
    WHERE (database, name) IN (('web', 'calls_per_day'))
        AND (engine NOT LIKE '%MergeTree'
            OR startsWith(engine, 'Replicated')
            OR startsWith(engine, 'Shared'))
);

-- [b2.views] every view on the tables to fill is declared or ignored
-- A view that this plan does not know would not get the history, and nobody would notice.
-- must return 1; if not: declare each view in the migration, as 'view NAME to TARGET as SELECT
--     …', or write 'ignore view NAME;' when it shall not get this history
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
        WHERE (database, name) IN (('web', 'calls_per_day'))
    )
        AND (database, name) NOT IN (('', ''), ('web', 'calls_per_day_mv'))
);

-- [b2.mutations] no mutation is pending on the tables to read and to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('web', 'calls_per_day'), ('web', 'calls'));

-- [b2.disk] there is room on the disks for the chunks under way
-- A chunk is staged next to the live table; moving it takes no more room.
-- must return 1; if not: free some space, or make the chunks smaller
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
                WHERE (database, name) IN (('web', 'calls_per_day'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);

-- [b2.limits] how many parts the live tables may have
-- From how many parts in a partition on the server slows inserts down, from how many it refuses
-- them, and how large the parts are for which that does not count. Each chunk's moves keep
-- below.
SELECT
    arrayMap(limit -> limit.2, limits) AS parts_most_b2,
    arrayMap(limit -> limit.3, limits) AS parts_refused_b2,
    arrayMap(limit -> limit.4, limits) AS parts_large_b2
FROM
(
    SELECT arraySort(groupArray((position, most, refuses, large))) AS limits
    FROM
    (
        SELECT
            indexOf([('web', 'calls_per_day')], (database, name)) AS position,
            (
                SELECT CAST(groupArray((name, value)), 'Map(String, String)')
                FROM system.merge_tree_settings
                WHERE name IN ('parts_to_delay_insert', 'parts_to_throw_insert',
                    'max_avg_part_size_for_too_many_parts')
            ) AS server,
            toUInt64OrZero(if(match(engine_full, ' parts_to_delay_insert = '),
                extract(engine_full, ' parts_to_delay_insert = (\\d+)'),
                server['parts_to_delay_insert'])) AS delays,
            toUInt64OrZero(if(match(engine_full, ' parts_to_throw_insert = '),
                extract(engine_full, ' parts_to_throw_insert = (\\d+)'),
                server['parts_to_throw_insert'])) AS refuses,
            toUInt64OrZero(if(match(engine_full, ' max_avg_part_size_for_too_many_parts = '),
                extract(engine_full, ' max_avg_part_size_for_too_many_parts = (\\d+)'),
                server['max_avg_part_size_for_too_many_parts'])) AS large,
            if(delays > 0 AND delays < refuses, delays, refuses) AS most
        FROM system.tables
        WHERE database IN ('web')
            AND name IN ('calls_per_day')
            AND (database, name) IN (('web', 'calls_per_day'))
    )
);
SET param_parts_most_b2 = ''; -- copy column parts_most_b2 of [b2.limits]
SET param_parts_refused_b2 = ''; -- copy column parts_refused_b2 of [b2.limits]
SET param_parts_large_b2 = ''; -- copy column parts_large_b2 of [b2.limits]

-- [b2.grants.pause] the user may see INSERTs under way, and make the snapshot and the views
-- A grant that is missing would stop the run while ingest is paused.
-- must return 1; if not: grant what is missing: GRANT SELECT ON system.processes, SELECT ON
--     system.asynchronous_inserts, SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON
--     web.* TO the user of this run
CHECK GRANT SELECT ON system.processes, SELECT ON system.asynchronous_inserts, SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON web.*;

-- [b2.feeders] the tables whose rows come to web.calls
-- INSERTs into these are waited for: the table's own, and those that views carry on to it.
WITH RECURSIVE
    carried AS
    (
        SELECT
            edges.origin AS source,
            replaceAll(extract(views.create_table_query, '^CREATE MATERIALIZED VIEW (?:`(?:[^`\\\\]|\\\\.)*`|[^ .`]+)\\.(?:`(?:[^`\\\\]|\\\\.)*`|[^ .`]+) TO ((?:`(?:[^`\\\\]|\\\\.)*`|[^ .`]+)\\.(?:`(?:[^`\\\\]|\\\\.)*`|[^ .`]+))'), '`', '') AS target
        FROM
        (
            SELECT
                concat(database, '.', name) AS origin,
                arrayJoin(arrayZip(dependencies_database, dependencies_table)) AS fired
            FROM system.tables
        ) AS edges
        INNER JOIN system.tables AS views
            ON views.database = tupleElement(edges.fired, 1)
                AND views.name = tupleElement(edges.fired, 2)
    ),
    feeders AS
    (
        SELECT 'web.calls' AS name
        UNION ALL
        SELECT carried.source
        FROM feeders
        INNER JOIN carried ON carried.target = feeders.name
    )
SELECT
    toString(arraySort(groupUniqArray(splitByChar('.', name)[-1]))) AS feeders_b2,
    toString(arraySort(groupUniqArray(name))) AS fed_by_b2
FROM feeders;
SET param_feeders_b2 = ''; -- copy column feeders_b2 of [b2.feeders]
SET param_fed_by_b2 = ''; -- copy column fed_by_b2 of [b2.feeders]

-- [b2.new] none of the views is there yet
-- A view that is there has been counting since it was made: these rows would count twice.
-- must return 1; if not: drop the view and empty its target, so that the history fills it; or
--     take its backfill out of the migration
SELECT
    count() = 0 AS ok,
    concat('already there: ', arrayStringConcat(arraySort(groupArray(concat(database, '.', name))), ', ')) AS message
FROM system.tables
WHERE (database, name) IN (('web', 'calls_per_day_mv'));

-- [b2.snapshot.name] names that were never used: for the snapshot, and for what is taken back
-- A statement of a run that was killed may come late: it must not write into this snapshot, nor
-- drop the views of a later run.
WITH lower(hex(generateUUIDv4())) AS id
SELECT
    concat('bfc_2b2a51df_s2_', id, '_', 'calls') AS frozen_calls_b2,
    concat('bfc_2b2a51df_u2_', id, '_0') AS aside_0_b2,
    concat('bfc_2b2a51df_u2_', id, '_1') AS aside_1_b2;
SET param_frozen_calls_b2 = ''; -- copy column frozen_calls_b2 of [b2.snapshot.name]
SET param_aside_0_b2 = ''; -- copy column aside_0_b2 of [b2.snapshot.name]
SET param_aside_1_b2 = ''; -- copy column aside_1_b2 of [b2.snapshot.name]

-- [b2.snapshot.table] an empty table for the snapshot of web.calls
-- Its parts are never merged: it stays as it was in the pause.
CREATE TABLE IF NOT EXISTS web.{frozen_calls_b2:Identifier} AS web.calls
SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1,
    max_bytes_to_merge_at_min_space_in_pool = 1;

-- [b2.pause] ingest is paused
-- The command runs on the machine of this program, by /bin/sh, without the migration's secrets;
-- its exit code is believed.
-- on the client, at most 300 s: /bin/sh -c stop

-- [b2.quiet] no row comes to web.calls any more
-- INSERTs under way are waited for, and so are asynchronous ones that were not written yet; and
-- nothing may have come between two looks.
-- wait until it returns 1 twice in a row, half a second apart, with the same message
SELECT
    inserts = 0 AND waiting = 0 AS ok,
    concat(toString(inserts), ' INSERTs are under way, ', toString(waiting),
        ' asynchronous ones wait; blocks ', blocks) AS message
FROM
(
    SELECT
        (
            WITH
                extractGroups(ifNull(formatQuerySingleLineOrNull(query), ''),
                    '^INSERT INTO (?:(`[^`\\\\]*`|\\w+)\\.)?(`[^`\\\\]*`|\\w+)(?: |$)') AS target,
                if(target[1] = '' AND query_kind = 'Insert', current_database,
                    replaceAll(target[1], '`', '')) AS in_database,
                replaceAll(target[2], '`', '') AS in_table
            SELECT count()
            FROM system.processes
            WHERE query_kind IN ('Insert', 'AsyncInsertFlush')
                AND NOT startsWith(query_id, 'bfc-2b2a51df-')
                AND multiSearchAny(query, {feeders_b2:Array(String)})
                AND (in_table = 'FUNCTION'
                    OR has({fed_by_b2:Array(String)}, concat(in_database, '.', in_table))
                    OR (in_database, in_table) NOT IN
                    (
                        SELECT database, name
                        FROM system.tables
                        WHERE engine LIKE '%MergeTree' OR engine IN ('Null', 'Memory')
                    ))
        ) AS inserts,
        (
            SELECT count()
            FROM system.asynchronous_inserts
            WHERE has({feeders_b2:Array(String)}, table)
                AND (database = '' OR has({fed_by_b2:Array(String)}, concat(database, '.', table)))
        ) AS waiting,
        (
            SELECT toString(cityHash64(arraySort(groupArray((database, table, partition_id, block)))))
            FROM
            (
                SELECT database, table, partition_id, max(max_block_number) AS block
                FROM system.parts
                WHERE active AND rows > 0 AND (database, table) IN (('web', 'calls'))
                GROUP BY database, table, partition_id
            )
        ) AS blocks
);

-- [b2.mark] what is in the table, and in the tables to fill, by their newest blocks
-- Whether a row came later is told by it.
SELECT
        (
            SELECT toString(cityHash64(arraySort(groupArray((database, table, partition_id, block)))))
            FROM
            (
                SELECT database, table, partition_id, max(max_block_number) AS block
                FROM system.parts
                WHERE active AND rows > 0 AND (database, table) IN (('web', 'calls'))
                GROUP BY database, table, partition_id
            )
        ) AS source_blocks_b2,
        (
            SELECT toString(cityHash64(arraySort(groupArray((database, table, partition_id, block)))))
            FROM
            (
                SELECT database, table, partition_id, max(max_block_number) AS block
                FROM system.parts
                WHERE active AND rows > 0 AND (database, table) IN (('web', 'calls_per_day'))
                GROUP BY database, table, partition_id
            )
        ) AS target_blocks_b2;
SET param_source_blocks_b2 = ''; -- copy column source_blocks_b2 of [b2.mark]
SET param_target_blocks_b2 = ''; -- copy column target_blocks_b2 of [b2.mark]

-- [b2.snapshot.partitions] the partitions of web.calls
-- It reads nothing of the table.
SELECT DISTINCT partition_id AS frozen_partition_b2
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'web'
    AND table = 'calls'
ORDER BY partition_id;

-- [b2.snapshot] into the snapshot, by hard links
-- No data is read or written. The same again replaces them by themselves.
-- Once for each row of [b2.snapshot.partitions]:
SET param_frozen_partition_b2 = ''; -- copy column frozen_partition_b2 of [b2.snapshot.partitions]
ALTER TABLE web.{frozen_calls_b2:Identifier}
REPLACE PARTITION ID {frozen_partition_b2:String} FROM web.calls;

-- [b2.frozen] the snapshot has as many rows as the table
-- Counted by their parts: no data is read. An engine that merges rows away may do so in the
-- table meanwhile, but never in the snapshot.
-- must return 1; if not: something still writes to the table: see system.query_log, and pause
--     that too
SELECT
    (snapshot_rows = source_rows OR (engine != 'MergeTree' AND snapshot_rows > source_rows)) AS ok,
    concat(toString(snapshot_rows), ' rows in the snapshot, ', toString(source_rows), ' in the table') AS message
FROM
(
    SELECT
        sumIf(rows, table = 'calls') AS source_rows,
        sumIf(rows, table = {frozen_calls_b2:String}) AS snapshot_rows,
        (SELECT any(engine) FROM system.tables WHERE database = 'web' AND name = 'calls') AS engine
    FROM system.parts
    WHERE active AND database = 'web' AND table IN ('calls', {frozen_calls_b2:String})
);

-- [b2.unseen] none of the views is there yet
-- Looked at again: one that came since would have counted rows.
-- must return 1
SELECT
    count() = 0 AS ok,
    concat('already there: ', arrayStringConcat(arraySort(groupArray(concat(database, '.', name))), ', ')) AS message
FROM system.tables
WHERE (database, name) IN (('web', 'calls_per_day_mv'));

-- [b2.view.calls_per_day_mv] web.calls_per_day_mv, as declared
-- It counts every row that comes once ingest goes on.
CREATE MATERIALIZED VIEW IF NOT EXISTS web.calls_per_day_mv
TO web.calls_per_day
AS
SELECT toDate(at) AS day, page, count() AS calls FROM web.calls GROUP BY day, page;

-- [b2.whole] no row has come since the pause began, and the views stand; a resume point
-- What is in the table now is in the snapshot; what comes from now on comes to the views. An
-- INSERT under way may bring nothing, or go elsewhere: as long as no row came it is waited for.
-- wait until it returns 1; -1 is never: something still wrote to the table while ingest was
--     paused: see system.query_log, and pause that too; then the same command begins again
SELECT
    multiIf(blocks != {source_blocks_b2:String} OR NOT (snapshot_rows = source_rows OR (engine != 'MergeTree' AND snapshot_rows > source_rows)), -1,
        inserts = 0 AND waiting = 0, 1, 0) AS ok,
    concat(if(blocks = {source_blocks_b2:String}, '', 'rows came in the pause; '), toString(inserts), ' INSERTs are under way, ',
        toString(waiting), ' asynchronous ones wait; ', toString(snapshot_rows),
        ' rows in the snapshot, ', toString(source_rows), ' in the table') AS message
FROM
(
    SELECT
        (
            WITH
                extractGroups(ifNull(formatQuerySingleLineOrNull(query), ''),
                    '^INSERT INTO (?:(`[^`\\\\]*`|\\w+)\\.)?(`[^`\\\\]*`|\\w+)(?: |$)') AS target,
                if(target[1] = '' AND query_kind = 'Insert', current_database,
                    replaceAll(target[1], '`', '')) AS in_database,
                replaceAll(target[2], '`', '') AS in_table
            SELECT count()
            FROM system.processes
            WHERE query_kind IN ('Insert', 'AsyncInsertFlush')
                AND NOT startsWith(query_id, 'bfc-2b2a51df-')
                AND multiSearchAny(query, {feeders_b2:Array(String)})
                AND (in_table = 'FUNCTION'
                    OR has({fed_by_b2:Array(String)}, concat(in_database, '.', in_table))
                    OR (in_database, in_table) NOT IN
                    (
                        SELECT database, name
                        FROM system.tables
                        WHERE engine LIKE '%MergeTree' OR engine IN ('Null', 'Memory')
                    ))
        ) AS inserts,
        (
            SELECT count()
            FROM system.asynchronous_inserts
            WHERE has({feeders_b2:Array(String)}, table)
                AND (database = '' OR has({fed_by_b2:Array(String)}, concat(database, '.', table)))
        ) AS waiting,
        (
            SELECT toString(cityHash64(arraySort(groupArray((database, table, partition_id, block)))))
            FROM
            (
                SELECT database, table, partition_id, max(max_block_number) AS block
                FROM system.parts
                WHERE active AND rows > 0 AND (database, table) IN (('web', 'calls'))
                GROUP BY database, table, partition_id
            )
        ) AS blocks,
        sumIf(rows, table = 'calls') AS source_rows,
        sumIf(rows, table = {frozen_calls_b2:String}) AS snapshot_rows,
        (SELECT any(engine) FROM system.tables WHERE database = 'web' AND name = 'calls') AS engine
    FROM system.parts
    WHERE active AND database = 'web' AND table IN ('calls', {frozen_calls_b2:String})
);

-- [b2.resume] ingest goes on
-- The command has to work also when ingest runs already: after a failure it may run twice.
-- on the client, at most 300 s: /bin/sh -c start

-- [b2.bounds] the ranges of at, a chunk each; a resume point
-- Found once and pinned, so that every resume has the same chunks: it reads that column of the
-- whole source, once. A chunk begins where there are rows and ends where the next one begins;
-- the first has no lower end and the last no upper one, so that every row of the history is in
-- one of them. Their ends here are the oldest and the newest row.
SELECT
    toString(toTimeZone(if(number = 1, oldest, begins), 'UTC')) AS lo_b2,
    toString(toTimeZone(if(number = chunks, newest, next), 'UTC')) AS hi_b2,
    multiIf(
        begins IS NULL, 'null',
        chunks = 1, 'only',
        number = 1, 'first',
        number = chunks, 'last',
        '') AS edge_b2
FROM
(
    SELECT
        *,
        row_number() OVER in_order AS number,
        lead(begins) OVER in_order AS next,
        count() OVER (PARTITION BY begins IS NULL) AS chunks
    FROM
    (
        SELECT
            CAST(bfc_begins AS Nullable(DateTime64(3))) AS begins,
            min(bfc_value) AS lowest,
            max(bfc_value) AS highest,
            CAST(lowest AS Nullable(DateTime64(3))) AS oldest,
            CAST(highest AS Nullable(DateTime64(3))) AS newest
        FROM
        (
            SELECT
                at AS bfc_value,
                toStartOfInterval(at, INTERVAL 6 HOUR) AS bfc_begins
            FROM
web.{frozen_calls_b2:Identifier}
WHERE (
page != ''
    )
        )
        WHERE bfc_value IS NOT NULL
        GROUP BY bfc_begins
    )
    WINDOW in_order AS (PARTITION BY begins IS NULL ORDER BY oldest)
)
WHERE throwIf(chunks > 100000, 'more than 100000 chunks: take larger steps') = 0
    AND throwIf(ifNull(abs(dateDiff('day', toDateTime64(lowest, 0, 'UTC'), toDateTime64(oldest, 0, 'UTC'))) > 1
        OR abs(dateDiff('day', toDateTime64(highest, 0, 'UTC'), toDateTime64(newest, 0, 'UTC'))) > 1, 0),
        'the source has values that the type of web.calls.at cannot hold: leave them out with where (…), or convert them in the source') = 0
ORDER BY begins IS NULL DESC, number
SETTINGS enable_extended_results_for_datetime_functions = 1,
    optimize_aggregation_in_order = 1,
    max_rows_to_group_by = 100001, group_by_overflow_mode = 'any';

-- ======== 5. Load, verify and publish the history ========

-- [b2.chunks] fill web.calls_per_day_mv from web.calls, chunk by chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Once for each row of [b2.bounds], in order:
SET param_lo_b2 = ''; -- copy column lo_b2 of [b2.bounds]
SET param_hi_b2 = ''; -- copy column hi_b2 of [b2.bounds]
SET param_edge_b2 = ''; -- copy column edge_b2 of [b2.bounds]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_calls_per_day_b2 = 'bfc_by_hand_dup_calls_per_day_b2';

-- --- stage ---

-- [b2.chunk.stage.calls_per_day] a duplicate of web.calls_per_day
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE web.{dup_calls_per_day_b2:Identifier} AS web.calls_per_day
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- --- load ---

-- [b2.chunk.load.calls_per_day_mv] the query of web.calls_per_day_mv over the chunk, into the
--     duplicate of web.calls_per_day
-- What the view would have written, had it been there. Columns go by name, as they do in a
-- view. Where all of the chunk has one toDate(at), that is a constant: the same groups by fewer
-- keys. The old analyzer would not take it for one.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO web.{dup_calls_per_day_b2:Identifier}
(
    day, page, calls
)
SETTINGS
    optimize_on_insert = 0,
    enable_analyzer = 1
SELECT
    day, page, calls
FROM
(
SELECT if({edge_b2:String} = ''
    AND toYear(CAST({lo_b2:DateTime64(3, 'UTC')} AS DateTime64(3))) = toYear(CAST({hi_b2:DateTime64(3, 'UTC')} AS DateTime64(3)) - toIntervalMillisecond(1))
    AND toDate(CAST({lo_b2:DateTime64(3, 'UTC')} AS DateTime64(3))) = toDate(CAST({hi_b2:DateTime64(3, 'UTC')} AS DateTime64(3)) - toIntervalMillisecond(1)),
    toDate(CAST({lo_b2:DateTime64(3, 'UTC')} AS DateTime64(3))), toDate(at)) AS day, page, count() AS calls FROM (SELECT at, day, page FROM web.{frozen_calls_b2:Identifier} WHERE (at >= {lo_b2:DateTime64(3, 'UTC')} OR {edge_b2:String} IN ('first', 'only'))
    AND (at < {hi_b2:DateTime64(3, 'UTC')} OR {edge_b2:String} IN ('last', 'only'))
    AND (
page != ''
    )) AS calls GROUP BY day, page
);

-- [b2.chunk.verify.calls_per_day] every group of web.calls_per_day is staged
-- The views' queries over the chunk's rows, against what was staged. It costs another look at
-- these rows, at the columns that make the groups or the conditions.
-- must return 1; if not: nothing was published and the staged tables are kept until the next
--     run: look at them, then run the same command again
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(day AS Nullable(Date)), defaultValueOfTypeName('Date')), ifNull(CAST(page AS Nullable(String)), defaultValueOfTypeName('String'))
FROM
(
SELECT toDate(at) AS day, page, count() AS calls FROM (SELECT at, day, page FROM web.{frozen_calls_b2:Identifier} WHERE (at >= {lo_b2:DateTime64(3, 'UTC')} OR {edge_b2:String} IN ('first', 'only'))
    AND (at < {hi_b2:DateTime64(3, 'UTC')} OR {edge_b2:String} IN ('last', 'only'))
    AND (
page != ''
    )) AS calls GROUP BY day, page
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT day, page
    FROM web.{dup_calls_per_day_b2:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for web.calls_per_day: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b2.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
SELECT
    ['web.calls_per_day'][position] AS seal_table_b2,
    partition_id AS seal_partition_b2,
    count() AS seal_parts_b2,
    sum(rows) AS seal_rows_b2,
    sum(bytes_on_disk) AS seal_bytes_b2,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids_b2,
    any(live.block) AS seal_block_b2
FROM
(
    SELECT
        indexOf([('web', {dup_calls_per_day_b2:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('web', {dup_calls_per_day_b2:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('web', 'calls_per_day')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('web', 'calls_per_day'))
    GROUP BY position
) AS live ON live.position = staged.position
GROUP BY position, partition_id
ORDER BY position, partition_id;

-- [b2.chunk.merges] merges of the live tables keep up
-- The server slows down inserts into a table with many parts in a partition, and refuses them
-- in the end. A move is let in whatever it brings, and could shut the door on live inserts.
-- wait until it returns 1
SELECT
    empty(behind) AS ok,
    arrayStringConcat(behind, '; ') AS message
FROM
(
    SELECT groupArray(concat('merges of ', ['web.calls_per_day'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('web', 'calls_per_day')], (database, table)),
                indexOf([('web', {dup_calls_per_day_b2:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('web', 'calls_per_day'))) AS parts,
            countIf((database, table) NOT IN (('web', 'calls_per_day')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('web', 'calls_per_day'))) AS bytes,
            {parts_most_b2:Array(UInt64)}[position] AS most,
            {parts_refused_b2:Array(UInt64)}[position] AS refuses,
            {parts_large_b2:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('web', 'calls_per_day'), ('web', {dup_calls_per_day_b2:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b2.chunk.move.calls_per_day] move the chunk into web.calls_per_day
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b2.chunk.seal] with seal_table_b2 = 'web.calls_per_day':
SET param_seal_partition_b2 = ''; -- copy column seal_partition_b2 of [b2.chunk.seal]
ALTER TABLE web.{dup_calls_per_day_b2:Identifier}
MOVE PARTITION ID {seal_partition_b2:String} TO TABLE web.calls_per_day;

-- [b2.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('web', {dup_calls_per_day_b2:String}));

-- --- finish ---

-- [b2.chunk.drop.calls_per_day] drop the staged calls_per_day
-- It is empty or was given up.
DROP TABLE IF EXISTS web.{dup_calls_per_day_b2:Identifier} SYNC;

-- ======== 6. Clean up ========

-- [b2.snapshot.drop] drop the snapshot
-- All of it is in the views' targets.
DROP TABLE IF EXISTS web.{frozen_calls_b2:Identifier} SYNC;

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind. All their names begin with this
-- migration's tag.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('web')
    AND startsWith(name, 'bfc_2b2a51df_')
ORDER BY engine LIKE '%View' DESC, database, name;

-- [finish.sweep] drop them
-- Views go first, so that nothing fires on a table that is being dropped. Every chunk was
-- published or thrown away by now, so nothing in them is wanted.
-- Once for each row of [finish.leftovers]:
SET param_sweep_database = ''; -- copy column sweep_database of [finish.leftovers]
SET param_sweep_name = ''; -- copy column sweep_name of [finish.leftovers]
DROP TABLE IF EXISTS {sweep_database:Identifier}.{sweep_name:Identifier} SYNC;

-- ======== Appendix: what is put back at any end ========

-- From [b2.pause] until [b2.resume] ingest is paused. When the run ends in between for whatever
-- reason, by a kill too (then the next run does it), all of this is done; what is taken back
-- only where [b2.whole] is not done yet. At most 300 s until then, or the run fails.

-- [b2.undo.found] the snapshot under its own name, when the server died while it was set aside
-- RENAME TABLE IF EXISTS web.{aside_0_b2:Identifier} TO web.{frozen_calls_b2:Identifier};

-- [b2.undo.views] set the views aside, while the snapshot is there
-- The snapshot is not whole: what these views count would be in the next one, too. It is
-- renamed and back: without it nothing is done, and there is nothing to do.
-- RENAME TABLE
--     web.{frozen_calls_b2:Identifier} TO web.{aside_0_b2:Identifier},
--     IF EXISTS web.calls_per_day_mv TO web.{aside_1_b2:Identifier},
--     web.{aside_0_b2:Identifier} TO web.{frozen_calls_b2:Identifier};

-- [b2.undo.view.calls_per_day_mv] take web.calls_per_day_mv back
-- DROP VIEW IF EXISTS web.{aside_1_b2:Identifier} SYNC;
-- [b2.undo.snapshot] drop the snapshot
-- DROP TABLE IF EXISTS web.{frozen_calls_b2:Identifier} SYNC;

-- [b2.undo.targets] the views that were taken back have counted nothing
-- No row came to the table since they were made, or none to their targets, or the targets are
-- empty.
-- must return 1; if not: these rows would count twice: take them out (TRUNCATE TABLE, where the
--     tables had no others), then the same command begins again: ('web', 'calls_per_day')
-- SELECT
--     source = {source_blocks_b2:String} OR targets = {target_blocks_b2:String} OR target_rows = 0 AS ok,
--     concat('rows came to the table before ingest was to go on, and to the tables to fill, which hold ', toString(target_rows), ' rows now') AS message
-- FROM
-- (
--     SELECT
--         (
--             SELECT toString(cityHash64(arraySort(groupArray((database, table, partition_id, block)))))
--             FROM
--             (
--                 SELECT database, table, partition_id, max(max_block_number) AS block
--                 FROM system.parts
--                 WHERE active AND rows > 0 AND (database, table) IN (('web', 'calls'))
--                 GROUP BY database, table, partition_id
--             )
--         ) AS source,
--         (
--             SELECT toString(cityHash64(arraySort(groupArray((database, table, partition_id, block)))))
--             FROM
--             (
--                 SELECT database, table, partition_id, max(max_block_number) AS block
--                 FROM system.parts
--                 WHERE active AND rows > 0 AND (database, table) IN (('web', 'calls_per_day'))
--                 GROUP BY database, table, partition_id
--             )
--         ) AS targets,
--         (
--             SELECT sum(rows)
--             FROM system.parts
--             WHERE active AND (database, table) IN (('web', 'calls_per_day'))
--         ) AS target_rows
-- );

-- [b2.undo.resume] ingest goes on
-- The command has to work also when ingest runs already: after a failure it may run twice.
-- on the client, at most 300 s: /bin/sh -c start

-- ======== Appendix: after an interruption ========

-- Only for a chunk that is sealed and whose moves did not all return: a server that was killed
-- in the middle of a move may have parts in both tables. Before the moves are repeated, for
-- each table: take out of the duplicate what has arrived, and make sure that nothing of the
-- rest can have. The names are those of the interrupted attempt.

-- [b1.chunk.settled] nothing is left of a move that failed (rounded.bf:29)
-- A move that could not be finished, for want of space say, was rolled back. Its parts stay
-- inactive until the server has cleaned them up, which takes half a minute, and up to five
-- (max_cleanup_delay_period) where little happens to the tables: a part moved again would be
-- double if the server restarted before.
-- wait until it returns 1
SELECT
    count() = 0 AS ok,
    concat(toString(count()), ' parts of a move that failed are not cleaned up by the server yet') AS message
FROM system.parts
WHERE NOT active
    AND _state != 'Temporary'
    AND toUInt32(remove_time) = 0
    AND ((database, table) IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'))
        AND uuid IN
        (
            SELECT uuid
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('web', {dup_per_hour:String}), ('web', {dup_per_quarter:String}), ('web', {dup_slow:String}))
        )
        OR (database, table, min_block_number) IN
        (
            SELECT database, table, min_block_number
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('web', {dup_per_hour:String}), ('web', {dup_per_quarter:String}), ('web', {dup_slow:String}))
        ));

-- [b1.chunk.already.per_hour] parts that an interrupted move brought to web.per_hour already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not.
SELECT name AS already_part_per_hour
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'web'
    AND table = {dup_per_hour:String}
    AND uuid IN
    (
        SELECT uuid
        FROM system.parts
        WHERE database = 'web'
            AND table = 'per_hour'
            AND (active
                OR remove_time > modification_time
                OR remove_time > now() - uptime() + 1)
    )
ORDER BY name;

-- [b1.chunk.arrived.per_hour] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Its rows are in the live table.
-- repeat: it looks at what is there first
-- Once for each row of [b1.chunk.already.per_hour]:
SET param_already_part_per_hour = ''; -- copy column already_part_per_hour of [b1.chunk.already.per_hour]
ALTER TABLE web.{dup_per_hour:Identifier}
DROP PART {already_part_per_hour:String};

-- [b1.chunk.evidence.per_hour] nothing of the rest is hidden in web.per_hour
-- After a restart of the server a moved part may have been merged away and its UUID forgotten.
-- Moving it again would double it, and dropping one that never arrived would lose it, so a
-- doubt stops the run.
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back. Which live rows
-- are this chunk's can't be told here by a condition, so a doubt stays one.
-- must return 1; if not: nothing was touched: the staged tables hold the rest of the chunk.
--     Compare the partition with its source; when the rest is missing in the live table, move
--     it with ALTER TABLE … MOVE PARTITION, when it is there, drop it from the staged table;
--     then run the same command again
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_hour':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]
WITH
    (
        SELECT sum(rows)
        FROM system.parts
        WHERE active
            AND database = 'web'
            AND table = {dup_per_hour:String}
            AND partition_id = {seal_partition:String}
    ) AS left_rows,
    (
        SELECT arraySort(groupUniqArray(min_block_number))
        FROM system.parts
        WHERE database = 'web'
            AND table = 'per_hour'
            AND level = 0
            AND min_block_number = max_block_number
            AND data_version = min_block_number
            AND min_block_number > {seal_block:Int64}
    ) AS listed,
    (
        SELECT groupArray(name)
        FROM system.parts
        WHERE database = 'web'
            AND table = 'per_hour'
            AND partition_id = {seal_partition:String}
            AND (active
                AND max_block_number > {seal_block:Int64}
                AND (level > 0 OR data_version != min_block_number)
                AND length(arrayFilter(block -> block BETWEEN min_block_number AND max_block_number, listed))
                    != max_block_number - greatest(min_block_number - 1, {seal_block:Int64})
                OR uuid IN
                (
                    SELECT uuid
                    FROM system.parts
                    WHERE active
                        AND rows > 0
                        AND database = 'web'
                        AND table = {dup_per_hour:String}
                ))
    ) AS doubtful
SELECT
    left_rows = 0
        OR empty(doubtful) AS ok,
    concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_hour:String},
        ', and web.per_hour has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.chunk.already.per_quarter] parts that an interrupted move brought to web.per_quarter
--     already
-- as [b1.chunk.already.per_hour], but for these lines:
-- SELECT name AS already_part_per_quarter
--     AND table = {dup_per_quarter:String}
--             AND table = 'per_quarter'

-- [b1.chunk.arrived.per_quarter] take them out of the duplicate
-- Once for each row of [b1.chunk.already.per_quarter]:
SET param_already_part_per_quarter = ''; -- copy column already_part_per_quarter of [b1.chunk.already.per_quarter]
ALTER TABLE web.{dup_per_quarter:Identifier}
DROP PART {already_part_per_quarter:String};

-- [b1.chunk.evidence.per_quarter] nothing of the rest is hidden in web.per_quarter
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_quarter':
-- as [b1.chunk.evidence.per_hour], but for these lines:
--             AND table = {dup_per_quarter:String}
--             AND table = 'per_quarter'
--             AND table = 'per_quarter'
--                         AND table = {dup_per_quarter:String}
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_quarter:String},
--         ', and web.per_quarter has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

-- [b1.chunk.already.slow] parts that an interrupted move brought to web.slow already
-- as [b1.chunk.already.per_hour], but for these lines:
-- SELECT name AS already_part_slow
--     AND table = {dup_slow:String}
--             AND table = 'slow'

-- [b1.chunk.arrived.slow] take them out of the duplicate
-- Once for each row of [b1.chunk.already.slow]:
SET param_already_part_slow = ''; -- copy column already_part_slow of [b1.chunk.already.slow]
ALTER TABLE web.{dup_slow:Identifier}
DROP PART {already_part_slow:String};

-- [b1.chunk.evidence.slow] nothing of the rest is hidden in web.slow
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.slow':
-- as [b1.chunk.evidence.per_hour], but for these lines:
--             AND table = {dup_slow:String}
--             AND table = 'slow'
--             AND table = 'slow'
--                         AND table = {dup_slow:String}
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_slow:String},
--         ', and web.slow has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

-- [b2.chunk.settled] nothing is left of a move that failed (rounded.bf:34)
-- as [b1.chunk.settled], but for these lines:
--     AND ((database, table) IN (('web', 'calls_per_day'))
--                 AND (database, table) IN (('web', {dup_calls_per_day_b2:String}))
--                 AND (database, table) IN (('web', {dup_calls_per_day_b2:String}))

-- [b2.chunk.already.calls_per_day] parts that an interrupted move brought to web.calls_per_day
--     already
-- as [b1.chunk.already.per_hour], but for these lines:
-- SELECT name AS already_part_calls_per_day_b2
--     AND table = {dup_calls_per_day_b2:String}
--             AND table = 'calls_per_day'

-- [b2.chunk.arrived.calls_per_day] take them out of the duplicate
-- Once for each row of [b2.chunk.already.calls_per_day]:
SET param_already_part_calls_per_day_b2 = ''; -- copy column already_part_calls_per_day_b2 of [b2.chunk.already.calls_per_day]
ALTER TABLE web.{dup_calls_per_day_b2:Identifier}
DROP PART {already_part_calls_per_day_b2:String};

-- [b2.chunk.evidence.calls_per_day] nothing of the rest is hidden in web.calls_per_day
-- Once for each row of [b2.chunk.seal] with seal_table_b2 = 'web.calls_per_day':
-- as [b1.chunk.evidence.per_hour], but for these lines:
--             AND table = {dup_calls_per_day_b2:String}
--             AND partition_id = {seal_partition_b2:String}
--             AND table = 'calls_per_day'
--             AND min_block_number > {seal_block_b2:Int64}
--             AND table = 'calls_per_day'
--             AND partition_id = {seal_partition_b2:String}
--                 AND max_block_number > {seal_block_b2:Int64}
--                     != max_block_number - greatest(min_block_number - 1, {seal_block_b2:Int64})
--                         AND table = {dup_calls_per_day_b2:String}
--     concat('partition ', {seal_partition_b2:String}, ': ', toString(left_rows), ' of ', {seal_rows_b2:String}, ' rows are still staged in ', {dup_calls_per_day_b2:String},
--         ', and web.calls_per_day has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

-- ======== Appendix: too little memory, or a full disk ========

-- Where a disk was full under a chunk, none begins until there is room. Where the server has no
-- memory for a chunk, in small blocks either, the rows of its halves are chunks of their own
-- and take its place.

-- [b1.chunk.halves] two chunks in the place of one that does not fit in memory (rounded.bf:29)
-- Only when the server has no memory for the chunk, with one thread and small blocks either.
-- The journal has its rows before they are loaded.
SELECT
    if(half = 1, {lo:String}, toString(toTimeZone(assumeNotNull(middle), 'UTC'))) AS lo,
    if(half = 1, toString(toTimeZone(assumeNotNull(middle), 'UTC')), {hi:String}) AS hi,
    multiIf(
        half = 1 AND {edge:String} IN ('first', 'only'), 'first',
        half = 2 AND {edge:String} IN ('last', 'only'), 'last',
        '') AS edge
FROM
(
    SELECT
        CAST(intDiv(toInt64({lo:DateTime('UTC')}) + toInt64({hi:DateTime('UTC')}) + 1, 2) AS Nullable(DateTime('Europe/Berlin'))) AS middle,
        arrayJoin([1, 2]) AS half
)
WHERE {edge:String} != 'null'
    AND middle > {lo:DateTime('UTC')}
    AND (middle < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'))
ORDER BY half;

-- [b1.chunk.room] there is room again on the disks
-- Only after a disk was full under a chunk: what was staged of it is dropped first, and no
-- chunk begins until there is room.
-- wait until it returns 1
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
                WHERE (database, name) IN (('web', 'per_hour'), ('web', 'per_quarter'), ('web', 'slow'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);

-- [b2.chunk.halves] two chunks in the place of one that does not fit in memory (rounded.bf:34)
SELECT
    if(half = 1, {lo_b2:String}, toString(toTimeZone(assumeNotNull(middle), 'UTC'))) AS lo_b2,
    if(half = 1, toString(toTimeZone(assumeNotNull(middle), 'UTC')), {hi_b2:String}) AS hi_b2,
    multiIf(
        half = 1 AND {edge_b2:String} IN ('first', 'only'), 'first',
        half = 2 AND {edge_b2:String} IN ('last', 'only'), 'last',
        '') AS edge_b2
FROM
(
    SELECT
        CAST(intDiv(toInt64({lo_b2:DateTime64(3, 'UTC')}) + toInt64({hi_b2:DateTime64(3, 'UTC')}) + 1, 2) AS Nullable(DateTime64(3))) AS middle,
        arrayJoin([1, 2]) AS half
)
WHERE {edge_b2:String} != 'null'
    AND middle > {lo_b2:DateTime64(3, 'UTC')}
    AND (middle < {hi_b2:DateTime64(3, 'UTC')} OR {edge_b2:String} IN ('last', 'only'))
ORDER BY half;

-- [b2.chunk.room] there is room again on the disks
-- as [b1.chunk.room], but for these lines:
--                 WHERE (database, name) IN (('web', 'calls_per_day'))
