-- by_day: Partitions by day and a tuple; a chunk a day; a cascade of three views
--
-- Strategy:      duplicate
-- Writes to:     web.hits, web.per_hour, web.per_day, web.per_month, web.per_day_mv,
--                web.per_hour_mv, web.per_month_mv
-- Staged names:  bfc_b3dc74d4_…, dropped at the end
-- Resume points: b1.split, b1.bounds, b1.chunks, b1.chunk.seal
-- Plan:          70e2866727b6ff012ef325c87b75a4c6c25ec2f53844372ceef1789f22bcf3e3
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

-- [ensure.table.web.hits.declared] web.hits as declared (by_day.bf:4)
-- Empty, under a scratch name: a table that is there is compared with it, one that is missing
-- is made like it.
CREATE OR REPLACE TABLE web.bfc_b3dc74d4_check_hits
(
    time    DateTime('Europe/Berlin'),
    site    String,
    visitor UInt64
)
engine = MergeTree
partition by (toYYYYMMDD(time), site)
order by (site, time);

-- [ensure.table.web.per_hour.declared] web.per_hour as declared (by_day.bf:14)
CREATE OR REPLACE TABLE web.bfc_b3dc74d4_check_per_hour
(
hour DateTime('Europe/Berlin'), site String, hits UInt64
)
engine = SummingMergeTree order by (site, hour);

-- [ensure.table.web.per_day.declared] web.per_day as declared (by_day.bf:16)
CREATE OR REPLACE TABLE web.bfc_b3dc74d4_check_per_day
(
day Date, site String, hits UInt64
)
engine = SummingMergeTree order by (site, day);

-- [ensure.table.web.per_month.declared] web.per_month as declared (by_day.bf:18)
CREATE OR REPLACE TABLE web.bfc_b3dc74d4_check_per_month
(
month Date, site String, hits UInt64
)
engine = SummingMergeTree order by (site, month);

-- [ensure.tables.same] tables that are there are as declared (by_day.bf:4)
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
            replaceOne(table, 'bfc_b3dc74d4_check_', '') AS live,
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
        WHERE (database, live) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
            AND (database, live) IN (SELECT database, name FROM system.tables)
        GROUP BY database, live, what
        HAVING present != declared
        ORDER BY database, live, what
    )
);

-- [ensure.table.web.hits] web.hits, when it is missing
CREATE TABLE IF NOT EXISTS web.hits AS web.bfc_b3dc74d4_check_hits;
-- [ensure.table.web.per_hour] web.per_hour, when it is missing (by_day.bf:14)
CREATE TABLE IF NOT EXISTS web.per_hour AS web.bfc_b3dc74d4_check_per_hour;
-- [ensure.table.web.per_day] web.per_day, when it is missing (by_day.bf:16)
CREATE TABLE IF NOT EXISTS web.per_day AS web.bfc_b3dc74d4_check_per_day;
-- [ensure.table.web.per_month] web.per_month, when it is missing (by_day.bf:18)
CREATE TABLE IF NOT EXISTS web.per_month AS web.bfc_b3dc74d4_check_per_month;

-- [ensure.tables.clean] drop the scratch twins
DROP TABLE IF EXISTS
    web.bfc_b3dc74d4_check_hits,
    web.bfc_b3dc74d4_check_per_hour,
    web.bfc_b3dc74d4_check_per_day,
    web.bfc_b3dc74d4_check_per_month
SYNC;

-- [ensure.view.web.per_month_mv.declared] the query of web.per_month_mv as declared
--     (by_day.bf:25)
-- A plain view, under a scratch name: it never fires. A view that is there is compared with it.
CREATE OR REPLACE VIEW web.bfc_b3dc74d4_check_per_month_mv
AS
SELECT toStartOfMonth(day) AS month, site, sum(hits) AS hits FROM web.per_day GROUP BY month, site;

-- [ensure.view.web.per_day_mv.declared] the query of web.per_day_mv as declared (by_day.bf:23)
CREATE OR REPLACE VIEW web.bfc_b3dc74d4_check_per_day_mv
AS
SELECT toDate(hour) AS day, site, sum(hits) AS hits FROM web.per_hour GROUP BY day, site;

