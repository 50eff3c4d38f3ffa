-- at_end_view
--
-- Strategy:      null_engine
-- Writes to:     default.hits, default.per_day, default.per_hour, default.per_page,
--                default.per_year, default.per_day_mv, default.per_hour_mv,
--                default.per_page_mv, default.per_year_mv
-- Staged names:  bfc_791a4c26_…, dropped at the end
-- Resume points: b1.kept, b1.there, b1.split, b1.made, b1.partitions, b1.gather, b1.chunk.seal,
--                b1.publish, b1.publish.seal
-- Plan:          4ff068278ae12246ccec31ed3e3d73d47529c297d656df1cca0f5f62e151823a
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

-- [ensure.database.default] database default
CREATE DATABASE IF NOT EXISTS default;

-- [ensure.table.default.hits.declared] default.hits as declared (_views.bf:2)
-- Empty, under a scratch name: a table that is there is compared with it, one that is missing
-- is made like it.
CREATE OR REPLACE TABLE default.bfc_791a4c26_check_hits
(
    at DateTime,
    moment DateTime64(3),
    day Date,
    number UInt64,
    page String,
    seen Nullable(DateTime)
)
ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (page, at);

-- [ensure.table.default.per_day.declared] default.per_day as declared (_views.bf:16)
CREATE OR REPLACE TABLE default.bfc_791a4c26_check_per_day
(
day Date, hits UInt64
)
engine = SummingMergeTree order by day;

-- [ensure.table.default.per_hour.declared] default.per_hour as declared (_views.bf:19)
CREATE OR REPLACE TABLE default.bfc_791a4c26_check_per_hour
(
hour DateTime, hits UInt64
)
engine = SummingMergeTree order by hour;

-- [ensure.table.default.per_page.declared] default.per_page as declared (_views.bf:13)
CREATE OR REPLACE TABLE default.bfc_791a4c26_check_per_page
(
page String, hits UInt64
)
engine = SummingMergeTree order by page;

-- [ensure.table.default.per_year.declared] default.per_year as declared (_views.bf:22)
CREATE OR REPLACE TABLE default.bfc_791a4c26_check_per_year
(
year UInt16, hits UInt64
)
engine = SummingMergeTree order by year;

-- [ensure.tables.same] tables that are there are as declared (_views.bf:2)
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
            replaceOne(table, 'bfc_791a4c26_check_', '') AS live,
            fact.1 AS what,
            anyIf(fact.2, table = live) AS present,
            anyIf(fact.2, table != live) AS declared
        FROM
        (
            SELECT database, table,
                (concat('column ', name), trimRight(concat(type, ' ', default_kind))) AS fact
            FROM system.columns
            WHERE database IN ('default')
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
            WHERE database IN ('default')
        )
        WHERE (database, live) IN (('default', 'hits'), ('default', 'per_day'), ('default', 'per_hour'), ('default', 'per_page'), ('default', 'per_year'))
            AND (database, live) IN (SELECT database, name FROM system.tables)
        GROUP BY database, live, what
        HAVING present != declared
        ORDER BY database, live, what
    )
);

-- [ensure.table.default.hits] default.hits, when it is missing
CREATE TABLE IF NOT EXISTS default.hits AS default.bfc_791a4c26_check_hits;
-- [ensure.table.default.per_day] default.per_day, when it is missing (_views.bf:16)
CREATE TABLE IF NOT EXISTS default.per_day AS default.bfc_791a4c26_check_per_day;
-- [ensure.table.default.per_hour] default.per_hour, when it is missing (_views.bf:19)
CREATE TABLE IF NOT EXISTS default.per_hour AS default.bfc_791a4c26_check_per_hour;
-- [ensure.table.default.per_page] default.per_page, when it is missing (_views.bf:13)
CREATE TABLE IF NOT EXISTS default.per_page AS default.bfc_791a4c26_check_per_page;
-- [ensure.table.default.per_year] default.per_year, when it is missing (_views.bf:22)
CREATE TABLE IF NOT EXISTS default.per_year AS default.bfc_791a4c26_check_per_year;

