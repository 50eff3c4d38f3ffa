-- states: States of aggregate functions, two views into one target, months and integers
--
-- Strategy:      duplicate
-- Writes to:     sensors.measures, sensors.readings, sensors.summary, sensors.summary_high,
--                sensors.summary_low
-- Staged names:  bfc_923b4b90_…, dropped at the end
-- Resume points: b1.split, b1.bounds, b1.chunks, b1.chunk.seal, b2.split, b2.bounds, b2.chunks,
--                b2.chunk.seal
-- Plan:          5bdaed34dd5e002b73766578738814a048b61533ad9b0fd5fe6ccad1c0a163ea
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

-- [ensure.database.sensors] database sensors
CREATE DATABASE IF NOT EXISTS sensors;

-- [ensure.table.sensors.measures.declared] sensors.measures as declared (states.bf:31)
-- Empty, under a scratch name: a table that is there is compared with it, one that is missing
-- is made like it.
CREATE OR REPLACE TABLE sensors.bfc_923b4b90_check_measures
(
id Int64, kind String
)
engine = MergeTree order by id;

-- [ensure.table.sensors.readings.declared] sensors.readings as declared (states.bf:4)
CREATE OR REPLACE TABLE sensors.bfc_923b4b90_check_readings
(
time DateTime64(3, 'America/New_York'), sensor Int64, value Float64
)
engine = MergeTree partition by toYYYYMM(time) order by (sensor, time);

-- [ensure.table.sensors.summary.declared] sensors.summary as declared (states.bf:7)
CREATE OR REPLACE TABLE sensors.bfc_923b4b90_check_summary
(
    sensor  Int64,
    values  AggregateFunction(count),
    average AggregateFunction(avg, Float64),
    highest SimpleAggregateFunction(max, Float64)
)
engine = AggregatingMergeTree order by sensor;

-- [ensure.tables.same] tables that are there are as declared (states.bf:31)
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
            replaceOne(table, 'bfc_923b4b90_check_', '') AS live,
            fact.1 AS what,
            anyIf(fact.2, table = live) AS present,
            anyIf(fact.2, table != live) AS declared
        FROM
        (
            SELECT database, table,
                (concat('column ', name), trimRight(concat(type, ' ', default_kind))) AS fact
            FROM system.columns
            WHERE database IN ('sensors')
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
            WHERE database IN ('sensors')
        )
        WHERE (database, live) IN (('sensors', 'measures'), ('sensors', 'readings'), ('sensors', 'summary'))
            AND (database, live) IN (SELECT database, name FROM system.tables)
        GROUP BY database, live, what
        HAVING present != declared
        ORDER BY database, live, what
    )
);

-- [ensure.table.sensors.measures] sensors.measures, when it is missing
CREATE TABLE IF NOT EXISTS sensors.measures AS sensors.bfc_923b4b90_check_measures;
-- [ensure.table.sensors.readings] sensors.readings, when it is missing (states.bf:4)
CREATE TABLE IF NOT EXISTS sensors.readings AS sensors.bfc_923b4b90_check_readings;
-- [ensure.table.sensors.summary] sensors.summary, when it is missing (states.bf:7)
CREATE TABLE IF NOT EXISTS sensors.summary AS sensors.bfc_923b4b90_check_summary;

-- [ensure.tables.clean] drop the scratch twins
DROP TABLE IF EXISTS
    sensors.bfc_923b4b90_check_measures,
    sensors.bfc_923b4b90_check_readings,
    sensors.bfc_923b4b90_check_summary
SYNC;

-- [ensure.view.sensors.summary_high.declared] the query of sensors.summary_high as declared
--     (states.bf:19)
-- A plain view, under a scratch name: it never fires. A view that is there is compared with it.
CREATE OR REPLACE VIEW sensors.bfc_923b4b90_check_summary_high
AS
SELECT sensor, countState() AS values, avgState(readings.value) AS average, max(readings.value) AS highest
FROM sensors.readings WHERE readings.value >= 0 GROUP BY sensor;

-- [ensure.view.sensors.summary_low.declared] the query of sensors.summary_low as declared
--     (states.bf:16)
CREATE OR REPLACE VIEW sensors.bfc_923b4b90_check_summary_low
AS
SELECT sensor, countState() AS values, avgState(r.value) AS average, max(r.value) AS highest
FROM sensors.readings AS r WHERE r.value < 0 OR r.value = 1 GROUP BY sensor;

