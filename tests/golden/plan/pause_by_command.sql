-- pause_by_command
--
-- Strategy:      pause_and_attach with null_engine
-- Writes to:     d.words, d.lengths, d.sources, d.lengths_mv, d.sources_mv
-- Staged names:  bfc_6ec21218_…, dropped at the end
-- Resume points: b1.whole, b1.partitions, b1.chunks, b1.chunk.seal
-- Plan:          8d5cd0cb695a41127ff0bd9ae127ad73816091bb0ead64b3eddf52eb235efc77
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

-- [ensure.database.d] database d
CREATE DATABASE IF NOT EXISTS d;

-- [ensure.table.d.words.declared] d.words as declared (pause_by_command.bf:4)
-- Empty, under a scratch name: a table that is there is compared with it, one that is missing
-- is made like it.
CREATE OR REPLACE TABLE d.bfc_6ec21218_check_words
(
word String, source LowCardinality(String)
)
engine = MergeTree partition by source order by word;

-- [ensure.table.d.lengths.declared] d.lengths as declared (pause_by_command.bf:5)
CREATE OR REPLACE TABLE d.bfc_6ec21218_check_lengths
(
length UInt64, words UInt64
)
engine = SummingMergeTree order by length;

-- [ensure.table.d.sources.declared] d.sources as declared (pause_by_command.bf:6)
CREATE OR REPLACE TABLE d.bfc_6ec21218_check_sources
(
source String, words UInt64
)
engine = SummingMergeTree order by source;

-- [ensure.tables.same] tables that are there are as declared (pause_by_command.bf:4)
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
            replaceOne(table, 'bfc_6ec21218_check_', '') AS live,
            fact.1 AS what,
            anyIf(fact.2, table = live) AS present,
            anyIf(fact.2, table != live) AS declared
        FROM
        (
            SELECT database, table,
                (concat('column ', name), trimRight(concat(type, ' ', default_kind))) AS fact
            FROM system.columns
            WHERE database IN ('d')
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
            WHERE database IN ('d')
        )
        WHERE (database, live) IN (('d', 'words'), ('d', 'lengths'), ('d', 'sources'))
            AND (database, live) IN (SELECT database, name FROM system.tables)
        GROUP BY database, live, what
        HAVING present != declared
        ORDER BY database, live, what
    )
);

-- [ensure.table.d.words] d.words, when it is missing
CREATE TABLE IF NOT EXISTS d.words AS d.bfc_6ec21218_check_words;
-- [ensure.table.d.lengths] d.lengths, when it is missing (pause_by_command.bf:5)
CREATE TABLE IF NOT EXISTS d.lengths AS d.bfc_6ec21218_check_lengths;
-- [ensure.table.d.sources] d.sources, when it is missing (pause_by_command.bf:6)
CREATE TABLE IF NOT EXISTS d.sources AS d.bfc_6ec21218_check_sources;

-- [ensure.tables.clean] drop the scratch twins
DROP TABLE IF EXISTS
    d.bfc_6ec21218_check_words,
    d.bfc_6ec21218_check_lengths,
    d.bfc_6ec21218_check_sources
SYNC;

-- [ensure.view.d.lengths_mv.declared] the query of d.lengths_mv as declared
--     (pause_by_command.bf:7)
-- A plain view, under a scratch name: it never fires. A view that is there is compared with it.
CREATE OR REPLACE VIEW d.bfc_6ec21218_check_lengths_mv
AS
SELECT length(word) AS length, count() AS words FROM d.words GROUP BY length;

-- [ensure.view.d.sources_mv.declared] the query of d.sources_mv as declared
--     (pause_by_command.bf:8)
CREATE OR REPLACE VIEW d.bfc_6ec21218_check_sources_mv
AS
SELECT source, count() AS words FROM d.words GROUP BY source;

-- [ensure.views.same] views that are there are as declared, and no view comes too late
--     (pause_by_command.bf:7)
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
        WHERE database IN ('d')
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
        ('d.lengths_mv', 'd.bfc_6ec21218_check_lengths_mv', '',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW d.lengths_mv TO d.lengths AS SELECT 1')),
        ('d.sources_mv', 'd.bfc_6ec21218_check_sources_mv', '',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW d.sources_mv TO d.sources AS SELECT 1')))
    )
);