-- [ensure.tables.clean] drop the scratch twins
DROP TABLE IF EXISTS
    default.bfc_791a4c26_check_hits,
    default.bfc_791a4c26_check_per_day,
    default.bfc_791a4c26_check_per_hour,
    default.bfc_791a4c26_check_per_page,
    default.bfc_791a4c26_check_per_year
SYNC;

-- [b1.kept] views that a run of this migration has left; a resume point (at_end_view.bf:4)
-- When a run was given up before any of its chunks was published, the views that it made stay,
-- and count from its split on. bfc has them in its journal, as it left them; a script has none.
SELECT
    '' AS kept,
    '' AS kept_split;
SET param_kept = ''; -- copy column kept of [b1.kept]
SET param_kept_split = ''; -- copy column kept_split of [b1.kept]

-- [ensure.view.default.per_day_mv.declared] the query of default.per_day_mv as declared
--     (_views.bf:17)
-- A plain view, under a scratch name: it never fires. A view that is there is compared with it.
CREATE OR REPLACE VIEW default.bfc_791a4c26_check_per_day_mv
AS
SELECT day, count() AS hits FROM default.hits GROUP BY day;

-- [ensure.view.default.per_year_mv.declared] the query of default.per_year_mv as declared
--     (_views.bf:23)
CREATE OR REPLACE VIEW default.bfc_791a4c26_check_per_year_mv
AS
SELECT toYear(hour) AS year, sum(hits) AS hits FROM default.per_hour GROUP BY year;

-- [ensure.view.default.per_hour_mv.declared] the query of default.per_hour_mv as declared
--     (_views.bf:20)
CREATE OR REPLACE VIEW default.bfc_791a4c26_check_per_hour_mv
AS
SELECT toStartOfHour(at) AS hour, count() AS hits FROM default.hits GROUP BY hour;

-- [ensure.view.default.per_page_mv.declared] the query of default.per_page_mv as declared
--     (_views.bf:14)
CREATE OR REPLACE VIEW default.bfc_791a4c26_check_per_page_mv
AS
SELECT page, count() AS hits FROM default.hits GROUP BY page;

-- [ensure.views.same] views that are there are as declared, and no view comes too late
--     (_views.bf:17)
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
        WHERE database IN ('default')
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
        ('default.per_day_mv', 'default.bfc_791a4c26_check_per_day_mv', '',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW default.per_day_mv TO default.per_day AS SELECT 1'), '8051ae87a32e51f2'),
        ('default.per_year_mv', 'default.bfc_791a4c26_check_per_year_mv', 'default.per_hour',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW default.per_year_mv TO default.per_year AS SELECT 1'), ''),
        ('default.per_hour_mv', 'default.bfc_791a4c26_check_per_hour_mv', 'default.hits',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW default.per_hour_mv TO default.per_hour AS SELECT 1'), ''),
        ('default.per_page_mv', 'default.bfc_791a4c26_check_per_page_mv', 'default.hits',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW default.per_page_mv TO default.per_page AS SELECT 1'), ''))
    )
);

-- [ensure.view.default.per_year_mv] default.per_year_mv, when it is missing (_views.bf:23)
CREATE MATERIALIZED VIEW IF NOT EXISTS default.per_year_mv
TO default.per_year
AS
SELECT toYear(hour) AS year, sum(hits) AS hits FROM default.per_hour GROUP BY year;

-- [ensure.view.default.per_hour_mv] default.per_hour_mv, when it is missing (_views.bf:20)
CREATE MATERIALIZED VIEW IF NOT EXISTS default.per_hour_mv
TO default.per_hour
AS
SELECT toStartOfHour(at) AS hour, count() AS hits FROM default.hits GROUP BY hour;

-- [ensure.view.default.per_page_mv] default.per_page_mv, when it is missing (_views.bf:14)
CREATE MATERIALIZED VIEW IF NOT EXISTS default.per_page_mv
TO default.per_page
AS
SELECT page, count() AS hits FROM default.hits GROUP BY page;

-- [ensure.views.clean] drop the scratch twins
DROP TABLE IF EXISTS
    default.bfc_791a4c26_check_per_day_mv,
    default.bfc_791a4c26_check_per_year_mv,
    default.bfc_791a4c26_check_per_hour_mv,
    default.bfc_791a4c26_check_per_page_mv
SYNC;

-- [b1.grants] the user may stage and move in default (at_end_view.bf:4)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE
--     TABLE, DROP TABLE ON default.* TO the user of this run
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON default.*;

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
    WHERE (database, name) IN (('default', 'per_day'))
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
        WHERE (database, name) IN (('default', 'per_day'))
    )
        AND (database, name) NOT IN (('', ''), ('default', 'per_day_mv'))
);