-- [ensure.views.same] views that are there are as declared, and no view comes too late
--     (states.bf:19)
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
        WHERE database IN ('sensors')
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
        ('sensors.summary_high', 'sensors.bfc_923b4b90_check_summary_high', 'sensors.readings',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW sensors.summary_high TO sensors.summary AS SELECT 1')),
        ('sensors.summary_low', 'sensors.bfc_923b4b90_check_summary_low', 'sensors.readings',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW sensors.summary_low TO sensors.summary AS SELECT 1')))
    )
);

-- [ensure.view.sensors.summary_high] sensors.summary_high, when it is missing
CREATE MATERIALIZED VIEW IF NOT EXISTS sensors.summary_high
TO sensors.summary
AS
SELECT sensor, countState() AS values, avgState(readings.value) AS average, max(readings.value) AS highest
FROM sensors.readings WHERE readings.value >= 0 GROUP BY sensor;

-- [ensure.view.sensors.summary_low] sensors.summary_low, when it is missing (states.bf:16)
CREATE MATERIALIZED VIEW IF NOT EXISTS sensors.summary_low
TO sensors.summary
AS
SELECT sensor, countState() AS values, avgState(r.value) AS average, max(r.value) AS highest
FROM sensors.readings AS r WHERE r.value < 0 OR r.value = 1 GROUP BY sensor;

-- [ensure.views.clean] drop the scratch twins
DROP TABLE IF EXISTS
    sensors.bfc_923b4b90_check_summary_high,
    sensors.bfc_923b4b90_check_summary_low
SYNC;

-- [b1.grants] the user may stage and move in sensors (states.bf:25)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE
--     TABLE, DROP TABLE ON sensors.* TO the user of this run
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON sensors.*;

-- [b1.grants.system] the user may read what the checks read and use the tables' engines
-- must return 1; if not: grant what is missing: GRANT SELECT ON system.parts, SELECT ON
--     system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON
--     system.merge_tree_settings, TABLE ENGINE ON MergeTree, TABLE ENGINE ON
--     AggregatingMergeTree TO the user of this run
CHECK GRANT SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON system.merge_tree_settings, TABLE ENGINE ON MergeTree, TABLE ENGINE ON AggregatingMergeTree;

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
    WHERE (database, name) IN (('sensors', 'readings'), ('sensors', 'summary'))
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
        WHERE (database, name) IN (('sensors', 'readings'), ('sensors', 'summary'))
    )
        AND (database, name) NOT IN (('', ''), ('sensors', 'summary_high'), ('sensors', 'summary_low'))
);

-- [b1.mutations] no mutation is pending on the tables to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('sensors', 'readings'), ('sensors', 'summary'));

-- [b1.split] the split, as the migration says it, in UTC; a resume point
-- A literal means what it means in the column's own time zone; pinned in UTC it means the same
-- everywhere.
SELECT toString(toTimeZone(CAST('2024-03-15 12:00:00' AS DateTime64(3, 'America/New_York')), 'UTC')) AS split;
SET param_split = ''; -- copy column split of [b1.split]

-- [b1.empty] sensors.readings has nothing yet on the history's side of the split
-- Rows that are there already and come with the history again would be double. It reads only,
-- and is looked at once: later the history itself is there.
-- must return 1; if not: take an earlier split, or say 'overlap is fine' after it when these
--     rows are not in the source
SELECT
    count() = 0 AS ok,
    concat('sensors.readings already has ', toString(count()), ' rows older than ', {split:String}) AS message
FROM sensors.readings
WHERE time < {split:DateTime64(3, 'UTC')};

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
                WHERE (database, name) IN (('sensors', 'readings'), ('sensors', 'summary'))
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
            indexOf([('sensors', 'readings'), ('sensors', 'summary')], (database, name)) AS position,
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
        WHERE database IN ('sensors', 'sensors')
            AND name IN ('readings', 'summary')
            AND (database, name) IN (('sensors', 'readings'), ('sensors', 'summary'))
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
            CAST(bfc_begins AS Nullable(DateTime64(3, 'America/New_York'))) AS begins,
            min(bfc_value) AS lowest,
            max(bfc_value) AS highest,
            CAST(lowest AS Nullable(DateTime64(3, 'America/New_York'))) AS oldest,
            CAST(highest AS Nullable(DateTime64(3, 'America/New_York'))) AS newest
        FROM
        (
            SELECT
                time AS bfc_value,
                toStartOfInterval(CAST(time AS Nullable(DateTime64(3, 'America/New_York'))), INTERVAL 1 MONTH) AS bfc_begins
            FROM
(
SELECT * FROM sensors_old.readings
) AS by_time
WHERE time < {split:DateTime64(3, 'UTC')}
        )
        WHERE bfc_value IS NOT NULL
        GROUP BY bfc_begins
    )
    WINDOW in_order AS (PARTITION BY begins IS NULL ORDER BY oldest)
)
WHERE throwIf(chunks > 100000, 'more than 100000 chunks: take larger steps') = 0
    AND throwIf(ifNull(abs(dateDiff('day', toDateTime64(lowest, 0, 'UTC'), toDateTime64(oldest, 0, 'UTC'))) > 1
        OR abs(dateDiff('day', toDateTime64(highest, 0, 'UTC'), toDateTime64(newest, 0, 'UTC'))) > 1, 0),
        'the source has values that the type of sensors.readings.time cannot hold: leave them out with where (…), or convert them in the source') = 0
