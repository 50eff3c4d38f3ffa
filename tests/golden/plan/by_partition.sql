-- by_partition
--
-- Strategy:      duplicate, null_engine
-- Writes to:     shop.clicks, shop.copied, shop.other, shop.per_site, shop.per_site_mv
-- Staged names:  bfc_f094afa4_…, dropped at the end
-- Resume points: b2.kept, b1.split, b1.partitions, b1.chunks, b1.chunk.seal, b2.there,
--                b2.split, b2.made, b2.partitions, b2.chunks, b2.chunk.seal
-- Plan:          1581d6d10b55d134ec7ce0977e001a6ad22bfe5eaf31495546dcb419fb28474f
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

-- [ensure.database.shop] database shop
CREATE DATABASE IF NOT EXISTS shop;

-- [ensure.table.shop.clicks.declared] shop.clicks as declared (by_partition.bf:4)
-- Empty, under a scratch name: a table that is there is compared with it, one that is missing
-- is made like it.
CREATE OR REPLACE TABLE shop.bfc_f094afa4_check_clicks
(
site LowCardinality(String), time DateTime64(3), n Nullable(Int64)
)
engine = MergeTree partition by toYYYYMM(time) order by (`site`, time);

-- [ensure.table.shop.copied.declared] shop.copied as declared (by_partition.bf:7)
CREATE OR REPLACE TABLE shop.bfc_f094afa4_check_copied
(
day Date, n Int64
)
engine = MergeTree order by day;

-- [ensure.table.shop.other.declared] shop.other as declared (by_partition.bf:6)
CREATE OR REPLACE TABLE shop.bfc_f094afa4_check_other
(
day Date, n Int64
)
engine = MergeTree partition by day primary key (toMonth(day), day) order by (toMonth(day), day, n);

-- [ensure.table.shop.per_site.declared] shop.per_site as declared (by_partition.bf:10)
CREATE OR REPLACE TABLE shop.bfc_f094afa4_check_per_site
(
site String, n UInt64
)
engine = SummingMergeTree order by site;

-- [ensure.tables.same] tables that are there are as declared (by_partition.bf:4)
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
            replaceOne(table, 'bfc_f094afa4_check_', '') AS live,
            fact.1 AS what,
            anyIf(fact.2, table = live) AS present,
            anyIf(fact.2, table != live) AS declared
        FROM
        (
            SELECT database, table,
                (concat('column ', name), trimRight(concat(type, ' ', default_kind))) AS fact
            FROM system.columns
            WHERE database IN ('shop')
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
            WHERE database IN ('shop')
        )
        WHERE (database, live) IN (('shop', 'clicks'), ('shop', 'copied'), ('shop', 'other'), ('shop', 'per_site'))
            AND (database, live) IN (SELECT database, name FROM system.tables)
        GROUP BY database, live, what
        HAVING present != declared
        ORDER BY database, live, what
    )
);

-- [ensure.table.shop.clicks] shop.clicks, when it is missing
CREATE TABLE IF NOT EXISTS shop.clicks AS shop.bfc_f094afa4_check_clicks;
-- [ensure.table.shop.copied] shop.copied, when it is missing (by_partition.bf:7)
CREATE TABLE IF NOT EXISTS shop.copied AS shop.bfc_f094afa4_check_copied;
-- [ensure.table.shop.other] shop.other, when it is missing (by_partition.bf:6)
CREATE TABLE IF NOT EXISTS shop.other AS shop.bfc_f094afa4_check_other;
-- [ensure.table.shop.per_site] shop.per_site, when it is missing (by_partition.bf:10)
CREATE TABLE IF NOT EXISTS shop.per_site AS shop.bfc_f094afa4_check_per_site;

-- [ensure.tables.clean] drop the scratch twins
DROP TABLE IF EXISTS
    shop.bfc_f094afa4_check_clicks,
    shop.bfc_f094afa4_check_copied,
    shop.bfc_f094afa4_check_other,
    shop.bfc_f094afa4_check_per_site
SYNC;

-- [b2.kept] views that a run of this migration has left; a resume point (by_partition.bf:12)
-- When a run was given up before any of its chunks was published, the views that it made stay,
-- and count from its split on. bfc has them in its journal, as it left them; a script has none.
SELECT
    '' AS kept_b2,
    '' AS kept_split_b2;