-- [b1.mutations] no mutation is pending on the tables to read and to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('default', 'per_day'), ('default', 'hits'));

-- [b1.grants.views] the user may read the history and change the views
-- must return 1; if not: grant what is missing: GRANT SELECT ON default.hits, ALTER VIEW MODIFY
--     QUERY ON default.per_day_mv TO the user of this run
CHECK GRANT SELECT ON default.hits, ALTER VIEW MODIFY QUERY ON default.per_day_mv;

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
        ('default', 'per_day_mv', '8051ae87a32e51f2')) AS views
        ON database = view_database AND name = view_name
    WHERE (database, name) IN (('default', 'per_day_mv'))
);
SET param_views_there = ''; -- copy column views_there of [b1.there]
SET param_views_kept = ''; -- copy column views_kept of [b1.there]

-- [b1.new] none of the views is there yet
-- A view that is there has been counting since it was made; the rows between that moment and a
-- split that is still to come would count twice.
-- must return 1; if not: write the moment when the view was made as a literal: 'split on COLUMN
--     at '2024-01-01 00:00:00''; or drop the view
SELECT
    {views_there:String} = '' AS ok,
    concat('already there: ', {views_there:String}) AS message;

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
    ('default.per_day_mv', 'default', 'per_day'))
        WHERE NOT has(splitByString(', ', concat({views_there:String}, ', ', {views_kept:String})), view)
    );

-- [b1.split] the split: a moment that is still to come, in UTC; a resume point
-- Rows before it are history, rows from it on are the live view's. Pinned, so that every resume
-- has the same. Where a run that was given up has left views, it is the split that they have.
SELECT if({views_kept:String} = '', toString(toTimeZone(CAST(now() + INTERVAL 2 MINUTE AS DateTime), 'UTC')), {kept_split:String}) AS split;
SET param_split = ''; -- copy column split of [b1.split]

-- [b1.ahead] default.hits has no row yet on the live side of the split
-- A view that is not there yet would never count such a row, and the history would not have it
-- either.
-- must return 1; if not: give up with 'bfc abort', drop the views that this run has made, and
--     run again with a split that is still to come; rows with times in the future need a later
--     one
SELECT
    count() = 0 AS ok,
    concat(toString(count()), ' rows from ', {split:String}, ' on') AS message
FROM default.hits
WHERE at >= {split:DateTime('UTC')}
    AND (SELECT count() FROM system.tables WHERE (database, name) IN (('default', 'per_day_mv'))) < 1;