ORDER BY begins IS NULL DESC, number
SETTINGS enable_extended_results_for_datetime_functions = 1,
    optimize_aggregation_in_order = 1,
    max_rows_to_group_by = 100001, group_by_overflow_mode = 'any';

-- ======== 2. Load, verify and publish the history ========

-- [b1.chunks] load sensors.readings and what its views derive, chunk by chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Once for each row of [b1.bounds], in order:
SET param_lo = ''; -- copy column lo of [b1.bounds]
SET param_hi = ''; -- copy column hi of [b1.bounds]
SET param_edge = ''; -- copy column edge of [b1.bounds]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_readings = 'bfc_by_hand_dup_readings';
SET param_dup_summary = 'bfc_by_hand_dup_summary';
SET param_copy_summary_high = 'bfc_by_hand_copy_summary_high';
SET param_copy_summary_low = 'bfc_by_hand_copy_summary_low';

-- --- stage ---

-- [b1.chunk.stage.readings] a duplicate of sensors.readings
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE sensors.{dup_readings:Identifier} AS sensors.readings
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.summary] a duplicate of sensors.summary
CREATE TABLE sensors.{dup_summary:Identifier} AS sensors.summary
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.summary_low] a copy of sensors.summary_low between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE MATERIALIZED VIEW sensors.{copy_summary_low:Identifier}
TO sensors.{dup_summary:Identifier}
AS
SELECT sensor, countState() AS values, avgState(r.value) AS average, max(r.value) AS highest
FROM sensors.{dup_readings:Identifier} AS r WHERE r.value < 0 OR r.value = 1 GROUP BY sensor;

-- [b1.chunk.stage.summary_high] a copy of sensors.summary_high between the duplicates
CREATE MATERIALIZED VIEW sensors.{copy_summary_high:Identifier}
TO sensors.{dup_summary:Identifier}
AS
SELECT sensor, countState() AS values, avgState(readings.value) AS average, max(readings.value) AS highest
FROM sensors.{dup_readings:Identifier} AS readings WHERE readings.value >= 0 GROUP BY sensor;

-- --- load ---

-- [b1.chunk.load] load the chunk into the duplicate of sensors.readings
-- The copies of the views fire on it and fill the duplicates of their targets.
-- optimize_on_insert = 0: rows staged are rows read, also where the engine would combine them.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO sensors.{dup_readings:Identifier}
(
    time, sensor, value
)
SETTINGS
    optimize_on_insert = 0
SELECT
    time, sensor, value