SET param_kept_b2 = ''; -- copy column kept_b2 of [b2.kept]
SET param_kept_split_b2 = ''; -- copy column kept_split_b2 of [b2.kept]

-- [ensure.view.shop.per_site_mv.declared] the query of shop.per_site_mv as declared
--     (by_partition.bf:11)
-- A plain view, under a scratch name: it never fires. A view that is there is compared with it.
CREATE OR REPLACE VIEW shop.bfc_f094afa4_check_per_site_mv
AS
SELECT site, count() AS n FROM shop.clicks AS c GROUP BY site;

-- [ensure.views.same] views that are there are as declared, and no view comes too late
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
        WHERE database IN ('shop')
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
                    AND NOT has(splitByString(', ', {kept_b2:String}),
                        hex(sipHash128(present[view].uuid, present[view].query, mark))),
                    concat('selects ', present[view].query, ', declared as ', present[twin].query),
                '') AS difference
        FROM values('view String, twin String, reads String, head String, mark String',
        ('shop.per_site_mv', 'shop.bfc_f094afa4_check_per_site_mv', '',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW shop.per_site_mv TO shop.per_site AS SELECT 1'), '488a24b7732f1e25'))
    )
);

-- [ensure.views.clean] drop the scratch twins
DROP TABLE IF EXISTS
    shop.bfc_f094afa4_check_per_site_mv
SYNC;

-- [b1.grants] the user may stage and move in shop (by_partition.bf:9)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE
--     TABLE, DROP TABLE ON shop.* TO the user of this run
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON shop.*;

-- [b1.grants.system] the user may read what the checks read and use the tables' engines
-- must return 1; if not: grant what is missing: GRANT SELECT ON system.parts, SELECT ON
--     system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON
--     system.merge_tree_settings, TABLE ENGINE ON MergeTree TO the user of this run
CHECK GRANT SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON system.merge_tree_settings, TABLE ENGINE ON MergeTree;

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
    WHERE (database, name) IN (('shop', 'copied'))
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
        WHERE (database, name) IN (('shop', 'copied'))
    )
        AND (database, name) NOT IN (('', ''))
);

-- [b1.mutations] no mutation is pending on the tables to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('shop', 'copied'));

-- [b1.source] the type that the source has for day
-- The source's schema is known to the server alone. WHERE 0: nothing is read beyond that
-- schema.
SELECT toTypeName(groupArray(tuple(day))) AS day_type
FROM
(
SELECT day, n FROM shop.other WHERE n > 0
) AS others
WHERE 0;
SET param_day_type = ''; -- copy column day_type of [b1.source]

-- [b1.source.known] day of the source cannot be NULL
-- NULL is on neither side of a comparison: such rows would be left out and nobody would notice.
-- must return 1; if not: say 'nulls are history' or 'nulls are skipped'
SELECT
    position({day_type:String}, 'Nullable(') = 0 AS ok,
    concat('the type of day, within Array(Tuple(…)), is ', {day_type:String}, ', which can hold NULL') AS message;

-- [b1.split] the split, as the migration says it, in UTC; a resume point
-- A literal means what it means in the column's own time zone; pinned in UTC it means the same
-- everywhere.
SELECT toString(CAST('2025-01-01' AS Date)) AS split;
SET param_split = ''; -- copy column split of [b1.split]

-- [b1.empty] shop.copied has nothing yet on the history's side of the split
-- Rows that are there already and come with the history again would be double. It reads only,
-- and is looked at once: later the history itself is there.
-- must return 1; if not: take an earlier split, or say 'overlap is fine' after it when these
--     rows are not in the source
SELECT
    count() = 0 AS ok,
    concat('shop.copied already has ', toString(count()), ' rows older than ', {split:String}) AS message
FROM shop.copied
WHERE day < {split:Date};

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
                WHERE (database, name) IN (('shop', 'copied'))
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
            indexOf([('shop', 'copied')], (database, name)) AS position,
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
        WHERE database IN ('shop')
            AND name IN ('copied')
            AND (database, name) IN (('shop', 'copied'))
    )
);
SET param_parts_most = ''; -- copy column parts_most of [b1.limits]
SET param_parts_refused = ''; -- copy column parts_refused of [b1.limits]
SET param_parts_large = ''; -- copy column parts_large of [b1.limits]