-- [ensure.views.clean] drop the scratch twins
DROP TABLE IF EXISTS
    d.bfc_6ec21218_check_lengths_mv,
    d.bfc_6ec21218_check_sources_mv
SYNC;

-- [b1.grants] the user may stage and move in d (pause_by_command.bf:9)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE
--     TABLE, DROP TABLE ON d.* TO the user of this run
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON d.*;

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
    WHERE (database, name) IN (('d', 'lengths'), ('d', 'sources'))
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
        WHERE (database, name) IN (('d', 'lengths'), ('d', 'sources'))
    )
        AND (database, name) NOT IN (('', ''), ('d', 'lengths_mv'), ('d', 'sources_mv'))
);

-- [b1.mutations] no mutation is pending on the tables to read and to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('d', 'lengths'), ('d', 'sources'), ('d', 'words'));

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
                WHERE (database, name) IN (('d', 'lengths'), ('d', 'sources'))
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
            indexOf([('d', 'lengths'), ('d', 'sources')], (database, name)) AS position,
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
        WHERE database IN ('d', 'd')
            AND name IN ('lengths', 'sources')
            AND (database, name) IN (('d', 'lengths'), ('d', 'sources'))
    )
);
SET param_parts_most = ''; -- copy column parts_most of [b1.limits]
SET param_parts_refused = ''; -- copy column parts_refused of [b1.limits]
SET param_parts_large = ''; -- copy column parts_large of [b1.limits]

-- [b1.grants.pause] the user may see INSERTs under way, and make the snapshot and the views
-- A grant that is missing would stop the run while ingest is paused.
-- must return 1; if not: grant what is missing: GRANT SELECT ON system.processes, SELECT ON
--     system.asynchronous_inserts, SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON
--     d.* TO the user of this run
CHECK GRANT SELECT ON system.processes, SELECT ON system.asynchronous_inserts, SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON d.*;

-- [b1.feeders] the tables whose rows come to d.words
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
        SELECT 'd.words' AS name
        UNION ALL
        SELECT carried.source
        FROM feeders
        INNER JOIN carried ON carried.target = feeders.name
    )
SELECT
    toString(arraySort(groupUniqArray(splitByChar('.', name)[-1]))) AS feeders,
    toString(arraySort(groupUniqArray(name))) AS fed_by
FROM feeders;
SET param_feeders = ''; -- copy column feeders of [b1.feeders]
SET param_fed_by = ''; -- copy column fed_by of [b1.feeders]

-- [b1.new] none of the views is there yet
-- A view that is there has been counting since it was made: these rows would count twice.
-- must return 1; if not: drop the view and empty its target, so that the history fills it; or
--     take its backfill out of the migration
SELECT
    count() = 0 AS ok,
    concat('already there: ', arrayStringConcat(arraySort(groupArray(concat(database, '.', name))), ', ')) AS message
FROM system.tables
WHERE (database, name) IN (('d', 'lengths_mv'), ('d', 'sources_mv'));

-- [b1.snapshot.name] names that were never used: for the snapshot, and for what is taken back
-- A statement of a run that was killed may come late: it must not write into this snapshot, nor
-- drop the views of a later run.
WITH lower(hex(generateUUIDv4())) AS id
SELECT
    concat('bfc_6ec21218_s1_', id, '_', 'words') AS frozen_words,
    concat('bfc_6ec21218_u1_', id, '_0') AS aside_0,
    concat('bfc_6ec21218_u1_', id, '_1') AS aside_1,
    concat('bfc_6ec21218_u1_', id, '_2') AS aside_2;
SET param_frozen_words = ''; -- copy column frozen_words of [b1.snapshot.name]
SET param_aside_0 = ''; -- copy column aside_0 of [b1.snapshot.name]
SET param_aside_1 = ''; -- copy column aside_1 of [b1.snapshot.name]
SET param_aside_2 = ''; -- copy column aside_2 of [b1.snapshot.name]

-- [b1.snapshot.table] an empty table for the snapshot of d.words
-- Its parts are never merged: it stays as it was in the pause.
CREATE TABLE IF NOT EXISTS d.{frozen_words:Identifier} AS d.words
SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1,
    max_bytes_to_merge_at_min_space_in_pool = 1;