FROM
(
SELECT * FROM sensors_old.readings
) AS by_time
WHERE time < {split:DateTime64(3, 'UTC')}
    AND (time >= {lo:DateTime64(3, 'UTC')} OR {edge:String} IN ('first', 'only'))
    AND (time < {hi:DateTime64(3, 'UTC')} OR {edge:String} IN ('last', 'only'));

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
SELECT * FROM sensors_old.readings
) AS by_time
WHERE time < {split:DateTime64(3, 'UTC')}
    AND (time >= {lo:DateTime64(3, 'UTC')} OR {edge:String} IN ('first', 'only'))
    AND (time < {hi:DateTime64(3, 'UTC')} OR {edge:String} IN ('last', 'only'))
    ) AS expected,
    (
SELECT count()
FROM sensors.{dup_readings:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('rows for sensors.readings: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.content] the rows staged are the source's rows
-- A checksum that does not depend on the order of rows; a column with a DEFAULT takes part when
-- the source's can't be NULL. It reads the source range again, and nothing else.
-- must return 1
WITH
    (
SELECT sum(cityHash64(tuple(ifNull(CAST(time AS Nullable(DateTime64(3, 'America/New_York'))), defaultValueOfTypeName('DateTime64(3, \'America/New_York\')')), ifNull(CAST(sensor AS Nullable(Int64)), defaultValueOfTypeName('Int64')), ifNull(CAST(value AS Nullable(Float64)), defaultValueOfTypeName('Float64')))))
FROM
(
SELECT * FROM sensors_old.readings
) AS by_time
WHERE time < {split:DateTime64(3, 'UTC')}
    AND (time >= {lo:DateTime64(3, 'UTC')} OR {edge:String} IN ('first', 'only'))
    AND (time < {hi:DateTime64(3, 'UTC')} OR {edge:String} IN ('last', 'only'))
    ) AS expected,
    (
SELECT sum(cityHash64(tuple(time, sensor, value)))
FROM sensors.{dup_readings:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('checksum of sensors.readings: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.summary] every group of sensors.summary is staged
-- The views' queries over the staged rows, against what their copies wrote. It costs another
-- look at the staged rows.
-- must return 1
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(sensor AS Nullable(Int64)), defaultValueOfTypeName('Int64'))
FROM
(
SELECT sensor, countState() AS values, avgState(readings.value) AS average, max(readings.value) AS highest
FROM sensors.{dup_readings:Identifier} AS readings WHERE readings.value >= 0 GROUP BY sensor
)
UNION DISTINCT
SELECT DISTINCT ifNull(CAST(sensor AS Nullable(Int64)), defaultValueOfTypeName('Int64'))
FROM
(
SELECT sensor, countState() AS values, avgState(r.value) AS average, max(r.value) AS highest
FROM sensors.{dup_readings:Identifier} AS r WHERE r.value < 0 OR r.value = 1 GROUP BY sensor
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

-- [b1.chunk.verify.content.summary] what is staged for sensors.summary is what its views'
--     queries make
-- A checksum that does not depend on the order of rows or the fall of blocks: each group's
-- totals, over the staged rows and over the views' queries; left out, as no total of them is to
-- be had alike: average, highest. It costs another look at the staged rows.
-- must return 1
WITH
    (
SELECT sum(bfc_hash)
FROM
(
SELECT cityHash64(tuple(sensor, ifNull(toString(countMerge(`values`)), ''))) AS bfc_hash
FROM (
SELECT ifNull(CAST(sensor AS Nullable(Int64)), defaultValueOfTypeName('Int64')) AS sensor, `values`
FROM
(
SELECT sensor, countState() AS values, avgState(readings.value) AS average, max(readings.value) AS highest
FROM sensors.{dup_readings:Identifier} AS readings WHERE readings.value >= 0 GROUP BY sensor
)
UNION ALL
SELECT ifNull(CAST(sensor AS Nullable(Int64)), defaultValueOfTypeName('Int64')) AS sensor, `values`
FROM
(
SELECT sensor, countState() AS values, avgState(r.value) AS average, max(r.value) AS highest
FROM sensors.{dup_readings:Identifier} AS r WHERE r.value < 0 OR r.value = 1 GROUP BY sensor
)
)
GROUP BY sensor
)
    ) AS expected,
    (
SELECT sum(bfc_hash)
FROM
(
SELECT cityHash64(tuple(sensor, ifNull(toString(countMerge(`values`)), ''))) AS bfc_hash
FROM sensors.{dup_summary:Identifier}
GROUP BY sensor
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('checksum of sensors.summary: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
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

-- [b1.chunk.merges] merges of the live tables keep up
-- The server slows down inserts into a table with many parts in a partition, and refuses them
-- in the end. A move is let in whatever it brings, and could shut the door on live inserts.
-- wait until it returns 1
SELECT
    empty(behind) AS ok,
    arrayStringConcat(behind, '; ') AS message
FROM
(
    SELECT groupArray(concat('merges of ', ['sensors.readings', 'sensors.summary'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('sensors', 'readings'), ('sensors', 'summary')], (database, table)),
                indexOf([('sensors', {dup_readings:String}), ('sensors', {dup_summary:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('sensors', 'readings'), ('sensors', 'summary'))) AS parts,
            countIf((database, table) NOT IN (('sensors', 'readings'), ('sensors', 'summary')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('sensors', 'readings'), ('sensors', 'summary'))) AS bytes,
            {parts_most:Array(UInt64)}[position] AS most,
            {parts_refused:Array(UInt64)}[position] AS refuses,
            {parts_large:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('sensors', 'readings'), ('sensors', 'summary'), ('sensors', {dup_readings:String}), ('sensors', {dup_summary:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b1.chunk.move.readings] move the chunk into sensors.readings
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b1.chunk.seal] with seal_table = 'sensors.readings':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE sensors.{dup_readings:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE sensors.readings;

-- [b1.chunk.move.summary] move the chunk into sensors.summary
-- Once for each row of [b1.chunk.seal] with seal_table = 'sensors.summary':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE sensors.{dup_summary:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE sensors.summary;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('sensors', {dup_readings:String}), ('sensors', {dup_summary:String}));

-- --- finish ---

-- [b1.chunk.drop.summary_high] drop the staged summary_high
-- It is empty or was given up.
DROP TABLE IF EXISTS sensors.{copy_summary_high:Identifier} SYNC;
-- [b1.chunk.drop.summary_low] drop the staged summary_low
DROP TABLE IF EXISTS sensors.{copy_summary_low:Identifier} SYNC;
-- [b1.chunk.drop.readings] drop the staged readings
DROP TABLE IF EXISTS sensors.{dup_readings:Identifier} SYNC;
-- [b1.chunk.drop.summary] drop the staged summary
DROP TABLE IF EXISTS sensors.{dup_summary:Identifier} SYNC;

-- ======== 3. Make sure that everything is there and nothing stands in the way ========

-- [b2.grants] the user may stage and move in sensors (states.bf:34)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE
--     TABLE, DROP TABLE ON sensors.* TO the user of this run
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON sensors.*;

-- [b2.grants.system] the user may read what the checks read and use the tables' engines
-- must return 1; if not: grant what is missing: GRANT SELECT ON system.parts, SELECT ON
--     system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON
--     system.merge_tree_settings, TABLE ENGINE ON MergeTree TO the user of this run
CHECK GRANT SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON system.merge_tree_settings, TABLE ENGINE ON MergeTree;

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
    WHERE (database, name) IN (('sensors', 'measures'))
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
        WHERE (database, name) IN (('sensors', 'measures'))
    )
        AND (database, name) NOT IN (('', ''))
);

-- [b2.mutations] no mutation is pending on the tables to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('sensors', 'measures'));

-- [b2.split] the split, as the migration says it, in UTC; a resume point
-- A literal means what it means in the column's own time zone; pinned in UTC it means the same
-- everywhere.
SELECT toString(CAST(1000 AS Int64)) AS split_b2;
SET param_split_b2 = ''; -- copy column split_b2 of [b2.split]

-- [b2.empty] sensors.measures has nothing yet on the history's side of the split
-- Rows that are there already and come with the history again would be double. It reads only,
-- and is looked at once: later the history itself is there.
-- must return 1; if not: take an earlier split, or say 'overlap is fine' after it when these
--     rows are not in the source
SELECT
    count() = 0 AS ok,
    concat('sensors.measures already has ', toString(count()), ' rows older than ', {split_b2:String}) AS message
FROM sensors.measures
WHERE id < {split_b2:Int64};

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
            indexOf([('sensors', 'measures')], (database, name)) AS position,
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
        WHERE database IN ('sensors')
            AND name IN ('measures')
            AND (database, name) IN (('sensors', 'measures'))
    )
);
SET param_parts_most_b2 = ''; -- copy column parts_most_b2 of [b2.limits]
SET param_parts_refused_b2 = ''; -- copy column parts_refused_b2 of [b2.limits]
SET param_parts_large_b2 = ''; -- copy column parts_large_b2 of [b2.limits]

-- [b2.bounds] the ranges of id, a chunk each; a resume point
-- Found once and pinned, so that every resume has the same chunks: it reads that column of the
-- whole source, once. A chunk begins where there are rows and ends where the next one begins;
-- the first has no lower end and the last no upper one, so that every row of the history is in
-- one of them. Their ends here are the oldest and the newest row.
SELECT
    toString(if(number = 1, oldest, begins)) AS lo_b2,
    toString(if(number = chunks, newest, next)) AS hi_b2,
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
            CAST(bfc_begins AS Nullable(Int64)) AS begins,
            min(bfc_value) AS lowest,
            max(bfc_value) AS highest,
            CAST(lowest AS Nullable(Int64)) AS oldest,
            CAST(highest AS Nullable(Int64)) AS newest
        FROM
        (
            SELECT
                id AS bfc_value,
                CAST(id AS Nullable(Int64)) - positiveModulo(CAST(id AS Nullable(Int64)), 250) AS bfc_begins
            FROM
(
SELECT id, kind FROM sensors_old.measures
) AS by_id
WHERE id < {split_b2:Int64}
        )
        WHERE bfc_value IS NOT NULL
        GROUP BY bfc_begins
    )
    WINDOW in_order AS (PARTITION BY begins IS NULL ORDER BY oldest)
)
WHERE throwIf(chunks > 100000, 'more than 100000 chunks: take larger steps') = 0
    AND throwIf(ifNull(lowest != oldest
        OR highest != newest, 0),
        'the source has values that the type of sensors.measures.id cannot hold: leave them out with where (…), or convert them in the source') = 0
ORDER BY begins IS NULL DESC, number
SETTINGS enable_extended_results_for_datetime_functions = 1,
    optimize_aggregation_in_order = 1,
    max_rows_to_group_by = 100001, group_by_overflow_mode = 'any';

-- ======== 4. Load, verify and publish the history ========

-- [b2.chunks] load sensors.measures and what its views derive, chunk by chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Once for each row of [b2.bounds], in order:
SET param_lo_b2 = ''; -- copy column lo_b2 of [b2.bounds]
SET param_hi_b2 = ''; -- copy column hi_b2 of [b2.bounds]
SET param_edge_b2 = ''; -- copy column edge_b2 of [b2.bounds]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_measures_b2 = 'bfc_by_hand_dup_measures_b2';

-- --- stage ---

-- [b2.chunk.stage.measures] a duplicate of sensors.measures
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE sensors.{dup_measures_b2:Identifier} AS sensors.measures
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- --- load ---

-- [b2.chunk.load] load the chunk into the duplicate of sensors.measures
-- The copies of the views fire on it and fill the duplicates of their targets.
-- optimize_on_insert = 0: rows staged are rows read, also where the engine would combine them.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO sensors.{dup_measures_b2:Identifier}
(
    id, kind
)
SETTINGS
    optimize_on_insert = 0
SELECT
    id, kind
FROM
(
SELECT id, kind FROM sensors_old.measures
) AS by_id
WHERE id < {split_b2:Int64}
    AND (id >= {lo_b2:Int64} OR {edge_b2:String} IN ('first', 'only'))
    AND (id < {hi_b2:Int64} OR {edge_b2:String} IN ('last', 'only'));

-- [b2.chunk.verify] as many rows are staged as the source has
-- A row that got lost, or came twice, would show here. It costs a count of the source's rows of
-- this chunk, which reads the columns of its conditions again and no others.
-- must return 1; if not: nothing was published and the staged tables are kept until the next
--     run: look at them, then run the same command again
WITH
    (
SELECT count()
FROM
(
SELECT id, kind FROM sensors_old.measures
) AS by_id
WHERE id < {split_b2:Int64}
    AND (id >= {lo_b2:Int64} OR {edge_b2:String} IN ('first', 'only'))
    AND (id < {hi_b2:Int64} OR {edge_b2:String} IN ('last', 'only'))
    ) AS expected,
    (
SELECT count()
FROM sensors.{dup_measures_b2:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('rows for sensors.measures: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b2.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
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

-- [b2.chunk.merges] merges of the live tables keep up
-- The server slows down inserts into a table with many parts in a partition, and refuses them
-- in the end. A move is let in whatever it brings, and could shut the door on live inserts.
-- wait until it returns 1
SELECT
    empty(behind) AS ok,
    arrayStringConcat(behind, '; ') AS message
FROM
(
    SELECT groupArray(concat('merges of ', ['sensors.measures'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('sensors', 'measures')], (database, table)),
                indexOf([('sensors', {dup_measures_b2:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('sensors', 'measures'))) AS parts,
            countIf((database, table) NOT IN (('sensors', 'measures')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('sensors', 'measures'))) AS bytes,
            {parts_most_b2:Array(UInt64)}[position] AS most,
            {parts_refused_b2:Array(UInt64)}[position] AS refuses,
            {parts_large_b2:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('sensors', 'measures'), ('sensors', {dup_measures_b2:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b2.chunk.move.measures] move the chunk into sensors.measures
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b2.chunk.seal] with seal_table_b2 = 'sensors.measures':
SET param_seal_partition_b2 = ''; -- copy column seal_partition_b2 of [b2.chunk.seal]
ALTER TABLE sensors.{dup_measures_b2:Identifier}
MOVE PARTITION ID {seal_partition_b2:String} TO TABLE sensors.measures;

-- [b2.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('sensors', {dup_measures_b2:String}));

-- --- finish ---

-- [b2.chunk.drop.measures] drop the staged measures
-- It is empty or was given up.
DROP TABLE IF EXISTS sensors.{dup_measures_b2:Identifier} SYNC;

-- ======== 5. Clean up ========

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind. All their names begin with this
-- migration's tag.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('sensors')
    AND startsWith(name, 'bfc_923b4b90_')
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

-- [b1.chunk.settled] nothing is left of a move that failed (states.bf:25)
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
    AND ((database, table) IN (('sensors', 'readings'), ('sensors', 'summary'))
        AND uuid IN
        (
            SELECT uuid
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('sensors', {dup_readings:String}), ('sensors', {dup_summary:String}))
        )
        OR (database, table, min_block_number) IN
        (
            SELECT database, table, min_block_number
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('sensors', {dup_readings:String}), ('sensors', {dup_summary:String}))
        ));

-- [b1.chunk.already.readings] parts that an interrupted move brought to sensors.readings
--     already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not.
SELECT name AS already_part_readings
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'sensors'
    AND table = {dup_readings:String}
    AND uuid IN
    (
        SELECT uuid
        FROM system.parts
        WHERE database = 'sensors'
            AND table = 'readings'
            AND (active
                OR remove_time > modification_time
                OR remove_time > now() - uptime() + 1)
    )
ORDER BY name;

-- [b1.chunk.arrived.readings] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Its rows are in the live table.
-- repeat: it looks at what is there first
-- Once for each row of [b1.chunk.already.readings]:
SET param_already_part_readings = ''; -- copy column already_part_readings of [b1.chunk.already.readings]
ALTER TABLE sensors.{dup_readings:Identifier}
DROP PART {already_part_readings:String};

-- [b1.chunk.evidence.readings] nothing of the rest is hidden in sensors.readings
-- After a restart of the server a moved part may have been merged away and its UUID forgotten.
-- Moving it again would double it, and dropping one that never arrived would lose it, so a
-- doubt stops the run.
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back. A doubt is
-- settled by counting the live rows of the chunk's own range: with those still staged they are
-- the seal's.
-- must return 1; if not: nothing was touched: the staged tables hold the rest of the chunk.
--     Compare the partition with its source; when the rest is missing in the live table, move
--     it with ALTER TABLE … MOVE PARTITION, when it is there, drop it from the staged table;
--     then run the same command again
-- Once for each row of [b1.chunk.seal] with seal_table = 'sensors.readings':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]
WITH
    (
        SELECT sum(rows)
        FROM system.parts
        WHERE active
            AND database = 'sensors'
            AND table = {dup_readings:String}
            AND partition_id = {seal_partition:String}
    ) AS left_rows,
    (
        SELECT arraySort(groupUniqArray(min_block_number))
        FROM system.parts
        WHERE database = 'sensors'
            AND table = 'readings'
            AND level = 0
            AND min_block_number = max_block_number
            AND data_version = min_block_number
            AND min_block_number > {seal_block:Int64}
    ) AS listed,
    (
        SELECT groupArray(name)
        FROM system.parts
        WHERE database = 'sensors'
            AND table = 'readings'
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
                        AND database = 'sensors'
                        AND table = {dup_readings:String}
                ))
    ) AS doubtful
SELECT
    left_rows = 0
        OR empty(doubtful)
        OR left_rows + (
            SELECT count()
            FROM sensors.readings
            WHERE _partition_id = {seal_partition:String}
            AND time < {split:DateTime64(3, 'UTC')}
    AND (time >= {lo:DateTime64(3, 'UTC')} OR {edge:String} IN ('first', 'only'))
    AND (time < {hi:DateTime64(3, 'UTC')} OR {edge:String} IN ('last', 'only'))
        ) = {seal_rows:UInt64} AS ok,
    concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_readings:String},
        ', and sensors.readings has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.chunk.already.summary] parts that an interrupted move brought to sensors.summary already
-- as [b1.chunk.already.readings], but for these lines:
-- SELECT name AS already_part_summary
--     AND table = {dup_summary:String}
--             AND table = 'summary'

-- [b1.chunk.arrived.summary] take them out of the duplicate
-- Once for each row of [b1.chunk.already.summary]:
SET param_already_part_summary = ''; -- copy column already_part_summary of [b1.chunk.already.summary]
ALTER TABLE sensors.{dup_summary:Identifier}
DROP PART {already_part_summary:String};

-- [b1.chunk.evidence.summary] nothing of the rest is hidden in sensors.summary
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back. Which live rows
-- are this chunk's can't be told here by a condition, so a doubt stays one.
-- must return 1
-- Once for each row of [b1.chunk.seal] with seal_table = 'sensors.summary':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]
WITH
    (
        SELECT sum(rows)
        FROM system.parts
        WHERE active
            AND database = 'sensors'
            AND table = {dup_summary:String}
            AND partition_id = {seal_partition:String}
    ) AS left_rows,
    (
        SELECT arraySort(groupUniqArray(min_block_number))
        FROM system.parts
        WHERE database = 'sensors'
            AND table = 'summary'
            AND level = 0
            AND min_block_number = max_block_number
            AND data_version = min_block_number
            AND min_block_number > {seal_block:Int64}
    ) AS listed,
    (
        SELECT groupArray(name)
        FROM system.parts
        WHERE database = 'sensors'
            AND table = 'summary'
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
                        AND database = 'sensors'
                        AND table = {dup_summary:String}
                ))
    ) AS doubtful
SELECT
    left_rows = 0
        OR empty(doubtful) AS ok,
    concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_summary:String},
        ', and sensors.summary has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b2.chunk.settled] nothing is left of a move that failed (states.bf:34)
-- as [b1.chunk.settled], but for these lines:
--     AND ((database, table) IN (('sensors', 'measures'))
--                 AND (database, table) IN (('sensors', {dup_measures_b2:String}))
--                 AND (database, table) IN (('sensors', {dup_measures_b2:String}))

-- [b2.chunk.already.measures] parts that an interrupted move brought to sensors.measures
--     already
-- as [b1.chunk.already.readings], but for these lines:
-- SELECT name AS already_part_measures_b2
--     AND table = {dup_measures_b2:String}
--             AND table = 'measures'

-- [b2.chunk.arrived.measures] take them out of the duplicate
-- Once for each row of [b2.chunk.already.measures]:
SET param_already_part_measures_b2 = ''; -- copy column already_part_measures_b2 of [b2.chunk.already.measures]
ALTER TABLE sensors.{dup_measures_b2:Identifier}
DROP PART {already_part_measures_b2:String};

-- [b2.chunk.evidence.measures] nothing of the rest is hidden in sensors.measures
-- Once for each row of [b2.chunk.seal] with seal_table_b2 = 'sensors.measures':
-- as [b1.chunk.evidence.readings], but for these lines:
--             AND table = {dup_measures_b2:String}
--             AND partition_id = {seal_partition_b2:String}
--             AND table = 'measures'
--             AND min_block_number > {seal_block_b2:Int64}
--             AND table = 'measures'
--             AND partition_id = {seal_partition_b2:String}
--                 AND max_block_number > {seal_block_b2:Int64}
--                     != max_block_number - greatest(min_block_number - 1, {seal_block_b2:Int64})
--                         AND table = {dup_measures_b2:String}
--             FROM sensors.measures
--             WHERE _partition_id = {seal_partition_b2:String}
--             AND id < {split_b2:Int64}
--     AND (id >= {lo_b2:Int64} OR {edge_b2:String} IN ('first', 'only'))
--     AND (id < {hi_b2:Int64} OR {edge_b2:String} IN ('last', 'only'))
--         ) = {seal_rows_b2:UInt64} AS ok,
--     concat('partition ', {seal_partition_b2:String}, ': ', toString(left_rows), ' of ', {seal_rows_b2:String}, ' rows are still staged in ', {dup_measures_b2:String},
--         ', and sensors.measures has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

-- ======== Appendix: too little memory, or a full disk ========

-- Where a disk was full under a chunk, none begins until there is room. Where the server has no
-- memory for a chunk, in small blocks either, the rows of its halves are chunks of their own
-- and take its place.

-- [b1.chunk.halves] two chunks in the place of one that does not fit in memory (states.bf:25)
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
        CAST(intDiv(toInt64({lo:DateTime64(3, 'UTC')}) + toInt64({hi:DateTime64(3, 'UTC')}) + 1, 2) AS Nullable(DateTime64(3, 'America/New_York'))) AS middle,
        arrayJoin([1, 2]) AS half
)
WHERE {edge:String} != 'null'
    AND middle > {lo:DateTime64(3, 'UTC')}
    AND (middle < {hi:DateTime64(3, 'UTC')} OR {edge:String} IN ('last', 'only'))
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
                WHERE (database, name) IN (('sensors', 'readings'), ('sensors', 'summary'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);

-- [b2.chunk.halves] two chunks in the place of one that does not fit in memory (states.bf:34)
SELECT
    if(half = 1, {lo_b2:String}, toString(assumeNotNull(middle))) AS lo_b2,
    if(half = 1, toString(assumeNotNull(middle)), {hi_b2:String}) AS hi_b2,
    multiIf(
        half = 1 AND {edge_b2:String} IN ('first', 'only'), 'first',
        half = 2 AND {edge_b2:String} IN ('last', 'only'), 'last',
        '') AS edge_b2
FROM
(
    SELECT
        CAST(intDiv(toInt256({lo_b2:Int64}) + toInt256({hi_b2:Int64}) + 1, 2) AS Nullable(Int64)) AS middle,
        arrayJoin([1, 2]) AS half
)
WHERE {edge_b2:String} != 'null'
    AND middle > {lo_b2:Int64}
    AND (middle < {hi_b2:Int64} OR {edge_b2:String} IN ('last', 'only'))
ORDER BY half;

-- [b2.chunk.room] there is room again on the disks
-- as [b1.chunk.room], but for these lines:
--         8 * 67108864 AS need
--                 WHERE (database, name) IN (('sensors', 'measures'))
