-- unpartitioned: One table, no view, one chunk
--
-- Strategy:      duplicate
-- Writes to:     shop.orders
-- Staged names:  bfc_4efcb31f_…, dropped at the end
-- Resume points: b1.split, b1.chunks, b1.chunk.seal
-- Plan:          6e4541d0b4b5c54dc73d3ef8f287aec2c69bb76c76039338dd3a4c35a94a94f3
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

-- [ensure.table.shop.orders.declared] shop.orders as declared (unpartitioned.bf:4)
-- Empty, under a scratch name: a table that is there is compared with it, one that is missing
-- is made like it.
CREATE OR REPLACE TABLE shop.bfc_4efcb31f_check_orders
(
    id    UInt64,
    time  DateTime('UTC'),
    price Decimal(10, 2)
)
engine = MergeTree
order by (id, time);

-- [ensure.tables.same] tables that are there are as declared
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
            replaceOne(table, 'bfc_4efcb31f_check_', '') AS live,
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
        WHERE (database, live) IN (('shop', 'orders'))
            AND (database, live) IN (SELECT database, name FROM system.tables)
        GROUP BY database, live, what
        HAVING present != declared
        ORDER BY database, live, what
    )
);

-- [ensure.table.shop.orders] shop.orders, when it is missing
CREATE TABLE IF NOT EXISTS shop.orders AS shop.bfc_4efcb31f_check_orders;

-- [ensure.tables.clean] drop the scratch twins
DROP TABLE IF EXISTS
    shop.bfc_4efcb31f_check_orders
SYNC;

-- [b1.grants] the user may stage and move in shop (unpartitioned.bf:16)
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
    WHERE (database, name) IN (('shop', 'orders'))
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
        WHERE (database, name) IN (('shop', 'orders'))
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
    AND (database, table) IN (('shop', 'orders'));

-- [b1.split] the split, as the migration says it, in UTC; a resume point
-- A literal means what it means in the column's own time zone; pinned in UTC it means the same
-- everywhere.
SELECT toString(toTimeZone(CAST('2024-06-01 00:00:00' AS DateTime('UTC')), 'UTC')) AS split;
SET param_split = ''; -- copy column split of [b1.split]

-- [b1.empty] shop.orders has nothing yet on the history's side of the split
-- Rows that are there already and come with the history again would be double. It reads only,
-- and is looked at once: later the history itself is there.
-- must return 1; if not: take an earlier split, or say 'overlap is fine' after it when these
--     rows are not in the source
SELECT
    count() = 0 AS ok,
    concat('shop.orders already has ', toString(count()), ' rows older than ', {split:String}) AS message
FROM shop.orders
WHERE time < {split:DateTime('UTC')};

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
                WHERE (database, name) IN (('shop', 'orders'))
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
            indexOf([('shop', 'orders')], (database, name)) AS position,
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
            AND name IN ('orders')
            AND (database, name) IN (('shop', 'orders'))
    )
);
SET param_parts_most = ''; -- copy column parts_most of [b1.limits]
SET param_parts_refused = ''; -- copy column parts_refused of [b1.limits]
SET param_parts_large = ''; -- copy column parts_large of [b1.limits]

-- ======== 2. Load, verify and publish the history ========

-- [b1.chunks] load shop.orders and what its views derive, chunk by chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_orders = 'bfc_by_hand_dup_orders';

-- --- stage ---

-- [b1.chunk.stage.orders] a duplicate of shop.orders
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE shop.{dup_orders:Identifier} AS shop.orders
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- --- load ---

-- [b1.chunk.load] load the chunk into the duplicate of shop.orders
-- The copies of the views fire on it and fill the duplicates of their targets.
-- optimize_on_insert = 0: rows staged are rows read, also where the engine would combine them.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO shop.{dup_orders:Identifier}
(
    id, time, price
)
SETTINGS
    optimize_on_insert = 0
SELECT
    id, time, price