-- [b1.pause] ingest is paused
-- The command runs on the machine of this program, by /bin/sh, without the migration's secrets;
-- its exit code is believed.
-- on the client, at most 90 s: /bin/sh -c systemctl stop loader

-- [b1.quiet] no row comes to d.words any more
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
                AND NOT startsWith(query_id, 'bfc-6ec21218-')
                AND multiSearchAny(query, {feeders:Array(String)})
                AND (in_table = 'FUNCTION'
                    OR has({fed_by:Array(String)}, concat(in_database, '.', in_table))
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
            WHERE has({feeders:Array(String)}, table)
                AND (database = '' OR has({fed_by:Array(String)}, concat(database, '.', table)))
        ) AS waiting,
        (
            SELECT toString(cityHash64(arraySort(groupArray((database, table, partition_id, block)))))
            FROM
            (
                SELECT database, table, partition_id, max(max_block_number) AS block
                FROM system.parts
                WHERE active AND rows > 0 AND (database, table) IN (('d', 'words'))
                GROUP BY database, table, partition_id
            )
        ) AS blocks
);

-- [b1.mark] what is in the table, and in the tables to fill, by their newest blocks
-- Whether a row came later is told by it.
SELECT
        (
            SELECT toString(cityHash64(arraySort(groupArray((database, table, partition_id, block)))))
            FROM
            (
                SELECT database, table, partition_id, max(max_block_number) AS block
                FROM system.parts
                WHERE active AND rows > 0 AND (database, table) IN (('d', 'words'))
                GROUP BY database, table, partition_id
            )
        ) AS source_blocks,
        (
            SELECT toString(cityHash64(arraySort(groupArray((database, table, partition_id, block)))))
            FROM
            (
                SELECT database, table, partition_id, max(max_block_number) AS block
                FROM system.parts
                WHERE active AND rows > 0 AND (database, table) IN (('d', 'lengths'), ('d', 'sources'))
                GROUP BY database, table, partition_id
            )
        ) AS target_blocks;
SET param_source_blocks = ''; -- copy column source_blocks of [b1.mark]
SET param_target_blocks = ''; -- copy column target_blocks of [b1.mark]

-- [b1.snapshot.partitions] the partitions of d.words
-- It reads nothing of the table.
SELECT DISTINCT partition_id AS frozen_partition
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'd'
    AND table = 'words'
ORDER BY partition_id;

-- [b1.snapshot] into the snapshot, by hard links
-- No data is read or written. The same again replaces them by themselves.
-- Once for each row of [b1.snapshot.partitions]:
SET param_frozen_partition = ''; -- copy column frozen_partition of [b1.snapshot.partitions]
ALTER TABLE d.{frozen_words:Identifier}
REPLACE PARTITION ID {frozen_partition:String} FROM d.words;

-- [b1.frozen] the snapshot has as many rows as the table
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
        sumIf(rows, table = 'words') AS source_rows,
        sumIf(rows, table = {frozen_words:String}) AS snapshot_rows,
        (SELECT any(engine) FROM system.tables WHERE database = 'd' AND name = 'words') AS engine
    FROM system.parts
    WHERE active AND database = 'd' AND table IN ('words', {frozen_words:String})
);

-- [b1.unseen] none of the views is there yet
-- Looked at again: one that came since would have counted rows.
-- must return 1
SELECT
    count() = 0 AS ok,
    concat('already there: ', arrayStringConcat(arraySort(groupArray(concat(database, '.', name))), ', ')) AS message
FROM system.tables
WHERE (database, name) IN (('d', 'lengths_mv'), ('d', 'sources_mv'));

-- [b1.view.lengths_mv] d.lengths_mv, as declared
-- It counts every row that comes once ingest goes on.
CREATE MATERIALIZED VIEW IF NOT EXISTS d.lengths_mv
TO d.lengths
AS
SELECT length(word) AS length, count() AS words FROM d.words GROUP BY length;

-- [b1.view.sources_mv] d.sources_mv, as declared
CREATE MATERIALIZED VIEW IF NOT EXISTS d.sources_mv
TO d.sources
AS
SELECT source, count() AS words FROM d.words GROUP BY source;