-- [ensure.view.web.per_hour_mv.declared] the query of web.per_hour_mv as declared
--     (by_day.bf:21)
CREATE OR REPLACE VIEW web.bfc_b3dc74d4_check_per_hour_mv
AS
SELECT toStartOfHour(time) AS hour, site, count() AS hits FROM web.hits GROUP BY hour, site;

-- [ensure.views.same] views that are there are as declared, and no view comes too late
--     (by_day.bf:25)
-- Query and target are compared. A view that is made now counts rows from now on: its table
-- must still be empty.
-- must return 1; if not: change the declaration to what the server has (SHOW CREATE TABLE), or
--     the live view with ALTER TABLE … MODIFY QUERY; create a view that comes too late by
--     hand, and fill its target from the rows that are there
WITH
    (
        SELECT CAST(groupArray((concat(database, '.', name), (as_select, create_table_query, ifNull(total_rows, 0)))),
            'Map(String, Tuple(query String, made_by String, rows UInt64))')
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
                present[view].query != present[twin].query,
                    concat('selects ', present[view].query, ', declared as ', present[twin].query),
                '') AS difference
        FROM values('view String, twin String, reads String, head String',
        ('web.per_month_mv', 'web.bfc_b3dc74d4_check_per_month_mv', 'web.per_day',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW web.per_month_mv TO web.per_month AS SELECT 1')),
        ('web.per_day_mv', 'web.bfc_b3dc74d4_check_per_day_mv', 'web.per_hour',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW web.per_day_mv TO web.per_day AS SELECT 1')),
        ('web.per_hour_mv', 'web.bfc_b3dc74d4_check_per_hour_mv', 'web.hits',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW web.per_hour_mv TO web.per_hour AS SELECT 1')))
    )
);

-- [ensure.view.web.per_month_mv] web.per_month_mv, when it is missing
CREATE MATERIALIZED VIEW IF NOT EXISTS web.per_month_mv
TO web.per_month
AS
SELECT toStartOfMonth(day) AS month, site, sum(hits) AS hits FROM web.per_day GROUP BY month, site;

-- [ensure.view.web.per_day_mv] web.per_day_mv, when it is missing (by_day.bf:23)
CREATE MATERIALIZED VIEW IF NOT EXISTS web.per_day_mv
TO web.per_day
AS
SELECT toDate(hour) AS day, site, sum(hits) AS hits FROM web.per_hour GROUP BY day, site;

-- [ensure.view.web.per_hour_mv] web.per_hour_mv, when it is missing (by_day.bf:21)
CREATE MATERIALIZED VIEW IF NOT EXISTS web.per_hour_mv
TO web.per_hour
AS
SELECT toStartOfHour(time) AS hour, site, count() AS hits FROM web.hits GROUP BY hour, site;

-- [ensure.views.clean] drop the scratch twins
DROP TABLE IF EXISTS
    web.bfc_b3dc74d4_check_per_month_mv,
    web.bfc_b3dc74d4_check_per_day_mv,
    web.bfc_b3dc74d4_check_per_hour_mv
SYNC;

-- [b1.grants] the user may stage and move in web (by_day.bf:30)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE
--     TABLE, DROP TABLE ON web.* TO the user of this run
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON web.*;

-- [b1.grants.system] the user may read what the checks read and use the tables' engines
-- must return 1; if not: grant what is missing: GRANT SELECT ON system.parts, SELECT ON
--     system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON
--     system.merge_tree_settings, TABLE ENGINE ON MergeTree, TABLE ENGINE ON SummingMergeTree
--     TO the user of this run
CHECK GRANT SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON system.merge_tree_settings, TABLE ENGINE ON MergeTree, TABLE ENGINE ON SummingMergeTree;

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
    WHERE (database, name) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
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
        WHERE (database, name) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
    )
        AND (database, name) NOT IN (('', ''), ('web', 'per_hour_mv'), ('web', 'per_day_mv'), ('web', 'per_month_mv'))
);

-- [b1.mutations] no mutation is pending on the tables to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'));