-- [b1.view.per_day_mv] default.per_day_mv, when it is missing, from the split on
-- Rows before the split are left to the history. A view that is there stays as it is.
CREATE MATERIALIZED VIEW IF NOT EXISTS default.per_day_mv
TO default.per_day
AS
SELECT day, count() AS hits FROM default.hits WHERE hits.at >= {split:DateTime('UTC')} GROUP BY day;

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
        (SELECT count() FROM default.hits WHERE at >= {split:DateTime('UTC')}) AS newer,
        (
            SELECT max(metadata_modification_time)
            FROM system.tables
            WHERE (database, name) IN (('default', 'per_day_mv'))
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
        ('default', 'per_day_mv', '8051ae87a32e51f2')) AS views
        ON database = view_database AND name = view_name
    WHERE (database, name) IN (('default', 'per_day_mv'))
        AND NOT has(splitByString(', ', {views_there:String}), concat(database, '.', name));
SET param_made = ''; -- copy column made of [b1.made]
SET param_made_split = ''; -- copy column made_split of [b1.made]

-- [b1.wait] wait until the split has passed
-- Before that, rows of the history's side may still come: they would be in neither.
-- wait until it returns 1
SELECT
    now64(9) >= toDateTime64({split:DateTime('UTC')}, 9) + INTERVAL 30 SECOND AS ok,
    concat('until ', toString(toDateTime64({split:DateTime('UTC')}, 9) + INTERVAL 30 SECOND)) AS message;

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
                WHERE (database, name) IN (('default', 'per_day'))
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
            indexOf([('default', 'per_day')], (database, name)) AS position,
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
        WHERE database IN ('default')
            AND name IN ('per_day')
            AND (database, name) IN (('default', 'per_day'))
    )
);
SET param_parts_most = ''; -- copy column parts_most of [b1.limits]
SET param_parts_refused = ''; -- copy column parts_refused of [b1.limits]
SET param_parts_large = ''; -- copy column parts_large of [b1.limits]

-- [b1.partitions.engine] default.hits has partitions
-- Tables of the MergeTree family have them.
-- must return 1; if not: chunk by a column, or leave the chunks out
SELECT
    countIf(engine LIKE '%MergeTree') = 1 AS ok,
    concat('the engine of default.hits is ', any(engine)) AS message
FROM system.tables
WHERE database = 'default' AND name = 'hits';

-- [b1.partitions] the partitions of default.hits, a chunk each; a resume point
-- Found once and pinned, so that every resume has the same chunks. It reads nothing of the
-- table.
SELECT DISTINCT partition_id AS `partition`,
    toString(defaultValueOfTypeName('String')) AS lo,
    toString(defaultValueOfTypeName('String')) AS hi,
    'only' AS edge
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'default'
    AND table = 'hits'
ORDER BY partition_id;

-- ======== 2. Make holding tables ========

-- [b1.hold.per_day] a holding table for default.per_day
-- Every chunk's parts gather in it until all are there. They keep their UUIDs and are never
-- merged.
CREATE TABLE IF NOT EXISTS default.bfc_791a4c26_hold_b1_1_per_day AS default.per_day
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- ======== 3. Make sure that everything is there and nothing stands in the way ========

-- [b1.hold] the holding tables are empty and like the live ones
-- Looked at once, before the first chunk.
-- must return 1; if not: they are of an earlier migration of this name: 'bfc abort' drops them;
--     then run the same command again
SELECT
    empty(others) AS ok,
    concat('not empty, or of another structure: ', arrayStringConcat(others, ', ')) AS message