-- [b1.whole] no row has come since the pause began, and the views stand; a resume point
-- What is in the table now is in the snapshot; what comes from now on comes to the views. An
-- INSERT under way may bring nothing, or go elsewhere: as long as no row came it is waited for.
-- wait until it returns 1; -1 is never: something still wrote to the table while ingest was
--     paused: see system.query_log, and pause that too; then the same command begins again
SELECT
    multiIf(blocks != {source_blocks:String} OR NOT (snapshot_rows = source_rows OR (engine != 'MergeTree' AND snapshot_rows > source_rows)), -1,
        inserts = 0 AND waiting = 0, 1, 0) AS ok,
    concat(if(blocks = {source_blocks:String}, '', 'rows came in the pause; '), toString(inserts), ' INSERTs are under way, ',
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
                AND NOT startsWith(query_id, 'bfc-6ec21218-')
                AND multiSearchAny(query, {feeders:Array(String)})
                AND (in_table = 'FUNCTION'
                    OR has({fed_by:Array(String)}, concat(in_database, '.', in_table))
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
            WHERE has({feeders:Array(String)}, table)
                AND (database = '' OR has({fed_by:Array(String)}, concat(database, '.', table)))
        ) AS waiting,
        (
            SELECT toString(cityHash64(arraySort(groupArray((database, table, partition_id, block)))))
            FROM
            (
                SELECT database, table, partition_id, max(max_block_number) AS block
                FROM system.parts
                WHERE active AND rows > 0 AND (database, table) IN (('d', 'words'))
                GROUP BY database, table, partition_id
            )
        ) AS blocks,
        sumIf(rows, table = 'words') AS source_rows,
        sumIf(rows, table = {frozen_words:String}) AS snapshot_rows,
        (SELECT any(engine) FROM system.tables WHERE database = 'd' AND name = 'words') AS engine
    FROM system.parts
    WHERE active AND database = 'd' AND table IN ('words', {frozen_words:String})
);

-- [b1.resume] ingest goes on
-- The command has to work also when ingest runs already: after a failure it may run twice.
-- on the client, at most 90 s: /bin/sh -c systemctl start loader

-- [b1.partitions.engine] d.words has partitions
-- Tables of the MergeTree family have them.
-- must return 1; if not: chunk by a column, or leave the chunks out
SELECT
    countIf(engine LIKE '%MergeTree') = 1 AS ok,
    concat('the engine of d.words is ', any(engine)) AS message
FROM system.tables
WHERE database = 'd' AND name = 'words';

-- [b1.partitions] the partitions of d.words, a chunk each; a resume point
-- Found once and pinned, so that every resume has the same chunks. It reads nothing of the
-- table.
SELECT DISTINCT partition_id AS `partition`,
    toString(defaultValueOfTypeName('String')) AS lo,
    toString(defaultValueOfTypeName('String')) AS hi,
    'only' AS edge
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'd'
    AND table = {frozen_words:String}
ORDER BY partition_id;

-- ======== 2. Load, verify and publish the history ========

-- [b1.chunks] fill d.lengths_mv, d.sources_mv from d.words, chunk by chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Once for each row of [b1.partitions], in order:
SET param_partition = ''; -- copy column partition of [b1.partitions]
SET param_lo = ''; -- copy column lo of [b1.partitions]
SET param_hi = ''; -- copy column hi of [b1.partitions]
SET param_edge = ''; -- copy column edge of [b1.partitions]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_lengths = 'bfc_by_hand_dup_lengths';
SET param_dup_sources = 'bfc_by_hand_dup_sources';
SET param_pipe_words = 'bfc_by_hand_pipe_words';
SET param_copy_lengths_mv = 'bfc_by_hand_copy_lengths_mv';
SET param_copy_sources_mv = 'bfc_by_hand_copy_sources_mv';

-- --- stage ---

-- [b1.chunk.stage.lengths] a duplicate of d.lengths
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE d.{dup_lengths:Identifier} AS d.lengths
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.sources] a duplicate of d.sources
CREATE TABLE d.{dup_sources:Identifier} AS d.sources
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.words] a Null table in the place of d.words
-- It passes rows on to the copies of the views and keeps none. It has the columns that they
-- use.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE d.{pipe_words:Identifier}
(
    word String, source LowCardinality(String)
)
ENGINE = Null;

-- [b1.chunk.stage.sources_mv] a copy of d.sources_mv between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE MATERIALIZED VIEW d.{copy_sources_mv:Identifier}
TO d.{dup_sources:Identifier}
AS
SELECT source, count() AS words FROM d.{pipe_words:Identifier} AS words GROUP BY source;