FROM
(
SELECT id, time, price FROM shop_old.orders
) AS old_orders
WHERE time < {split:DateTime('UTC')};

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
SELECT id, time, price FROM shop_old.orders
) AS old_orders
WHERE time < {split:DateTime('UTC')}
    ) AS expected,
    (
SELECT count()
FROM shop.{dup_orders:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('rows for shop.orders: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
SELECT
    ['shop.orders'][position] AS seal_table,
    partition_id AS seal_partition,
    count() AS seal_parts,
    sum(rows) AS seal_rows,
    sum(bytes_on_disk) AS seal_bytes,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids,
    any(live.block) AS seal_block
FROM
(
    SELECT
        indexOf([('shop', {dup_orders:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('shop', {dup_orders:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('shop', 'orders')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('shop', 'orders'))
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
    SELECT groupArray(concat('merges of ', ['shop.orders'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('shop', 'orders')], (database, table)),
                indexOf([('shop', {dup_orders:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('shop', 'orders'))) AS parts,
            countIf((database, table) NOT IN (('shop', 'orders')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('shop', 'orders'))) AS bytes,
            {parts_most:Array(UInt64)}[position] AS most,
            {parts_refused:Array(UInt64)}[position] AS refuses,
            {parts_large:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('shop', 'orders'), ('shop', {dup_orders:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b1.chunk.move.orders] move the chunk into shop.orders
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b1.chunk.seal] with seal_table = 'shop.orders':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE shop.{dup_orders:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE shop.orders;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('shop', {dup_orders:String}));

-- --- finish ---

-- [b1.chunk.drop.orders] drop the staged orders
-- It is empty or was given up.
DROP TABLE IF EXISTS shop.{dup_orders:Identifier} SYNC;

-- ======== 3. Clean up ========

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind. All their names begin with this
-- migration's tag.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('shop')
    AND startsWith(name, 'bfc_4efcb31f_')
ORDER BY engine LIKE '%View' DESC, database, name;

-- [finish.sweep] drop them
-- Views go first, so that nothing fires on a table that is being dropped. Every chunk was
-- published or thrown away by now, so nothing in them is wanted.
-- Once for each row of [finish.leftovers]:
SET param_sweep_database = ''; -- copy column sweep_database of [finish.leftovers]
SET param_sweep_name = ''; -- copy column sweep_name of [finish.leftovers]
DROP TABLE IF EXISTS {sweep_database:Identifier}.{sweep_name:Identifier} SYNC;

-- ======== 4. Check the outcome ========

-- [check.1] there are orders (unpartitioned.bf:20)
-- must return 1; if not: look at the data before anything else is built on it: the history is
--     loaded and published, this check says that it is not as expected
SELECT count() > 0 FROM shop.orders;

-- ======== Appendix: after an interruption ========

-- Only for a chunk that is sealed and whose moves did not all return: a server that was killed
-- in the middle of a move may have parts in both tables. Before the moves are repeated, for
-- each table: take out of the duplicate what has arrived, and make sure that nothing of the
-- rest can have. The names are those of the interrupted attempt.

-- [b1.chunk.settled] nothing is left of a move that failed (unpartitioned.bf:16)
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
    AND ((database, table) IN (('shop', 'orders'))
        AND uuid IN
        (
            SELECT uuid
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('shop', {dup_orders:String}))
        )
        OR (database, table, min_block_number) IN
        (
            SELECT database, table, min_block_number
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('shop', {dup_orders:String}))
        ));

-- [b1.chunk.already.orders] parts that an interrupted move brought to shop.orders already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not.
SELECT name AS already_part_orders
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'shop'
    AND table = {dup_orders:String}
    AND uuid IN
    (
        SELECT uuid
        FROM system.parts
        WHERE database = 'shop'
            AND table = 'orders'
            AND (active
                OR remove_time > modification_time
                OR remove_time > now() - uptime() + 1)
    )
ORDER BY name;

-- [b1.chunk.arrived.orders] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Its rows are in the live table.
-- repeat: it looks at what is there first
-- Once for each row of [b1.chunk.already.orders]:
SET param_already_part_orders = ''; -- copy column already_part_orders of [b1.chunk.already.orders]
ALTER TABLE shop.{dup_orders:Identifier}
DROP PART {already_part_orders:String};

-- [b1.chunk.evidence.orders] nothing of the rest is hidden in shop.orders
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
-- Once for each row of [b1.chunk.seal] with seal_table = 'shop.orders':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]
WITH
    (
        SELECT sum(rows)
        FROM system.parts
        WHERE active
            AND database = 'shop'
            AND table = {dup_orders:String}
            AND partition_id = {seal_partition:String}
    ) AS left_rows,
    (
        SELECT arraySort(groupUniqArray(min_block_number))
        FROM system.parts
        WHERE database = 'shop'
            AND table = 'orders'
            AND level = 0
            AND min_block_number = max_block_number
            AND data_version = min_block_number
            AND min_block_number > {seal_block:Int64}
    ) AS listed,
    (
        SELECT groupArray(name)
        FROM system.parts
        WHERE database = 'shop'
            AND table = 'orders'
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
                        AND table = {dup_orders:String}
                ))
    ) AS doubtful
SELECT
    left_rows = 0
        OR empty(doubtful)
        OR left_rows + (
            SELECT count()
            FROM shop.orders
            WHERE _partition_id = {seal_partition:String}
            AND time < {split:DateTime('UTC')}
        ) = {seal_rows:UInt64} AS ok,
    concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_orders:String},
        ', and shop.orders has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- ======== Appendix: too little memory, or a full disk ========

-- Where a disk was full under a chunk, none begins until there is room. Where the server has no
-- memory for a chunk, in small blocks either, the rows of its halves are chunks of their own
-- and take its place.

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
                WHERE (database, name) IN (('shop', 'orders'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);