FROM
(
    SELECT groupArray(concat(held.database, '.', held.name)) AS others
    FROM
    (
        SELECT
            indexOf([('default', 'bfc_791a4c26_hold_b1_1_per_day')], (database, name)) AS position, database, name,
            [sorting_key, primary_key, partition_key] AS keys, total_rows
        FROM system.tables
        WHERE (database, name) IN (('default', 'bfc_791a4c26_hold_b1_1_per_day'))
    ) AS held
    INNER JOIN
    (
        SELECT
            indexOf([('default', 'per_day')], (database, name)) AS position,
            [sorting_key, primary_key, partition_key] AS keys
        FROM system.tables
        WHERE (database, name) IN (('default', 'per_day'))
    ) AS live ON live.position = held.position
    LEFT JOIN
    (
        SELECT
            position, uniqExact(columns) AS kinds
        FROM
        (
            SELECT
                greatest(indexOf([('default', 'bfc_791a4c26_hold_b1_1_per_day')], (database, table)), indexOf([('default', 'per_day')], (database, table))) AS position,
                arraySort(groupArray((name, type, default_kind, default_expression))) AS columns
            FROM system.columns
            WHERE (database, table) IN (('default', 'bfc_791a4c26_hold_b1_1_per_day'), ('default', 'per_day'))
            GROUP BY database, table
        )
        GROUP BY position
    ) AS columns ON columns.position = held.position
    WHERE held.total_rows != 0
        OR held.keys != live.keys
        OR columns.kinds != 1
);

-- ======== 4. Load and verify the history ========

-- [b1.gather] fill default.per_day_mv from default.hits, chunk by chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Once for each row of [b1.partitions], in order:
SET param_partition = ''; -- copy column partition of [b1.partitions]
SET param_lo = ''; -- copy column lo of [b1.partitions]
SET param_hi = ''; -- copy column hi of [b1.partitions]
SET param_edge = ''; -- copy column edge of [b1.partitions]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_per_day = 'bfc_by_hand_dup_per_day';
SET param_pipe_hits = 'bfc_by_hand_pipe_hits';
SET param_copy_per_day_mv = 'bfc_by_hand_copy_per_day_mv';

-- --- stage ---

-- [b1.chunk.stage.per_day] a duplicate of default.per_day
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE default.{dup_per_day:Identifier} AS default.per_day
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.hits] a Null table in the place of default.hits
-- It passes rows on to the copies of the views and keeps none. It has the columns that they
-- use.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE default.{pipe_hits:Identifier}
(
    day Date
)
ENGINE = Null;

-- [b1.chunk.stage.per_day_mv] a copy of default.per_day_mv between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE MATERIALIZED VIEW default.{copy_per_day_mv:Identifier}
TO default.{dup_per_day:Identifier}
AS
SELECT day, count() AS hits FROM default.{pipe_hits:Identifier} AS hits GROUP BY day;

-- --- load ---

-- [b1.chunk.load] stream the chunk out of default.hits through the views' copies
-- Once for all views. optimize_on_insert = 0: a group is staged once a block, and combined
-- after the move. Nothing is compared before the chunk is published, as the migration says:
-- that costs nothing, and nothing lost or doubled would show.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO default.{pipe_hits:Identifier}
(
    day
)
SETTINGS
    optimize_on_insert = 0,
    insert_allow_materialized_columns = 1
SELECT
    day
FROM default.hits
WHERE at < {split:DateTime('UTC')}
    AND _partition_id = {partition:String}
    AND (page >= {lo:String} OR {edge:String} IN ('first', 'only'))
    AND (page < {hi:String} OR {edge:String} IN ('last', 'only'));

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
SELECT
    ['default.per_day'][position] AS seal_table,
    partition_id AS seal_partition,
    count() AS seal_parts,
    sum(rows) AS seal_rows,
    sum(bytes_on_disk) AS seal_bytes,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids,
    any(live.block) AS seal_block