-- [b1.split] the split, as the migration says it, in UTC; a resume point
-- A literal means what it means in the column's own time zone; pinned in UTC it means the same
-- everywhere.
SELECT toString(toTimeZone(CAST('2024-04-01 00:00:00' AS DateTime('Europe/Berlin')), 'UTC')) AS split;
SET param_split = ''; -- copy column split of [b1.split]

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
                WHERE (database, name) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
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
            indexOf([('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month')], (database, name)) AS position,
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
        WHERE database IN ('web', 'web', 'web', 'web')
            AND name IN ('hits', 'per_hour', 'per_day', 'per_month')
            AND (database, name) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
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
    toString(toTimeZone(ifNull(if(number = 1, oldest, begins), defaultValueOfTypeName('DateTime(\'Europe/Berlin\')')), 'UTC')) AS lo,
    toString(toTimeZone(ifNull(if(number = chunks, newest, next), defaultValueOfTypeName('DateTime(\'Europe/Berlin\')')), 'UTC')) AS hi,
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
                toStartOfDay(CAST(time AS Nullable(DateTime('Europe/Berlin')))) AS bfc_begins
            FROM
(
SELECT time, site, visitor FROM web_old.hits
) AS old_hits
WHERE (time < {split:DateTime('UTC')} OR time IS NULL)
    AND (
visitor != 0 OR site = 'x'
    )
        )
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

-- [b1.chunks] load web.hits and what its views derive, chunk by chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Once for each row of [b1.bounds], in order:
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
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE web.{dup_hits:Identifier} AS web.hits
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_hour] a duplicate of web.per_hour
CREATE TABLE web.{dup_per_hour:Identifier} AS web.per_hour
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_day] a duplicate of web.per_day
CREATE TABLE web.{dup_per_day:Identifier} AS web.per_day
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_month] a duplicate of web.per_month
CREATE TABLE web.{dup_per_month:Identifier} AS web.per_month
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_month_mv] a copy of web.per_month_mv between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE MATERIALIZED VIEW web.{copy_per_month_mv:Identifier}
TO web.{dup_per_month:Identifier}
AS
SELECT toStartOfMonth(day) AS month, site, sum(hits) AS hits FROM web.{dup_per_day:Identifier} AS per_day GROUP BY month, site;

-- [b1.chunk.stage.per_day_mv] a copy of web.per_day_mv between the duplicates
CREATE MATERIALIZED VIEW web.{copy_per_day_mv:Identifier}
TO web.{dup_per_day:Identifier}
AS
SELECT toDate(hour) AS day, site, sum(hits) AS hits FROM web.{dup_per_hour:Identifier} AS per_hour GROUP BY day, site;

-- [b1.chunk.stage.per_hour_mv] a copy of web.per_hour_mv between the duplicates
CREATE MATERIALIZED VIEW web.{copy_per_hour_mv:Identifier}
TO web.{dup_per_hour:Identifier}
AS
SELECT toStartOfHour(time) AS hour, site, count() AS hits FROM web.{dup_hits:Identifier} AS hits GROUP BY hour, site;

-- --- load ---

-- [b1.chunk.load] load the chunk into the duplicate of web.hits
-- The copies of the views fire on it and fill the duplicates of their targets.
-- optimize_on_insert = 0: rows staged are rows read, also where the engine would combine them.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO web.{dup_hits:Identifier}
(
    time, site, visitor
)
SETTINGS
    optimize_on_insert = 0
SELECT
    time, site, visitor