-- [b1.chunk.stage.lengths_mv] a copy of d.lengths_mv between the duplicates
CREATE MATERIALIZED VIEW d.{copy_lengths_mv:Identifier}
TO d.{dup_lengths:Identifier}
AS
SELECT length(word) AS length, count() AS words FROM d.{pipe_words:Identifier} AS words GROUP BY length;

-- --- load ---

-- [b1.chunk.load] stream the chunk out of d.words through the views' copies
-- Once for all views. optimize_on_insert = 0: a group is staged once a block, and combined
-- after the move.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO d.{pipe_words:Identifier}
(
    word, source
)
SETTINGS
    optimize_on_insert = 0,
    insert_allow_materialized_columns = 1
SELECT
    word, source
FROM d.{frozen_words:Identifier}
WHERE _partition_id = {partition:String}
    AND (word >= {lo:String} OR {edge:String} IN ('first', 'only'))
    AND (word < {hi:String} OR {edge:String} IN ('last', 'only'));

-- [b1.chunk.verify.lengths] every group of d.lengths is staged
-- The views' queries over the chunk's rows, against what was staged. It costs another look at
-- these rows, at the columns that make the groups or the conditions.
-- must return 1; if not: nothing was published and the staged tables are kept until the next
--     run: look at them, then run the same command again
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(length AS Nullable(UInt64)), defaultValueOfTypeName('UInt64'))
FROM
(
SELECT length(word) AS length, count() AS words FROM d.{frozen_words:Identifier} AS words WHERE words._partition_id = {partition:String}
    AND (words.word >= {lo:String} OR {edge:String} IN ('first', 'only'))
    AND (words.word < {hi:String} OR {edge:String} IN ('last', 'only')) GROUP BY length
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT length
    FROM d.{dup_lengths:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for d.lengths: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.sources] every group of d.sources is staged
-- must return 1
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(source AS Nullable(String)), defaultValueOfTypeName('String'))
FROM
(
SELECT source, count() AS words FROM d.{frozen_words:Identifier} AS words WHERE words._partition_id = {partition:String}
    AND (words.word >= {lo:String} OR {edge:String} IN ('first', 'only'))
    AND (words.word < {hi:String} OR {edge:String} IN ('last', 'only')) GROUP BY source
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT source
    FROM d.{dup_sources:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for d.sources: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
SELECT
    ['d.lengths', 'd.sources'][position] AS seal_table,
    partition_id AS seal_partition,
    count() AS seal_parts,
    sum(rows) AS seal_rows,
    sum(bytes_on_disk) AS seal_bytes,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids,
    any(live.block) AS seal_block
FROM
(
    SELECT
        indexOf([('d', {dup_lengths:String}), ('d', {dup_sources:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('d', {dup_lengths:String}), ('d', {dup_sources:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('d', 'lengths'), ('d', 'sources')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('d', 'lengths'), ('d', 'sources'))
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
    SELECT groupArray(concat('merges of ', ['d.lengths', 'd.sources'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('d', 'lengths'), ('d', 'sources')], (database, table)),
                indexOf([('d', {dup_lengths:String}), ('d', {dup_sources:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('d', 'lengths'), ('d', 'sources'))) AS parts,
            countIf((database, table) NOT IN (('d', 'lengths'), ('d', 'sources')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('d', 'lengths'), ('d', 'sources'))) AS bytes,
            {parts_most:Array(UInt64)}[position] AS most,
            {parts_refused:Array(UInt64)}[position] AS refuses,
            {parts_large:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('d', 'lengths'), ('d', 'sources'), ('d', {dup_lengths:String}), ('d', {dup_sources:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b1.chunk.move.lengths] move the chunk into d.lengths
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b1.chunk.seal] with seal_table = 'd.lengths':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE d.{dup_lengths:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE d.lengths;

-- [b1.chunk.move.sources] move the chunk into d.sources
-- Once for each row of [b1.chunk.seal] with seal_table = 'd.sources':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE d.{dup_sources:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE d.sources;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('d', {dup_lengths:String}), ('d', {dup_sources:String}));

-- --- finish ---

-- [b1.chunk.drop.lengths_mv] drop the staged lengths_mv
-- It is empty or was given up.
DROP TABLE IF EXISTS d.{copy_lengths_mv:Identifier} SYNC;
-- [b1.chunk.drop.sources_mv] drop the staged sources_mv
DROP TABLE IF EXISTS d.{copy_sources_mv:Identifier} SYNC;
-- [b1.chunk.drop.words] drop the staged words
DROP TABLE IF EXISTS d.{pipe_words:Identifier} SYNC;
-- [b1.chunk.drop.lengths] drop the staged lengths
DROP TABLE IF EXISTS d.{dup_lengths:Identifier} SYNC;
-- [b1.chunk.drop.sources] drop the staged sources
DROP TABLE IF EXISTS d.{dup_sources:Identifier} SYNC;

-- ======== 3. Clean up ========

-- [b1.snapshot.drop] drop the snapshot
-- All of it is in the views' targets.
DROP TABLE IF EXISTS d.{frozen_words:Identifier} SYNC;

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind. All their names begin with this
-- migration's tag.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('d')
    AND startsWith(name, 'bfc_6ec21218_')
ORDER BY engine LIKE '%View' DESC, database, name;

-- [finish.sweep] drop them
-- Views go first, so that nothing fires on a table that is being dropped. Every chunk was
-- published or thrown away by now, so nothing in them is wanted.
-- Once for each row of [finish.leftovers]:
SET param_sweep_database = ''; -- copy column sweep_database of [finish.leftovers]
SET param_sweep_name = ''; -- copy column sweep_name of [finish.leftovers]
DROP TABLE IF EXISTS {sweep_database:Identifier}.{sweep_name:Identifier} SYNC;

-- ======== Appendix: what is put back at any end ========

-- From [b1.pause] until [b1.resume] ingest is paused. When the run ends in between for whatever
-- reason, by a kill too (then the next run does it), all of this is done; what is taken back
-- only where [b1.whole] is not done yet. At most 90 s until then, or the run fails.

-- [b1.undo.found] the snapshot under its own name, when the server died while it was set aside
-- RENAME TABLE IF EXISTS d.{aside_0:Identifier} TO d.{frozen_words:Identifier};

-- [b1.undo.views] set the views aside, while the snapshot is there
-- The snapshot is not whole: what these views count would be in the next one, too. It is
-- renamed and back: without it nothing is done, and there is nothing to do.
-- RENAME TABLE
--     d.{frozen_words:Identifier} TO d.{aside_0:Identifier},
--     IF EXISTS d.lengths_mv TO d.{aside_1:Identifier},
--     IF EXISTS d.sources_mv TO d.{aside_2:Identifier},
--     d.{aside_0:Identifier} TO d.{frozen_words:Identifier};

-- [b1.undo.view.lengths_mv] take d.lengths_mv back
-- DROP VIEW IF EXISTS d.{aside_1:Identifier} SYNC;
-- [b1.undo.view.sources_mv] take d.sources_mv back
-- DROP VIEW IF EXISTS d.{aside_2:Identifier} SYNC;
-- [b1.undo.snapshot] drop the snapshot
-- DROP TABLE IF EXISTS d.{frozen_words:Identifier} SYNC;

-- [b1.undo.targets] the views that were taken back have counted nothing
-- No row came to the table since they were made, or none to their targets, or the targets are
-- empty.
-- must return 1; if not: these rows would count twice: take them out (TRUNCATE TABLE, where the
--     tables had no others), then the same command begins again: ('d', 'lengths'), ('d',
--     'sources')
-- SELECT
--     source = {source_blocks:String} OR targets = {target_blocks:String} OR target_rows = 0 AS ok,
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
--                 WHERE active AND rows > 0 AND (database, table) IN (('d', 'words'))
--                 GROUP BY database, table, partition_id
--             )
--         ) AS source,
--         (
--             SELECT toString(cityHash64(arraySort(groupArray((database, table, partition_id, block)))))
--             FROM
--             (
--                 SELECT database, table, partition_id, max(max_block_number) AS block
--                 FROM system.parts
--                 WHERE active AND rows > 0 AND (database, table) IN (('d', 'lengths'), ('d', 'sources'))
--                 GROUP BY database, table, partition_id
--             )
--         ) AS targets,
--         (
--             SELECT sum(rows)
--             FROM system.parts
--             WHERE active AND (database, table) IN (('d', 'lengths'), ('d', 'sources'))
--         ) AS target_rows
-- );

-- [b1.undo.resume] ingest goes on
-- The command has to work also when ingest runs already: after a failure it may run twice.
-- on the client, at most 90 s: /bin/sh -c systemctl start loader

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
    AND ((database, table) IN (('d', 'lengths'), ('d', 'sources'))
        AND uuid IN
        (
            SELECT uuid
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('d', {dup_lengths:String}), ('d', {dup_sources:String}))
        )
        OR (database, table, min_block_number) IN
        (
            SELECT database, table, min_block_number
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('d', {dup_lengths:String}), ('d', {dup_sources:String}))
        ));

-- [b1.chunk.already.lengths] parts that an interrupted move brought to d.lengths already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not.
SELECT name AS already_part_lengths
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'd'
    AND table = {dup_lengths:String}
    AND uuid IN
    (
        SELECT uuid
        FROM system.parts
        WHERE database = 'd'
            AND table = 'lengths'
            AND (active
                OR remove_time > modification_time
                OR remove_time > now() - uptime() + 1)
    )
ORDER BY name;

-- [b1.chunk.arrived.lengths] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Its rows are in the live table.
-- repeat: it looks at what is there first
-- Once for each row of [b1.chunk.already.lengths]:
SET param_already_part_lengths = ''; -- copy column already_part_lengths of [b1.chunk.already.lengths]
ALTER TABLE d.{dup_lengths:Identifier}
DROP PART {already_part_lengths:String};

-- [b1.chunk.evidence.lengths] nothing of the rest is hidden in d.lengths
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
-- Once for each row of [b1.chunk.seal] with seal_table = 'd.lengths':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]
WITH
    (
        SELECT sum(rows)
        FROM system.parts
        WHERE active
            AND database = 'd'
            AND table = {dup_lengths:String}
            AND partition_id = {seal_partition:String}
    ) AS left_rows,
    (
        SELECT arraySort(groupUniqArray(min_block_number))
        FROM system.parts
        WHERE database = 'd'
            AND table = 'lengths'
            AND level = 0
            AND min_block_number = max_block_number
            AND data_version = min_block_number
            AND min_block_number > {seal_block:Int64}
    ) AS listed,
    (
        SELECT groupArray(name)
        FROM system.parts
        WHERE database = 'd'
            AND table = 'lengths'
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
                        AND database = 'd'
                        AND table = {dup_lengths:String}
                ))
    ) AS doubtful
SELECT
    left_rows = 0
        OR empty(doubtful) AS ok,
    concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_lengths:String},
        ', and d.lengths has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.chunk.already.sources] parts that an interrupted move brought to d.sources already
-- as [b1.chunk.already.lengths], but for these lines:
-- SELECT name AS already_part_sources
--     AND table = {dup_sources:String}
--             AND table = 'sources'

-- [b1.chunk.arrived.sources] take them out of the duplicate
-- Once for each row of [b1.chunk.already.sources]:
SET param_already_part_sources = ''; -- copy column already_part_sources of [b1.chunk.already.sources]
ALTER TABLE d.{dup_sources:Identifier}
DROP PART {already_part_sources:String};

-- [b1.chunk.evidence.sources] nothing of the rest is hidden in d.sources
-- Once for each row of [b1.chunk.seal] with seal_table = 'd.sources':
-- as [b1.chunk.evidence.lengths], but for these lines:
--             AND table = {dup_sources:String}
--             AND table = 'sources'
--             AND table = 'sources'
--                         AND table = {dup_sources:String}
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_sources:String},
--         ', and d.sources has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

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
                marks.word AS key, sum(rows_in_granule) AS granule
            FROM mergeTreeIndex('d', {frozen_words:String}) AS marks
            WHERE rows_in_granule > 0
                AND part_name IN
                (
                    SELECT name
                    FROM system.parts
                    WHERE active
                        AND database = 'd'
                        AND table = {frozen_words:String}
                        AND partition_id = {partition:String}
                )
                AND (marks.word >= {lo:String} OR {edge:String} IN ('first', 'only'))
                AND (marks.word < {hi:String} OR {edge:String} IN ('last', 'only'))
                AND isValidUTF8(toString(marks.word))
                AND length(toString(marks.word)) < 1000
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
                WHERE (database, name) IN (('d', 'lengths'), ('d', 'sources'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);