FROM
(
    SELECT
        indexOf([('default', {dup_per_day:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('default', {dup_per_day:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('default', 'bfc_791a4c26_hold_b1_1_per_day')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('default', 'bfc_791a4c26_hold_b1_1_per_day'))
    GROUP BY position
) AS live ON live.position = staged.position
GROUP BY position, partition_id
ORDER BY position, partition_id;

-- [b1.chunk.move.per_day] move the chunk into default.bfc_791a4c26_hold_b1_1_per_day
-- A move renames parts: no row is copied, no view fires. The live tables see nothing of it yet.
-- What was moved is gone from the duplicate, so repeating moves only what is left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b1.chunk.seal] with seal_table = 'default.per_day':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE default.{dup_per_day:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE default.bfc_791a4c26_hold_b1_1_per_day;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('default', {dup_per_day:String}));

-- --- finish ---

-- [b1.chunk.drop.per_day_mv] drop the staged per_day_mv
-- It is empty or was given up.
DROP TABLE IF EXISTS default.{copy_per_day_mv:Identifier} SYNC;
-- [b1.chunk.drop.hits] drop the staged hits
DROP TABLE IF EXISTS default.{pipe_hits:Identifier} SYNC;
-- [b1.chunk.drop.per_day] drop the staged per_day
DROP TABLE IF EXISTS default.{dup_per_day:Identifier} SYNC;

-- ======== 5. Publish the history ========

-- [b1.publish] publish the history: one run of moves into the live tables; a resume point
-- All chunks are in the holding tables, and the live tables have seen nothing of them. Sealed
-- once; after that only the moves are finished.

-- Chunk 1 of 1
SET param_hold_per_day = 'bfc_791a4c26_hold_b1_1_per_day';

-- Names of what this chunk stages; bfc has new ones for every attempt.

-- --- load ---

-- [b1.publish.there] all holding tables are there
-- All chunks are in them.
-- must return 1; if not: somebody has dropped a holding table, and chunks with it: nothing is
--     published yet; 'bfc abort', then run the same command again
SELECT
    count() = 1 AS ok,
    concat(toString(count()), ' of 1 are there') AS message
FROM system.tables
WHERE (database, name) IN (('default', 'bfc_791a4c26_hold_b1_1_per_day'));

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b1.publish.seal] seal the history: its parts, by table and partition; a resume point
SELECT
    ['default.per_day'][position] AS seal_table_2,
    partition_id AS seal_partition_2,
    count() AS seal_parts_2,
    sum(rows) AS seal_rows_2,
    sum(bytes_on_disk) AS seal_bytes_2,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids_2,
    any(live.block) AS seal_block_2
FROM
(
    SELECT
        indexOf([('default', {hold_per_day:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('default', {hold_per_day:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('default', 'per_day')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('default', 'per_day'))
    GROUP BY position
) AS live ON live.position = staged.position
GROUP BY position, partition_id
ORDER BY position, partition_id;

-- [b1.publish.merges] merges of the live tables keep up
-- The server slows down inserts into a table with many parts in a partition, and refuses them
-- in the end. A move is let in whatever it brings, and could shut the door on live inserts.
-- wait until it returns 1
SELECT
    empty(behind) AS ok,
    arrayStringConcat(behind, '; ') AS message
FROM
(
    SELECT groupArray(concat('merges of ', ['default.per_day'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('default', 'per_day')], (database, table)),
                indexOf([('default', {hold_per_day:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('default', 'per_day'))) AS parts,
            countIf((database, table) NOT IN (('default', 'per_day')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('default', 'per_day'))) AS bytes,
            {parts_most:Array(UInt64)}[position] AS most,
            {parts_refused:Array(UInt64)}[position] AS refuses,
            {parts_large:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('default', 'per_day'), ('default', {hold_per_day:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b1.publish.move.per_day] move the history into default.per_day
-- A move renames parts: no row is copied, no view fires. Readers see each partition of the
-- history at once, one partition after the other and one table after the other: a query that
-- comes in this short run of moves sees some of them and not the others.
-- Once for each row of [b1.publish.seal] with seal_table_2 = 'default.per_day':
SET param_seal_partition_2 = ''; -- copy column seal_partition_2 of [b1.publish.seal]
ALTER TABLE default.{hold_per_day:Identifier}
MOVE PARTITION ID {seal_partition_2:String} TO TABLE default.per_day;

-- [b1.publish.moved] nothing of the history is left behind
-- The holding tables are dropped next.
-- must return 1
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('default', {hold_per_day:String}));

-- ======== 6. Clean up ========

-- [b1.declared.per_day_mv] default.per_day_mv as declared, without the split
-- All history is in: rows that come late count again. The same query again changes nothing.
ALTER TABLE default.per_day_mv
MODIFY QUERY
SELECT day, count() AS hits FROM default.hits GROUP BY day;

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind. All their names begin with this
-- migration's tag.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('default')
    AND startsWith(name, 'bfc_791a4c26_')
ORDER BY engine LIKE '%View' DESC, database, name;

-- [finish.sweep] drop them
-- Views go first, so that nothing fires on a table that is being dropped. Every chunk was
-- published or thrown away by now, so nothing in them is wanted.
-- Once for each row of [finish.leftovers]:
SET param_sweep_database = ''; -- copy column sweep_database of [finish.leftovers]
SET param_sweep_name = ''; -- copy column sweep_name of [finish.leftovers]
DROP TABLE IF EXISTS {sweep_database:Identifier}.{sweep_name:Identifier} SYNC;

-- ======== Appendix: after an interruption ========

-- Only for a chunk that is sealed and whose moves did not all return: a server that was killed
-- in the middle of a move may have parts in both tables. Before the moves are repeated, for
-- each table: take out of the duplicate what has arrived, and make sure that nothing of the
-- rest can have. The names are those of the interrupted attempt.

-- [b1.chunk.settled] nothing is left of a move that failed
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
    AND ((database, table) IN (('default', 'bfc_791a4c26_hold_b1_1_per_day'))
        AND uuid IN
        (
            SELECT uuid
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('default', {dup_per_day:String}))
        )
        OR (database, table, min_block_number) IN
        (
            SELECT database, table, min_block_number
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('default', {dup_per_day:String}))
        ));

-- [b1.chunk.already.per_day] parts that an interrupted move brought to
--     default.bfc_791a4c26_hold_b1_1_per_day already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not.
SELECT name AS already_part_per_day
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'default'
    AND table = {dup_per_day:String}
    AND uuid IN
    (
        SELECT uuid
        FROM system.parts
        WHERE database = 'default'
            AND table = 'bfc_791a4c26_hold_b1_1_per_day'
            AND (active
                OR remove_time > modification_time
                OR remove_time > now() - uptime() + 1)
    )
ORDER BY name;

-- [b1.chunk.arrived.per_day] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Its rows are in the live table.
-- repeat: it looks at what is there first
-- Once for each row of [b1.chunk.already.per_day]:
SET param_already_part_per_day = ''; -- copy column already_part_per_day of [b1.chunk.already.per_day]
ALTER TABLE default.{dup_per_day:Identifier}
DROP PART {already_part_per_day:String};

-- [b1.chunk.evidence.per_day] nothing of the rest is hidden in
--     default.bfc_791a4c26_hold_b1_1_per_day
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
-- Once for each row of [b1.chunk.seal] with seal_table = 'default.per_day':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]
WITH
    (
        SELECT sum(rows)
        FROM system.parts
        WHERE active
            AND database = 'default'
            AND table = {dup_per_day:String}
            AND partition_id = {seal_partition:String}
    ) AS left_rows,
    (
        SELECT arraySort(groupUniqArray(min_block_number))
        FROM system.parts
        WHERE database = 'default'
            AND table = 'bfc_791a4c26_hold_b1_1_per_day'
            AND level = 0
            AND min_block_number = max_block_number
            AND data_version = min_block_number
            AND min_block_number > {seal_block:Int64}
    ) AS listed,
    (
        SELECT groupArray(name)
        FROM system.parts
        WHERE database = 'default'
            AND table = 'bfc_791a4c26_hold_b1_1_per_day'
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
                        AND database = 'default'
                        AND table = {dup_per_day:String}
                ))
    ) AS doubtful
SELECT
    left_rows = 0
        OR empty(doubtful) AS ok,
    concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_day:String},
        ', and default.bfc_791a4c26_hold_b1_1_per_day has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.publish.settled] nothing is left of a move that failed
-- as [b1.chunk.settled], but for these lines:
--     AND ((database, table) IN (('default', 'per_day'))
--                 AND (database, table) IN (('default', {hold_per_day:String}))
--                 AND (database, table) IN (('default', {hold_per_day:String}))

-- [b1.publish.already.per_day] parts that an interrupted move brought to default.per_day
--     already
-- as [b1.chunk.already.per_day], but for these lines:
-- SELECT name AS already_part_per_day_2
--     AND table = {hold_per_day:String}
--             AND table = 'per_day'

-- [b1.publish.arrived.per_day] take them out of the duplicate
-- Once for each row of [b1.publish.already.per_day]:
SET param_already_part_per_day_2 = ''; -- copy column already_part_per_day_2 of [b1.publish.already.per_day]
ALTER TABLE default.{hold_per_day:Identifier}
DROP PART {already_part_per_day_2:String};

-- [b1.publish.evidence.per_day] nothing of the rest is hidden in default.per_day
-- Once for each row of [b1.publish.seal] with seal_table_2 = 'default.per_day':
-- as [b1.chunk.evidence.per_day], but for these lines:
--             AND table = {hold_per_day:String}
--             AND partition_id = {seal_partition_2:String}
--             AND table = 'per_day'
--             AND min_block_number > {seal_block_2:Int64}
--             AND table = 'per_day'
--             AND partition_id = {seal_partition_2:String}
--                 AND max_block_number > {seal_block_2:Int64}
--                     != max_block_number - greatest(min_block_number - 1, {seal_block_2:Int64})
--                         AND table = {hold_per_day:String}
--     concat('partition ', {seal_partition_2:String}, ': ', toString(left_rows), ' of ', {seal_rows_2:String}, ' rows are still staged in ', {hold_per_day:String},
--         ', and default.per_day has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

-- ======== Appendix: too little memory, or a full disk ========

-- Where a disk was full under a chunk, none begins until there is room. Where the server has no
-- memory for a chunk, in small blocks either, the rows of its halves are chunks of their own
-- and take its place.

-- [b1.chunk.halves] two chunks in the place of one that does not fit in memory
-- Only when the server has no memory for the chunk, with one thread and small blocks either.
-- The journal has its rows before they are loaded.
SELECT
    {partition:String} AS `partition`,
    if(half = 1, {lo:String}, toString(middle)) AS lo,
    if(half = 1, toString(middle), {hi:String}) AS hi,
    multiIf(
        half = 1 AND {edge:String} IN ('first', 'only'), 'first',
        half = 2 AND {edge:String} IN ('last', 'only'), 'last',
        '') AS edge
FROM
(
    SELECT
        argMin(key, abs(toInt64(total) - 2 * toInt64(before))) AS middle,
        arrayJoin(if(count() = 0, [], [1, 2])) AS half
    FROM
    (
        SELECT
            key, min(key) OVER () AS least, sum(granule) OVER () AS total,
            sum(granule) OVER (ORDER BY key) - granule AS before
        FROM
        (
            SELECT
                marks.page AS key, sum(rows_in_granule) AS granule
            FROM mergeTreeIndex('default', 'hits') AS marks
            WHERE rows_in_granule > 0
                AND part_name IN
                (
                    SELECT name
                    FROM system.parts
                    WHERE active
                        AND database = 'default'
                        AND table = 'hits'
                        AND partition_id = {partition:String}
                )
                AND (marks.page >= {lo:String} OR {edge:String} IN ('first', 'only'))
                AND (marks.page < {hi:String} OR {edge:String} IN ('last', 'only'))
                AND isValidUTF8(toString(marks.page))
                AND length(toString(marks.page)) < 1000
            GROUP BY key
        )
    )
    WHERE key > least
)
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
                WHERE (database, name) IN (('default', 'per_day'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);