FROM
(
SELECT time, site, visitor FROM web_old.hits
) AS old_hits
WHERE (time < {split:DateTime('UTC')} OR time IS NULL)
    AND ((time >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (time < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'))
    AND {edge:String} != 'null' AND time IS NOT NULL
    OR {edge:String} = 'null' AND time IS NULL)
    AND (
visitor != 0 OR site = 'x'
    );

-- [b1.chunk.verify] as many rows are staged as the source has
-- A row that got lost, or came twice, would show here. It costs a count of the source's rows of
-- this chunk, which reads the columns of its conditions again and no others.
-- must return 1; if not: nothing was published and the staged tables are kept until the next
--     run: look at them, then run the same command again
WITH
    (
SELECT count()
FROM
(
SELECT time, site, visitor FROM web_old.hits
) AS old_hits
WHERE (time < {split:DateTime('UTC')} OR time IS NULL)
    AND ((time >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (time < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'))
    AND {edge:String} != 'null' AND time IS NOT NULL
    OR {edge:String} = 'null' AND time IS NULL)
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
-- A checksum that does not depend on the order of rows; a column with a DEFAULT takes part when
-- the source's can't be NULL. It reads the source range again, and nothing else.
-- must return 1
WITH
    (
SELECT sum(cityHash64(tuple(ifNull(CAST(time AS Nullable(DateTime('Europe/Berlin'))), defaultValueOfTypeName('DateTime(\'Europe/Berlin\')')), ifNull(CAST(site AS Nullable(String)), defaultValueOfTypeName('String')), ifNull(CAST(visitor AS Nullable(UInt64)), defaultValueOfTypeName('UInt64')))))
FROM
(
SELECT time, site, visitor FROM web_old.hits
) AS old_hits
WHERE (time < {split:DateTime('UTC')} OR time IS NULL)
    AND ((time >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (time < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'))
    AND {edge:String} != 'null' AND time IS NOT NULL
    OR {edge:String} = 'null' AND time IS NULL)
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
-- The views' queries over the staged rows, against what their copies wrote. It costs another
-- look at the staged rows.
-- must return 1
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

-- [b1.chunk.verify.content.per_hour] what is staged for web.per_hour is what its views' queries
--     make
-- A checksum that does not depend on the order of rows or the fall of blocks: each group's
-- totals, over the staged rows and over the views' queries. It costs another look at the staged
-- rows.
-- must return 1
WITH
    (
SELECT sum(bfc_hash)
FROM
(
SELECT cityHash64(tuple(hour, site, ifNull(toString(sum(ifNull(hits, 0))), ''))) AS bfc_hash
FROM (
SELECT ifNull(CAST(hour AS Nullable(DateTime('Europe/Berlin'))), defaultValueOfTypeName('DateTime(\'Europe/Berlin\')')) AS hour, ifNull(CAST(site AS Nullable(String)), defaultValueOfTypeName('String')) AS site, hits
FROM
(
SELECT toStartOfHour(time) AS hour, site, count() AS hits FROM web.{dup_hits:Identifier} AS hits GROUP BY hour, site
)
)
GROUP BY hour, site
)
    ) AS expected,
    (
SELECT sum(bfc_hash)
FROM
(
SELECT cityHash64(tuple(hour, site, ifNull(toString(sum(ifNull(hits, 0))), ''))) AS bfc_hash
FROM web.{dup_per_hour:Identifier}
GROUP BY hour, site
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('checksum of web.per_hour: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.per_day] every group of web.per_day is staged
-- must return 1
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

-- [b1.chunk.verify.content.per_day] what is staged for web.per_day is what its views' queries
--     make
-- must return 1
WITH
    (
SELECT sum(bfc_hash)
FROM
(
SELECT cityHash64(tuple(day, site, ifNull(toString(sum(ifNull(hits, 0))), ''))) AS bfc_hash
FROM (
SELECT ifNull(CAST(day AS Nullable(Date)), defaultValueOfTypeName('Date')) AS day, ifNull(CAST(site AS Nullable(String)), defaultValueOfTypeName('String')) AS site, hits
FROM
(
SELECT toDate(hour) AS day, site, sum(hits) AS hits FROM web.{dup_per_hour:Identifier} AS per_hour GROUP BY day, site
)
)
GROUP BY day, site
)
    ) AS expected,
    (
SELECT sum(bfc_hash)
FROM
(
SELECT cityHash64(tuple(day, site, ifNull(toString(sum(ifNull(hits, 0))), ''))) AS bfc_hash
FROM web.{dup_per_day:Identifier}
GROUP BY day, site
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('checksum of web.per_day: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.per_month] every group of web.per_month is staged
-- must return 1
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

-- [b1.chunk.verify.content.per_month] what is staged for web.per_month is what its views'
--     queries make
-- must return 1
WITH
    (
SELECT sum(bfc_hash)
FROM
(
SELECT cityHash64(tuple(month, site, ifNull(toString(sum(ifNull(hits, 0))), ''))) AS bfc_hash
FROM (
SELECT ifNull(CAST(month AS Nullable(Date)), defaultValueOfTypeName('Date')) AS month, ifNull(CAST(site AS Nullable(String)), defaultValueOfTypeName('String')) AS site, hits
FROM
(
SELECT toStartOfMonth(day) AS month, site, sum(hits) AS hits FROM web.{dup_per_day:Identifier} AS per_day GROUP BY month, site
)
)
GROUP BY month, site
)
    ) AS expected,
    (
SELECT sum(bfc_hash)
FROM
(
SELECT cityHash64(tuple(month, site, ifNull(toString(sum(ifNull(hits, 0))), ''))) AS bfc_hash
FROM web.{dup_per_month:Identifier}
GROUP BY month, site
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('checksum of web.per_month: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
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

-- [b1.chunk.merges] merges of the live tables keep up
-- The server slows down inserts into a table with many parts in a partition, and refuses them
-- in the end. A move is let in whatever it brings, and could shut the door on live inserts.
-- wait until it returns 1
SELECT
    empty(behind) AS ok,
    arrayStringConcat(behind, '; ') AS message
FROM
(
    SELECT groupArray(concat('merges of ', ['web.hits', 'web.per_hour', 'web.per_day', 'web.per_month'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month')], (database, table)),
                indexOf([('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))) AS parts,
            countIf((database, table) NOT IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))) AS bytes,
            {parts_most:Array(UInt64)}[position] AS most,
            {parts_refused:Array(UInt64)}[position] AS refuses,
            {parts_large:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'), ('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b1.chunk.move.hits] move the chunk into web.hits
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.hits':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE web.{dup_hits:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.hits;

-- [b1.chunk.move.per_hour] move the chunk into web.per_hour
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_hour':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE web.{dup_per_hour:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.per_hour;

-- [b1.chunk.move.per_day] move the chunk into web.per_day
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_day':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE web.{dup_per_day:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.per_day;

-- [b1.chunk.move.per_month] move the chunk into web.per_month
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_month':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE web.{dup_per_month:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.per_month;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String}));

-- --- finish ---

-- [b1.chunk.drop.per_hour_mv] drop the staged per_hour_mv
-- It is empty or was given up.
DROP TABLE IF EXISTS web.{copy_per_hour_mv:Identifier} SYNC;
-- [b1.chunk.drop.per_day_mv] drop the staged per_day_mv
DROP TABLE IF EXISTS web.{copy_per_day_mv:Identifier} SYNC;
-- [b1.chunk.drop.per_month_mv] drop the staged per_month_mv
DROP TABLE IF EXISTS web.{copy_per_month_mv:Identifier} SYNC;
-- [b1.chunk.drop.hits] drop the staged hits
DROP TABLE IF EXISTS web.{dup_hits:Identifier} SYNC;
-- [b1.chunk.drop.per_hour] drop the staged per_hour
DROP TABLE IF EXISTS web.{dup_per_hour:Identifier} SYNC;
-- [b1.chunk.drop.per_day] drop the staged per_day
DROP TABLE IF EXISTS web.{dup_per_day:Identifier} SYNC;
-- [b1.chunk.drop.per_month] drop the staged per_month
DROP TABLE IF EXISTS web.{dup_per_month:Identifier} SYNC;

-- ======== 3. Clean up ========

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind. All their names begin with this
-- migration's tag.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('web')
    AND startsWith(name, 'bfc_b3dc74d4_')
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
    AND ((database, table) IN (('web', 'hits'), ('web', 'per_hour'), ('web', 'per_day'), ('web', 'per_month'))
        AND uuid IN
        (
            SELECT uuid
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String}))
        )
        OR (database, table, min_block_number) IN
        (
            SELECT database, table, min_block_number
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('web', {dup_hits:String}), ('web', {dup_per_hour:String}), ('web', {dup_per_day:String}), ('web', {dup_per_month:String}))
        ));

-- [b1.chunk.already.hits] parts that an interrupted move brought to web.hits already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not.
SELECT name AS already_part_hits
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'web'
    AND table = {dup_hits:String}
    AND uuid IN
    (
        SELECT uuid
        FROM system.parts
        WHERE database = 'web'
            AND table = 'hits'
            AND (active
                OR remove_time > modification_time
                OR remove_time > now() - uptime() + 1)
    )
ORDER BY name;

-- [b1.chunk.arrived.hits] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Its rows are in the live table.
-- repeat: it looks at what is there first
-- Once for each row of [b1.chunk.already.hits]:
SET param_already_part_hits = ''; -- copy column already_part_hits of [b1.chunk.already.hits]
ALTER TABLE web.{dup_hits:Identifier}
DROP PART {already_part_hits:String};

-- [b1.chunk.evidence.hits] nothing of the rest is hidden in web.hits
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
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.hits':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]
WITH
    (
        SELECT sum(rows)
        FROM system.parts
        WHERE active
            AND database = 'web'
            AND table = {dup_hits:String}
            AND partition_id = {seal_partition:String}
    ) AS left_rows,
    (
        SELECT arraySort(groupUniqArray(min_block_number))
        FROM system.parts
        WHERE database = 'web'
            AND table = 'hits'
            AND level = 0
            AND min_block_number = max_block_number
            AND data_version = min_block_number
            AND min_block_number > {seal_block:Int64}
    ) AS listed,
    (
        SELECT groupArray(name)
        FROM system.parts
        WHERE database = 'web'
            AND table = 'hits'
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
                        AND table = {dup_hits:String}
                ))
    ) AS doubtful
SELECT
    left_rows = 0
        OR empty(doubtful) AS ok,
    concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_hits:String},
        ', and web.hits has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.chunk.already.per_hour] parts that an interrupted move brought to web.per_hour already
-- as [b1.chunk.already.hits], but for these lines:
-- SELECT name AS already_part_per_hour
--     AND table = {dup_per_hour:String}
--             AND table = 'per_hour'

-- [b1.chunk.arrived.per_hour] take them out of the duplicate
-- Once for each row of [b1.chunk.already.per_hour]:
SET param_already_part_per_hour = ''; -- copy column already_part_per_hour of [b1.chunk.already.per_hour]
ALTER TABLE web.{dup_per_hour:Identifier}
DROP PART {already_part_per_hour:String};

-- [b1.chunk.evidence.per_hour] nothing of the rest is hidden in web.per_hour
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_hour':
-- as [b1.chunk.evidence.hits], but for these lines:
--             AND table = {dup_per_hour:String}
--             AND table = 'per_hour'
--             AND table = 'per_hour'
--                         AND table = {dup_per_hour:String}
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_hour:String},
--         ', and web.per_hour has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

-- [b1.chunk.already.per_day] parts that an interrupted move brought to web.per_day already
-- as [b1.chunk.already.hits], but for these lines:
-- SELECT name AS already_part_per_day
--     AND table = {dup_per_day:String}
--             AND table = 'per_day'

-- [b1.chunk.arrived.per_day] take them out of the duplicate
-- Once for each row of [b1.chunk.already.per_day]:
SET param_already_part_per_day = ''; -- copy column already_part_per_day of [b1.chunk.already.per_day]
ALTER TABLE web.{dup_per_day:Identifier}
DROP PART {already_part_per_day:String};

-- [b1.chunk.evidence.per_day] nothing of the rest is hidden in web.per_day
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_day':
-- as [b1.chunk.evidence.hits], but for these lines:
--             AND table = {dup_per_day:String}
--             AND table = 'per_day'
--             AND table = 'per_day'
--                         AND table = {dup_per_day:String}
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_day:String},
--         ', and web.per_day has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

-- [b1.chunk.already.per_month] parts that an interrupted move brought to web.per_month already
-- as [b1.chunk.already.hits], but for these lines:
-- SELECT name AS already_part_per_month
--     AND table = {dup_per_month:String}
--             AND table = 'per_month'

-- [b1.chunk.arrived.per_month] take them out of the duplicate
-- Once for each row of [b1.chunk.already.per_month]:
SET param_already_part_per_month = ''; -- copy column already_part_per_month of [b1.chunk.already.per_month]
ALTER TABLE web.{dup_per_month:Identifier}
DROP PART {already_part_per_month:String};

-- [b1.chunk.evidence.per_month] nothing of the rest is hidden in web.per_month
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_month':
-- as [b1.chunk.evidence.hits], but for these lines:
--             AND table = {dup_per_month:String}
--             AND table = 'per_month'
--             AND table = 'per_month'
--                         AND table = {dup_per_month:String}
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_month:String},
--         ', and web.per_month has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

-- ======== Appendix: too little memory, or a full disk ========

-- Where a disk was full under a chunk, none begins until there is room. Where the server has no
-- memory for a chunk, in small blocks either, the rows of its halves are chunks of their own
-- and take its place.

-- [b1.chunk.halves] two chunks in the place of one that does not fit in memory
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