-- [b1.partitions.engine] shop.other has partitions
-- Tables of the MergeTree family have them.
-- must return 1; if not: chunk by a column, or leave the chunks out
SELECT
    countIf(engine LIKE '%MergeTree') = 1 AS ok,
    concat('the engine of shop.other is ', any(engine)) AS message
FROM system.tables
WHERE database = 'shop' AND name = 'other';

-- [b1.partitions] the partitions of shop.other, a chunk each; a resume point
-- Found once and pinned, so that every resume has the same chunks. It reads nothing of the
-- table.
SELECT DISTINCT partition_id AS `partition`,
    toString(defaultValueOfTypeName('Date')) AS lo,
    toString(defaultValueOfTypeName('Date')) AS hi,
    'only' AS edge
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'shop'
    AND table = 'other'
ORDER BY partition_id;

-- ======== 2. Load, verify and publish the history ========

-- [b1.chunks] load shop.copied and what its views derive, chunk by chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Once for each row of [b1.partitions], in order:
SET param_partition = ''; -- copy column partition of [b1.partitions]
SET param_lo = ''; -- copy column lo of [b1.partitions]
SET param_hi = ''; -- copy column hi of [b1.partitions]
SET param_edge = ''; -- copy column edge of [b1.partitions]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_copied = 'bfc_by_hand_dup_copied';

-- --- stage ---

-- [b1.chunk.stage.copied] a duplicate of shop.copied
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE shop.{dup_copied:Identifier} AS shop.copied
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- --- load ---

-- [b1.chunk.load] load the chunk into the duplicate of shop.copied
-- The copies of the views fire on it and fill the duplicates of their targets.
-- optimize_on_insert = 0: rows staged are rows read, also where the engine would combine them.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO shop.{dup_copied:Identifier}
(
    day, n
)
SETTINGS
    optimize_on_insert = 0
SELECT
    day, n
FROM
(
SELECT day, n FROM shop.other WHERE (n > 0) AND (other._partition_id = {partition:String}
    AND (other.day >= {lo:Date} OR {edge:String} IN ('first', 'only'))
    AND (other.day < {hi:Date} OR {edge:String} IN ('last', 'only')))
) AS others
WHERE day < {split:Date};

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
SELECT day, n FROM shop.other WHERE (n > 0) AND (other._partition_id = {partition:String}
    AND (other.day >= {lo:Date} OR {edge:String} IN ('first', 'only'))
    AND (other.day < {hi:Date} OR {edge:String} IN ('last', 'only')))
) AS others
WHERE day < {split:Date}
    ) AS expected,
    (
SELECT count()
FROM shop.{dup_copied:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('rows for shop.copied: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
SELECT
    ['shop.copied'][position] AS seal_table,
    partition_id AS seal_partition,
    count() AS seal_parts,
    sum(rows) AS seal_rows,
    sum(bytes_on_disk) AS seal_bytes,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids,
    any(live.block) AS seal_block
FROM
(
    SELECT
        indexOf([('shop', {dup_copied:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('shop', {dup_copied:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('shop', 'copied')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('shop', 'copied'))
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
    SELECT groupArray(concat('merges of ', ['shop.copied'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('shop', 'copied')], (database, table)),
                indexOf([('shop', {dup_copied:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('shop', 'copied'))) AS parts,
            countIf((database, table) NOT IN (('shop', 'copied')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('shop', 'copied'))) AS bytes,
            {parts_most:Array(UInt64)}[position] AS most,
            {parts_refused:Array(UInt64)}[position] AS refuses,
            {parts_large:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('shop', 'copied'), ('shop', {dup_copied:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b1.chunk.move.copied] move the chunk into shop.copied
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b1.chunk.seal] with seal_table = 'shop.copied':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE shop.{dup_copied:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE shop.copied;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('shop', {dup_copied:String}));

-- --- finish ---

-- [b1.chunk.drop.copied] drop the staged copied
-- It is empty or was given up.
DROP TABLE IF EXISTS shop.{dup_copied:Identifier} SYNC;

-- ======== 3. Make sure that everything is there and nothing stands in the way ========

-- [b2.grants] the user may stage and move in shop (by_partition.bf:12)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE
--     TABLE, DROP TABLE ON shop.* TO the user of this run
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON shop.*;

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
    WHERE (database, name) IN (('shop', 'per_site'))
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
        WHERE (database, name) IN (('shop', 'per_site'))
    )
        AND (database, name) NOT IN (('', ''), ('shop', 'per_site_mv'))
);

-- [b2.mutations] no mutation is pending on the tables to read and to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('shop', 'per_site'), ('shop', 'clicks'));

-- [b2.grants.views] the user may read the history and change the views
-- must return 1; if not: grant what is missing: GRANT SELECT ON shop.clicks, ALTER VIEW MODIFY
--     QUERY ON shop.per_site_mv TO the user of this run
CHECK GRANT SELECT ON shop.clicks, ALTER VIEW MODIFY QUERY ON shop.per_site_mv;

-- [b2.there] which of the views are there already; a resume point
-- Pinned before any of them is made: a view that was there has counted rows since it was made,
-- one that this run makes, or an earlier one that was given up has left, counts from the split
-- on.
SELECT
    arrayStringConcat(arraySort(groupArrayIf(view, NOT kept)), ', ') AS views_there_b2,
    arrayStringConcat(arraySort(groupArrayIf(view, kept)), ', ') AS views_kept_b2
FROM
(
    SELECT
        concat(database, '.', name) AS view,
        has(splitByString(', ', {kept_b2:String}), hex(sipHash128(uuid, as_select, mark))) AS kept
    FROM system.tables
    INNER JOIN values('view_database String, view_name String, mark String',
        ('shop', 'per_site_mv', '488a24b7732f1e25')) AS views
        ON database = view_database AND name = view_name
    WHERE (database, name) IN (('shop', 'per_site_mv'))
);
SET param_views_there_b2 = ''; -- copy column views_there_b2 of [b2.there]
SET param_views_kept_b2 = ''; -- copy column views_kept_b2 of [b2.there]

-- [b2.unfilled] the targets of views that are not there yet are empty
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
    ('shop.per_site_mv', 'shop', 'per_site'))
        WHERE NOT has(splitByString(', ', concat({views_there_b2:String}, ', ', {views_kept_b2:String})), view)
    );

-- [b2.split.kept] the split is that of the views that a run has left
-- They count rows from their split on: with a later one the rows between would count twice,
-- with an earlier one never.
-- must return 1; if not: write the split that they have (it is in UTC here); or drop the views,
--     empty their targets (TRUNCATE TABLE), and run again
SELECT
    {views_kept_b2:String} = '' OR {kept_split_b2:String} = toString(toTimeZone(CAST('2025-01-01' AS DateTime64(3)), 'UTC')) AS ok,
    concat({views_kept_b2:String}, ' count from ', {kept_split_b2:String}, ' on, the split is ', toString(toTimeZone(CAST('2025-01-01' AS DateTime64(3)), 'UTC'))) AS message;

-- [b2.split] the split, as the migration says it, in UTC; a resume point
-- Rows before it are history, rows from it on are the live view's. Pinned, so that every resume
-- has the same.
SELECT toString(toTimeZone(CAST('2025-01-01' AS DateTime64(3)), 'UTC')) AS split_b2;
SET param_split_b2 = ''; -- copy column split_b2 of [b2.split]

-- [b2.ahead] shop.clicks has no row yet on the live side of the split
-- A view that is not there yet would never count such a row, and the history would not have it
-- either.
-- must return 1; if not: give up with 'bfc abort', drop the views that this run has made, and
--     run again with a split that is still to come; rows with times in the future need a later
--     one
SELECT
    count() = 0 AS ok,
    concat(toString(count()), ' rows from ', {split_b2:String}, ' on') AS message
FROM shop.clicks
WHERE time >= {split_b2:DateTime64(3, 'UTC')}
    AND (SELECT count() FROM system.tables WHERE (database, name) IN (('shop', 'per_site_mv'))) < 1;

-- [b2.view.per_site_mv] shop.per_site_mv, when it is missing, from the split on
-- Rows before the split are left to the history. A view that is there stays as it is.
CREATE MATERIALIZED VIEW IF NOT EXISTS shop.per_site_mv
TO shop.per_site
AS
SELECT site, count() AS n FROM shop.clicks AS c WHERE c.time >= {split_b2:DateTime64(3, 'UTC')} GROUP BY site;

-- [b2.early] the views were made before the split
-- A row that came on the live side of the split before its view was there is in neither. It is
-- looked at once, when the views are just made, and reads only.
-- must return 1; if not: give up with 'bfc abort', drop the views, and run again with a later
--     split
SELECT
    newer = 0 OR made < toDateTime64({split_b2:DateTime64(3, 'UTC')}, 9) AS ok,
    concat('the last view was made at ', toString(made), ', the split is ', {split_b2:String}, ', and there are rows from it on') AS message
FROM
(
    SELECT
        (SELECT count() FROM shop.clicks WHERE time >= {split_b2:DateTime64(3, 'UTC')}) AS newer,
        (
            SELECT max(metadata_modification_time)
            FROM system.tables
            WHERE (database, name) IN (('shop', 'per_site_mv'))
                AND NOT has(splitByString(', ', concat({views_there_b2:String}, ', ', {views_kept_b2:String})),
                    concat(database, '.', name))
        ) AS made
);

-- [b2.made] the views that count from the split on, as they are now; a resume point
-- For a later run, should this one be given up: these views, while nobody changes them, have
-- counted each row from the split on.
SELECT
    arrayStringConcat(arraySort(groupArray(hex(sipHash128(uuid, as_select, mark)))), ', ') AS made_b2,
    {split_b2:String} AS made_split_b2
FROM system.tables
    INNER JOIN values('view_database String, view_name String, mark String',
        ('shop', 'per_site_mv', '488a24b7732f1e25')) AS views
        ON database = view_database AND name = view_name
    WHERE (database, name) IN (('shop', 'per_site_mv'))
        AND NOT has(splitByString(', ', {views_there_b2:String}), concat(database, '.', name));
SET param_made_b2 = ''; -- copy column made_b2 of [b2.made]
SET param_made_split_b2 = ''; -- copy column made_split_b2 of [b2.made]

-- [b2.wait] wait until the split has passed
-- Before that, rows of the history's side may still come: they would be in neither.
-- wait until it returns 1
SELECT
    now64(9) >= toDateTime64({split_b2:DateTime64(3, 'UTC')}, 9) AS ok,
    concat('until ', toString(toDateTime64({split_b2:DateTime64(3, 'UTC')}, 9))) AS message;

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
                WHERE (database, name) IN (('shop', 'per_site'))
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
            indexOf([('shop', 'per_site')], (database, name)) AS position,
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
        WHERE database IN ('shop')
            AND name IN ('per_site')
            AND (database, name) IN (('shop', 'per_site'))
    )
);
SET param_parts_most_b2 = ''; -- copy column parts_most_b2 of [b2.limits]
SET param_parts_refused_b2 = ''; -- copy column parts_refused_b2 of [b2.limits]
SET param_parts_large_b2 = ''; -- copy column parts_large_b2 of [b2.limits]

-- [b2.partitions.engine] shop.clicks has partitions
-- Tables of the MergeTree family have them.
-- must return 1; if not: chunk by a column, or leave the chunks out
SELECT
    countIf(engine LIKE '%MergeTree') = 1 AS ok,
    concat('the engine of shop.clicks is ', any(engine)) AS message
FROM system.tables
WHERE database = 'shop' AND name = 'clicks';

-- [b2.partitions] the partitions of shop.clicks, a chunk each; a resume point
-- Found once and pinned, so that every resume has the same chunks. It reads nothing of the
-- table.
SELECT DISTINCT partition_id AS partition_b2,
    toString(defaultValueOfTypeName('String')) AS lo_b2,
    toString(defaultValueOfTypeName('String')) AS hi_b2,
    'only' AS edge_b2
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'shop'
    AND table = 'clicks'
ORDER BY partition_id;

-- ======== 4. Load, verify and publish the history ========

-- [b2.chunks] fill shop.per_site_mv from shop.clicks, chunk by chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Once for each row of [b2.partitions], in order:
SET param_partition_b2 = ''; -- copy column partition_b2 of [b2.partitions]
SET param_lo_b2 = ''; -- copy column lo_b2 of [b2.partitions]
SET param_hi_b2 = ''; -- copy column hi_b2 of [b2.partitions]
SET param_edge_b2 = ''; -- copy column edge_b2 of [b2.partitions]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_per_site_b2 = 'bfc_by_hand_dup_per_site_b2';
SET param_pipe_clicks_b2 = 'bfc_by_hand_pipe_clicks_b2';
SET param_copy_per_site_mv_b2 = 'bfc_by_hand_copy_per_site_mv_b2';

-- --- stage ---

-- [b2.chunk.stage.per_site] a duplicate of shop.per_site
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE shop.{dup_per_site_b2:Identifier} AS shop.per_site
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b2.chunk.stage.clicks] a Null table in the place of shop.clicks
-- It passes rows on to the copies of the views and keeps none. It has the columns that they
-- use.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE shop.{pipe_clicks_b2:Identifier}
(
    site LowCardinality(String)
)
ENGINE = Null;

-- [b2.chunk.stage.per_site_mv] a copy of shop.per_site_mv between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE MATERIALIZED VIEW shop.{copy_per_site_mv_b2:Identifier}
TO shop.{dup_per_site_b2:Identifier}
AS
SELECT site, count() AS n FROM shop.{pipe_clicks_b2:Identifier} AS c GROUP BY site;

-- --- load ---

-- [b2.chunk.load] stream the chunk out of shop.clicks through the views' copies
-- Once for all views. optimize_on_insert = 0: a group is staged once a block, and combined
-- after the move.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO shop.{pipe_clicks_b2:Identifier}
(
    site
)
SETTINGS
    optimize_on_insert = 0,
    insert_allow_materialized_columns = 1
SELECT
    site
FROM shop.clicks
WHERE time < {split_b2:DateTime64(3, 'UTC')}
    AND _partition_id = {partition_b2:String}
    AND (site >= {lo_b2:String} OR {edge_b2:String} IN ('first', 'only'))
    AND (site < {hi_b2:String} OR {edge_b2:String} IN ('last', 'only'));

-- [b2.chunk.counted.per_site] rows for shop.per_site, expected and counted, when they differ
-- The counts that are staged add up to the rows that the views read, or there is a row with
-- both figures. It costs a count of these rows, which looks at the columns of the conditions
-- again and at no others.
SELECT per_site_expected_b2, per_site_counted_b2
FROM
(
    SELECT
        (SELECT (
SELECT count()
FROM shop.clicks AS c WHERE c.time < {split_b2:DateTime64(3, 'UTC')}
    AND c._partition_id = {partition_b2:String}
    AND (c.site >= {lo_b2:String} OR {edge_b2:String} IN ('first', 'only'))
    AND (c.site < {hi_b2:String} OR {edge_b2:String} IN ('last', 'only'))
)) AS per_site_expected_b2,
        (SELECT sum(n) FROM shop.{dup_per_site_b2:Identifier}) AS per_site_counted_b2
)
WHERE per_site_expected_b2 != per_site_counted_b2;

-- [b2.chunk.verify.per_site] else every group of shop.per_site is staged
-- Rows were merged since the load, or one has come, or something is lost: the views' groups are
-- made again and compared. That takes about as long as the load.
-- must return 1; if not: nothing was published and the staged tables are kept until the next
--     run: look at them, then run the same command again
-- Once for each row of [b2.chunk.counted.per_site]:
SET param_per_site_expected_b2 = ''; -- copy column per_site_expected_b2 of [b2.chunk.counted.per_site]
SET param_per_site_counted_b2 = ''; -- copy column per_site_counted_b2 of [b2.chunk.counted.per_site]
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(site AS Nullable(String)), defaultValueOfTypeName('String'))
FROM
(
SELECT site, count() AS n FROM shop.clicks AS c WHERE c.time < {split_b2:DateTime64(3, 'UTC')}
    AND c._partition_id = {partition_b2:String}
    AND (c.site >= {lo_b2:String} OR {edge_b2:String} IN ('first', 'only'))
    AND (c.site < {hi_b2:String} OR {edge_b2:String} IN ('last', 'only')) GROUP BY site
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT site
    FROM shop.{dup_per_site_b2:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('rows for shop.per_site: ', {per_site_expected_b2:String}, ' expected, ', {per_site_counted_b2:String}, ' counted; groups: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b2.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
SELECT
    ['shop.per_site'][position] AS seal_table_b2,
    partition_id AS seal_partition_b2,
    count() AS seal_parts_b2,
    sum(rows) AS seal_rows_b2,
    sum(bytes_on_disk) AS seal_bytes_b2,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids_b2,
    any(live.block) AS seal_block_b2
FROM
(
    SELECT
        indexOf([('shop', {dup_per_site_b2:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('shop', {dup_per_site_b2:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('shop', 'per_site')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('shop', 'per_site'))
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
    SELECT groupArray(concat('merges of ', ['shop.per_site'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('shop', 'per_site')], (database, table)),
                indexOf([('shop', {dup_per_site_b2:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('shop', 'per_site'))) AS parts,
            countIf((database, table) NOT IN (('shop', 'per_site')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('shop', 'per_site'))) AS bytes,
            {parts_most_b2:Array(UInt64)}[position] AS most,
            {parts_refused_b2:Array(UInt64)}[position] AS refuses,
            {parts_large_b2:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('shop', 'per_site'), ('shop', {dup_per_site_b2:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b2.chunk.move.per_site] move the chunk into shop.per_site
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b2.chunk.seal] with seal_table_b2 = 'shop.per_site':
SET param_seal_partition_b2 = ''; -- copy column seal_partition_b2 of [b2.chunk.seal]
ALTER TABLE shop.{dup_per_site_b2:Identifier}
MOVE PARTITION ID {seal_partition_b2:String} TO TABLE shop.per_site;

-- [b2.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('shop', {dup_per_site_b2:String}));

-- --- finish ---

-- [b2.chunk.drop.per_site_mv] drop the staged per_site_mv
-- It is empty or was given up.
DROP TABLE IF EXISTS shop.{copy_per_site_mv_b2:Identifier} SYNC;
-- [b2.chunk.drop.clicks] drop the staged clicks
DROP TABLE IF EXISTS shop.{pipe_clicks_b2:Identifier} SYNC;
-- [b2.chunk.drop.per_site] drop the staged per_site
DROP TABLE IF EXISTS shop.{dup_per_site_b2:Identifier} SYNC;

-- ======== 5. Clean up ========

-- [b2.declared.per_site_mv] shop.per_site_mv as declared, without the split
-- All history is in: rows that come late count again. The same query again changes nothing.
ALTER TABLE shop.per_site_mv
MODIFY QUERY
SELECT site, count() AS n FROM shop.clicks AS c GROUP BY site;

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind. All their names begin with this
-- migration's tag.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('shop')
    AND startsWith(name, 'bfc_f094afa4_')
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

-- [b1.chunk.settled] nothing is left of a move that failed (by_partition.bf:9)
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
    AND ((database, table) IN (('shop', 'copied'))
        AND uuid IN
        (
            SELECT uuid
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('shop', {dup_copied:String}))
        )
        OR (database, table, min_block_number) IN
        (
            SELECT database, table, min_block_number
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('shop', {dup_copied:String}))
        ));

-- [b1.chunk.already.copied] parts that an interrupted move brought to shop.copied already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not.
SELECT name AS already_part_copied
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'shop'
    AND table = {dup_copied:String}
    AND uuid IN
    (
        SELECT uuid
        FROM system.parts
        WHERE database = 'shop'
            AND table = 'copied'
            AND (active
                OR remove_time > modification_time
                OR remove_time > now() - uptime() + 1)
    )
ORDER BY name;

-- [b1.chunk.arrived.copied] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Its rows are in the live table.
-- repeat: it looks at what is there first
-- Once for each row of [b1.chunk.already.copied]:
SET param_already_part_copied = ''; -- copy column already_part_copied of [b1.chunk.already.copied]
ALTER TABLE shop.{dup_copied:Identifier}
DROP PART {already_part_copied:String};

-- [b1.chunk.evidence.copied] nothing of the rest is hidden in shop.copied
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
-- Once for each row of [b1.chunk.seal] with seal_table = 'shop.copied':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]
WITH
    (
        SELECT sum(rows)
        FROM system.parts
        WHERE active
            AND database = 'shop'
            AND table = {dup_copied:String}
            AND partition_id = {seal_partition:String}
    ) AS left_rows,
    (
        SELECT arraySort(groupUniqArray(min_block_number))
        FROM system.parts
        WHERE database = 'shop'
            AND table = 'copied'
            AND level = 0
            AND min_block_number = max_block_number
            AND data_version = min_block_number
            AND min_block_number > {seal_block:Int64}
    ) AS listed,
    (
        SELECT groupArray(name)
        FROM system.parts
        WHERE database = 'shop'
            AND table = 'copied'
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
                        AND database = 'shop'
                        AND table = {dup_copied:String}
                ))
    ) AS doubtful
SELECT
    left_rows = 0
        OR empty(doubtful) AS ok,
    concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_copied:String},
        ', and shop.copied has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b2.chunk.settled] nothing is left of a move that failed (by_partition.bf:12)
-- as [b1.chunk.settled], but for these lines:
--     AND ((database, table) IN (('shop', 'per_site'))
--                 AND (database, table) IN (('shop', {dup_per_site_b2:String}))
--                 AND (database, table) IN (('shop', {dup_per_site_b2:String}))

-- [b2.chunk.already.per_site] parts that an interrupted move brought to shop.per_site already
-- as [b1.chunk.already.copied], but for these lines:
-- SELECT name AS already_part_per_site_b2
--     AND table = {dup_per_site_b2:String}
--             AND table = 'per_site'

-- [b2.chunk.arrived.per_site] take them out of the duplicate
-- Once for each row of [b2.chunk.already.per_site]:
SET param_already_part_per_site_b2 = ''; -- copy column already_part_per_site_b2 of [b2.chunk.already.per_site]
ALTER TABLE shop.{dup_per_site_b2:Identifier}
DROP PART {already_part_per_site_b2:String};

-- [b2.chunk.evidence.per_site] nothing of the rest is hidden in shop.per_site
-- Once for each row of [b2.chunk.seal] with seal_table_b2 = 'shop.per_site':
-- as [b1.chunk.evidence.copied], but for these lines:
--             AND table = {dup_per_site_b2:String}
--             AND partition_id = {seal_partition_b2:String}
--             AND table = 'per_site'
--             AND min_block_number > {seal_block_b2:Int64}
--             AND table = 'per_site'
--             AND partition_id = {seal_partition_b2:String}
--                 AND max_block_number > {seal_block_b2:Int64}
--                     != max_block_number - greatest(min_block_number - 1, {seal_block_b2:Int64})
--                         AND table = {dup_per_site_b2:String}
--     concat('partition ', {seal_partition_b2:String}, ': ', toString(left_rows), ' of ', {seal_rows_b2:String}, ' rows are still staged in ', {dup_per_site_b2:String},
--         ', and shop.per_site has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

-- ======== Appendix: too little memory, or a full disk ========

-- Where a disk was full under a chunk, none begins until there is room. Where the server has no
-- memory for a chunk, in small blocks either, the rows of its halves are chunks of their own
-- and take its place.

-- [b1.chunk.halves] two chunks in the place of one that does not fit in memory
--     (by_partition.bf:9)
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
                marks.day AS key, sum(rows_in_granule) AS granule
            FROM mergeTreeIndex('shop', 'other') AS marks
            WHERE rows_in_granule > 0
                AND part_name IN
                (
                    SELECT name
                    FROM system.parts
                    WHERE active
                        AND database = 'shop'
                        AND table = 'other'
                        AND partition_id = {partition:String}
                )
                AND (marks.day >= {lo:Date} OR {edge:String} IN ('first', 'only'))
                AND (marks.day < {hi:Date} OR {edge:String} IN ('last', 'only'))
                AND isValidUTF8(toString(marks.day))
                AND length(toString(marks.day)) < 1000
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
                WHERE (database, name) IN (('shop', 'copied'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);

-- [b2.chunk.halves] two chunks in the place of one that does not fit in memory
--     (by_partition.bf:12)
-- as [b1.chunk.halves], but for these lines:
--     {partition_b2:String} AS partition_b2,
--     if(half = 1, {lo_b2:String}, toString(middle)) AS lo_b2,
--     if(half = 1, toString(middle), {hi_b2:String}) AS hi_b2,
--         half = 1 AND {edge_b2:String} IN ('first', 'only'), 'first',
--         half = 2 AND {edge_b2:String} IN ('last', 'only'), 'last',
--         '') AS edge_b2
--                 marks.site AS key, sum(rows_in_granule) AS granule
--             FROM mergeTreeIndex('shop', 'clicks') AS marks
--                         AND table = 'clicks'
--                         AND partition_id = {partition_b2:String}
--                 AND (marks.site >= {lo_b2:String} OR {edge_b2:String} IN ('first', 'only'))
--                 AND (marks.site < {hi_b2:String} OR {edge_b2:String} IN ('last', 'only'))
--                 AND isValidUTF8(toString(marks.site))
--                 AND length(toString(marks.site)) < 1000

-- [b2.chunk.room] there is room again on the disks
-- as [b1.chunk.room], but for these lines:
--                 WHERE (database, name) IN (('shop', 'per_site'))
