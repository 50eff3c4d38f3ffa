-- instances
--
-- Strategy:      duplicate
-- Writes to:     `my shop`.clicks, `my shop`.per_day, `my shop`.per_day_mv
-- Staged names:  bfc_20202235_…, dropped at the end
-- Resume points: b1.chunks, b1.chunk.seal
-- Plan:          43f1aeaacdacfb36aba62e398a2dc6d966ac2ce0609cbad256e50bf53d5bb591
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

-- Parameters of the migration.
SET param_azure_key = ''; -- String, a secret: from the environment variable AZURE_KEY
SET param_day = ''; -- DateTime, has no default: given with --param day=…
SET param_mine_token = ''; -- String, a secret: from the environment variable MINE_TOKEN
SET param_s3_key = ''; -- String, a secret: from the environment variable S3_KEY
SET param_s3_secret = ''; -- String, a secret: from the environment variable S3_SECRET

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

-- [ensure.database.elsewhere] database elsewhere
CREATE DATABASE IF NOT EXISTS elsewhere;
-- [ensure.database.my_shop] database `my shop`
CREATE DATABASE IF NOT EXISTS `my shop`;

-- [ensure.table.my_shop.clicks.declared] `my shop`.clicks as declared (instances.bf:12)
-- Empty, under a scratch name: a table that is there is compared with it, one that is missing
-- is made like it.
CREATE OR REPLACE TABLE `my shop`.bfc_20202235_check_clicks
(
id UInt64, time DateTime, a String
)
engine = MergeTree order by id;

-- [ensure.table.my_shop.per_day.declared] `my shop`.per_day as declared (instances.bf:13)
CREATE OR REPLACE TABLE `my shop`.bfc_20202235_check_per_day
(
day Date, clicks UInt64
)
engine = SummingMergeTree order by day;

-- [ensure.tables.same] tables that are there are as declared (instances.bf:12)
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
            replaceOne(table, 'bfc_20202235_check_', '') AS live,
            fact.1 AS what,
            anyIf(fact.2, table = live) AS present,
            anyIf(fact.2, table != live) AS declared
        FROM
        (
            SELECT database, table,
                (concat('column ', name), trimRight(concat(type, ' ', default_kind))) AS fact
            FROM system.columns
            WHERE database IN ('my shop')
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
            WHERE database IN ('my shop')
        )
        WHERE (database, live) IN (('my shop', 'clicks'), ('my shop', 'per_day'))
            AND (database, live) IN (SELECT database, name FROM system.tables)
        GROUP BY database, live, what
        HAVING present != declared
        ORDER BY database, live, what
    )
);

-- [ensure.table.my_shop.clicks] `my shop`.clicks, when it is missing
CREATE TABLE IF NOT EXISTS `my shop`.clicks AS `my shop`.bfc_20202235_check_clicks;
-- [ensure.table.my_shop.per_day] `my shop`.per_day, when it is missing (instances.bf:13)
CREATE TABLE IF NOT EXISTS `my shop`.per_day AS `my shop`.bfc_20202235_check_per_day;

-- [ensure.tables.clean] drop the scratch twins
DROP TABLE IF EXISTS
    `my shop`.bfc_20202235_check_clicks,
    `my shop`.bfc_20202235_check_per_day
SYNC;

-- [ensure.table.elsewhere.dim.same] elsewhere.dim is as declared (_mine.bf:19)
-- Names and types of its columns are compared.
-- must return 1
WITH
    map(
        'column id', toTypeName(defaultValueOfTypeName('UInt64')),
        'column name', toTypeName(defaultValueOfTypeName('String'))) AS declared,
    (
        SELECT CAST(groupArray(fact), 'Map(String, String)')
        FROM
        (
            SELECT DISTINCT (concat('column ', name), type) AS fact
            FROM system.columns
            WHERE database = 'elsewhere' AND table = 'dim'
        )
    ) AS present
SELECT
    empty(differences) AS ok,
    concat('elsewhere.dim, ', arrayStringConcat(differences, '; ')) AS message
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

-- [ensure.view.my_shop.per_day_mv.declared] the query of `my shop`.per_day_mv as declared
--     (instances.bf:14)
-- A plain view, under a scratch name: it never fires. A view that is there is compared with it.
CREATE OR REPLACE VIEW `my shop`.bfc_20202235_check_per_day_mv
AS
SELECT toDate(time) AS day, count() AS clicks FROM `my shop`.clicks GROUP BY day;

-- [ensure.views.same] views that are there are as declared, and no view comes too late
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
        WHERE database IN ('my shop')
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
        ('my shop.per_day_mv', 'my shop.bfc_20202235_check_per_day_mv', 'my shop.clicks',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW `my shop`.per_day_mv TO `my shop`.per_day AS SELECT 1')))
    )
);

-- [ensure.view.my_shop.per_day_mv] `my shop`.per_day_mv, when it is missing
CREATE MATERIALIZED VIEW IF NOT EXISTS `my shop`.per_day_mv
TO `my shop`.per_day
AS
SELECT toDate(time) AS day, count() AS clicks FROM `my shop`.clicks GROUP BY day;

-- [ensure.views.clean] drop the scratch twins
DROP TABLE IF EXISTS
    `my shop`.bfc_20202235_check_per_day_mv
SYNC;

-- [b1.grants] the user may stage and move in `my shop` (instances.bf:25)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE
--     TABLE, DROP TABLE ON `my shop`.* TO the user of this run
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON `my shop`.*;

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
    WHERE (database, name) IN (('my shop', 'clicks'), ('my shop', 'per_day'))
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
        WHERE (database, name) IN (('my shop', 'clicks'), ('my shop', 'per_day'))
    )
        AND (database, name) NOT IN (('', ''), ('my shop', 'per_day_mv'))
);

-- [b1.mutations] no mutation is pending on the tables to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('my shop', 'clicks'), ('my shop', 'per_day'));

-- [b1.files] how many of the source's files there are
-- ClickHouse skips missing files of a range without a word. Format One lists files and reads
-- nothing of them.
SELECT
    count() AS files_found,
    toString(ifNull(sum(_size), 0)) AS files_bytes
FROM url('https://mine.example.com/{1..4}.csv', 'One', headers('Authorization' = {mine_token:String}));
SET param_files_found = ''; -- copy column files_found of [b1.files]
SET param_files_bytes = ''; -- copy column files_bytes of [b1.files]

-- [b1.files.all] all 4 files are there
-- A file that is missing is an error, not silence.
-- must return 1; if not: bring the missing files, or make the source's range name those that
--     there are
SELECT
    {files_found:UInt64} = 4 AS ok,
    concat({files_found:String}, ' of 4 files are there') AS message;

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
        greatest(1 * 67108864, intDiv(2 * toUInt64({files_bytes:String}), 2) * 1) AS need
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
                WHERE (database, name) IN (('my shop', 'clicks'), ('my shop', 'per_day'))
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
            indexOf([('my shop', 'clicks'), ('my shop', 'per_day')], (database, name)) AS position,
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
        WHERE database IN ('my shop', 'my shop')
            AND name IN ('clicks', 'per_day')
            AND (database, name) IN (('my shop', 'clicks'), ('my shop', 'per_day'))
    )
);
SET param_parts_most = ''; -- copy column parts_most of [b1.limits]
SET param_parts_refused = ''; -- copy column parts_refused of [b1.limits]
SET param_parts_large = ''; -- copy column parts_large of [b1.limits]

-- ======== 2. Load, verify and publish the history ========

-- [b1.chunks] load `my shop`.clicks and what its views derive, chunk by chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Chunk 1 of 2
SET param_files = 'https://mine.example.com/{1..2}.csv';
SET param_files_expected = '2';

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_clicks = 'bfc_by_hand_dup_clicks';
SET param_dup_per_day = 'bfc_by_hand_dup_per_day';
SET param_copy_per_day_mv = 'bfc_by_hand_copy_per_day_mv';

-- --- stage ---

-- [b1.chunk.stage.clicks] a duplicate of `my shop`.clicks
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE `my shop`.{dup_clicks:Identifier} AS `my shop`.clicks
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_day] a duplicate of `my shop`.per_day
CREATE TABLE `my shop`.{dup_per_day:Identifier} AS `my shop`.per_day
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_day_mv] a copy of `my shop`.per_day_mv between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE MATERIALIZED VIEW `my shop`.{copy_per_day_mv:Identifier}
TO `my shop`.{dup_per_day:Identifier}
AS
SELECT toDate(time) AS day, count() AS clicks FROM `my shop`.{dup_clicks:Identifier} AS clicks GROUP BY day;

-- --- load ---

-- [b1.chunk.files] the chunk's files, their sizes and times
-- To be compared after the load: a file that is replaced while it is read would be half old and
-- half new. It reads no file's content.
SELECT
    count() AS files_now,
    toString(sum(cityHash64(_path, ifNull(toString(_size), ''), ifNull(toString(_time), '')))) AS files_mark
FROM url({files:String}, 'One', headers('Authorization' = {mine_token:String}));
SET param_files_now = ''; -- copy column files_now of [b1.chunk.files]
SET param_files_mark = ''; -- copy column files_mark of [b1.chunk.files]

-- [b1.chunk.files.all] none of the chunk's files is missing
-- It may have been taken away since the run began.
-- must return 1; if not: bring the missing files back and run the same command again
SELECT
    {files_now:UInt64} = {files_expected:UInt64} AS ok,
    concat({files_now:String}, ' of ', {files_expected:String}, ' files are there: ', {files:String}) AS message;

-- [b1.chunk.load] load the chunk into the duplicate of `my shop`.clicks
-- The copies of the views fire on it and fill the duplicates of their targets.
-- optimize_on_insert = 0: rows staged are rows read, also where the engine would combine them.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO `my shop`.{dup_clicks:Identifier}
(
    id, time, a
)
SETTINGS
    optimize_on_insert = 0
SELECT
    id, time, a
FROM
(
SELECT id, time, 'a {path:String} in a string' AS a /* {path:String} */
FROM url({files:String}, 'CSVWithNames', 'auto', headers('Authorization' = {mine_token:String}))
WHERE time >= {day:DateTime} AND id IN (CAST('[1, 2]', 'Array(UInt8)')) AND id > -1000 AND true
) AS mine;

-- [b1.chunk.files.same] the chunk's files are still the same
-- Compared with the listing before the load.
-- must return 1; if not: a file changed while it was read: let the files be and run the same
--     command again
SELECT
    count() = {files_now:UInt64} AND toString(sum(cityHash64(_path, ifNull(toString(_size), ''), ifNull(toString(_time), '')))) = {files_mark:String} AS ok,
    concat('files of ', {files:String}, ' changed while they were read') AS message
FROM url({files:String}, 'One', headers('Authorization' = {mine_token:String}));

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
SELECT id, time, 'a {path:String} in a string' AS a /* {path:String} */
FROM url({files:String}, 'CSVWithNames', 'auto', headers('Authorization' = {mine_token:String}))
WHERE time >= {day:DateTime} AND id IN (CAST('[1, 2]', 'Array(UInt8)')) AND id > -1000 AND true
) AS mine
    ) AS expected,
    (
SELECT count()
FROM `my shop`.{dup_clicks:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('rows for `my shop`.clicks: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.per_day] every group of `my shop`.per_day is staged
-- The views' queries over the staged rows, against what their copies wrote. It costs another
-- look at the staged rows.
-- must return 1
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(day AS Nullable(Date)), defaultValueOfTypeName('Date'))
FROM
(
SELECT toDate(time) AS day, count() AS clicks FROM `my shop`.{dup_clicks:Identifier} AS clicks GROUP BY day
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT day
    FROM `my shop`.{dup_per_day:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for `my shop`.per_day: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
SELECT
    ['`my shop`.clicks', '`my shop`.per_day'][position] AS seal_table,
    partition_id AS seal_partition,
    count() AS seal_parts,
    sum(rows) AS seal_rows,
    sum(bytes_on_disk) AS seal_bytes,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids,
    any(live.block) AS seal_block
FROM
(
    SELECT
        indexOf([('my shop', {dup_clicks:String}), ('my shop', {dup_per_day:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('my shop', {dup_clicks:String}), ('my shop', {dup_per_day:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('my shop', 'clicks'), ('my shop', 'per_day')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('my shop', 'clicks'), ('my shop', 'per_day'))
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
    SELECT groupArray(concat('merges of ', ['`my shop`.clicks', '`my shop`.per_day'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('my shop', 'clicks'), ('my shop', 'per_day')], (database, table)),
                indexOf([('my shop', {dup_clicks:String}), ('my shop', {dup_per_day:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('my shop', 'clicks'), ('my shop', 'per_day'))) AS parts,
            countIf((database, table) NOT IN (('my shop', 'clicks'), ('my shop', 'per_day')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('my shop', 'clicks'), ('my shop', 'per_day'))) AS bytes,
            {parts_most:Array(UInt64)}[position] AS most,
            {parts_refused:Array(UInt64)}[position] AS refuses,
            {parts_large:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('my shop', 'clicks'), ('my shop', 'per_day'), ('my shop', {dup_clicks:String}), ('my shop', {dup_per_day:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b1.chunk.move.clicks] move the chunk into `my shop`.clicks
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b1.chunk.seal] with seal_table = '`my shop`.clicks':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE `my shop`.{dup_clicks:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE `my shop`.clicks;

-- [b1.chunk.move.per_day] move the chunk into `my shop`.per_day
-- Once for each row of [b1.chunk.seal] with seal_table = '`my shop`.per_day':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE `my shop`.{dup_per_day:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE `my shop`.per_day;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('my shop', {dup_clicks:String}), ('my shop', {dup_per_day:String}));

-- --- finish ---

-- [b1.chunk.drop.per_day_mv] drop the staged per_day_mv
-- It is empty or was given up.
DROP TABLE IF EXISTS `my shop`.{copy_per_day_mv:Identifier} SYNC;
-- [b1.chunk.drop.clicks] drop the staged clicks
DROP TABLE IF EXISTS `my shop`.{dup_clicks:Identifier} SYNC;
-- [b1.chunk.drop.per_day] drop the staged per_day
DROP TABLE IF EXISTS `my shop`.{dup_per_day:Identifier} SYNC;

-- Chunks 2 to 2: the same statements, from the names on, with
--   files = 'https://mine.example.com/{3..4}.csv', files_expected = '2'

-- ======== 3. Clean up ========

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind. All their names begin with this
-- migration's tag.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('elsewhere', 'my shop')
    AND startsWith(name, 'bfc_20202235_')
ORDER BY engine LIKE '%View' DESC, database, name;

-- [finish.sweep] drop them
-- Views go first, so that nothing fires on a table that is being dropped. Every chunk was
-- published or thrown away by now, so nothing in them is wanted.
-- Once for each row of [finish.leftovers]:
SET param_sweep_database = ''; -- copy column sweep_database of [finish.leftovers]
SET param_sweep_name = ''; -- copy column sweep_name of [finish.leftovers]
DROP TABLE IF EXISTS {sweep_database:Identifier}.{sweep_name:Identifier} SYNC;

-- ======== 4. Check the outcome ========

-- [check.1] live: the newest row is fresh (fresh.bf:9)
-- must return 1; if not: look at the data before anything else is built on it: the history is
--     loaded and published, this check says that it is not as expected
SELECT newest >= now() - 3600, format('the newest row is of {}', toString(newest))
FROM (SELECT max(time) AS newest FROM `my shop`.clicks);

-- [check.2] mine: there are rows (_mine.bf:21)
-- must return 1
SELECT count() > 0 FROM `my shop`.clicks;

-- [check.3] no_dim: the table has the number of rows that was given (rows.bf:8)
-- must return 1
SELECT count() = 0, format('{} rows, not {}', toString(count()), toString(0))
FROM elsewhere.dim;

-- [check.4] once: every row is counted once (counted_once.bf:9)
-- must return 1
SELECT a = b, format('{} counted, {} rows', toString(a), toString(b))
FROM
(
    SELECT (SELECT sum(clicks) FROM `my shop`.per_day) AS a,
           (SELECT count() FROM `my shop`.clicks) AS b
);

-- ======== Appendix: after an interruption ========

-- Only for a chunk that is sealed and whose moves did not all return: a server that was killed
-- in the middle of a move may have parts in both tables. Before the moves are repeated, for
-- each table: take out of the duplicate what has arrived, and make sure that nothing of the
-- rest can have. The names are those of the interrupted attempt.

-- [b1.chunk.settled] nothing is left of a move that failed (instances.bf:25)
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
    AND ((database, table) IN (('my shop', 'clicks'), ('my shop', 'per_day'))
        AND uuid IN
        (
            SELECT uuid
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('my shop', {dup_clicks:String}), ('my shop', {dup_per_day:String}))
        )
        OR (database, table, min_block_number) IN
        (
            SELECT database, table, min_block_number
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('my shop', {dup_clicks:String}), ('my shop', {dup_per_day:String}))
        ));

-- [b1.chunk.already.clicks] parts that an interrupted move brought to `my shop`.clicks already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not.
SELECT name AS already_part_clicks
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'my shop'
    AND table = {dup_clicks:String}
    AND uuid IN
    (
        SELECT uuid
        FROM system.parts
        WHERE database = 'my shop'
            AND table = 'clicks'
            AND (active
                OR remove_time > modification_time
                OR remove_time > now() - uptime() + 1)
    )
ORDER BY name;

-- [b1.chunk.arrived.clicks] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Its rows are in the live table.
-- repeat: it looks at what is there first
-- Once for each row of [b1.chunk.already.clicks]:
SET param_already_part_clicks = ''; -- copy column already_part_clicks of [b1.chunk.already.clicks]
ALTER TABLE `my shop`.{dup_clicks:Identifier}
DROP PART {already_part_clicks:String};

-- [b1.chunk.evidence.clicks] nothing of the rest is hidden in `my shop`.clicks
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
-- Once for each row of [b1.chunk.seal] with seal_table = '`my shop`.clicks':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]
WITH
    (
        SELECT sum(rows)
        FROM system.parts
        WHERE active
            AND database = 'my shop'
            AND table = {dup_clicks:String}
            AND partition_id = {seal_partition:String}
    ) AS left_rows,
    (
        SELECT arraySort(groupUniqArray(min_block_number))
        FROM system.parts
        WHERE database = 'my shop'
            AND table = 'clicks'
            AND level = 0
            AND min_block_number = max_block_number
            AND data_version = min_block_number
            AND min_block_number > {seal_block:Int64}
    ) AS listed,
    (
        SELECT groupArray(name)
        FROM system.parts
        WHERE database = 'my shop'
            AND table = 'clicks'
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
                        AND database = 'my shop'
                        AND table = {dup_clicks:String}
                ))
    ) AS doubtful
SELECT
    left_rows = 0
        OR empty(doubtful) AS ok,
    concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_clicks:String},
        ', and `my shop`.clicks has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.chunk.already.per_day] parts that an interrupted move brought to `my shop`.per_day
--     already
-- as [b1.chunk.already.clicks], but for these lines:
-- SELECT name AS already_part_per_day
--     AND table = {dup_per_day:String}
--             AND table = 'per_day'

-- [b1.chunk.arrived.per_day] take them out of the duplicate
-- Once for each row of [b1.chunk.already.per_day]:
SET param_already_part_per_day = ''; -- copy column already_part_per_day of [b1.chunk.already.per_day]
ALTER TABLE `my shop`.{dup_per_day:Identifier}
DROP PART {already_part_per_day:String};

-- [b1.chunk.evidence.per_day] nothing of the rest is hidden in `my shop`.per_day
-- Once for each row of [b1.chunk.seal] with seal_table = '`my shop`.per_day':
-- as [b1.chunk.evidence.clicks], but for these lines:
--             AND table = {dup_per_day:String}
--             AND table = 'per_day'
--             AND table = 'per_day'
--                         AND table = {dup_per_day:String}
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_day:String},
--         ', and `my shop`.per_day has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

-- ======== Appendix: too little memory, or a full disk ========

-- Where a disk was full under a chunk, none begins until there is room. Where the server has no
-- memory for a chunk, in small blocks either, the rows of its halves are chunks of their own
-- and take its place.

-- [b1.chunk.halves] two chunks in the place of one that does not fit in memory
-- Only when the server has no memory for the chunk, with one thread and small blocks either.
-- The journal has its rows before they are loaded.
WITH
    extractGroups({files:String}, '^([^{}]*)\\{([^{}]+)\\}(.*)$') AS parts,
    splitByString('..', parts[2]) AS ends,
    if(length(ends) = 2,
        arrayMap(n -> leftPad(toString(n), length(ends[1]), '0'),
            range(toUInt64OrZero(ends[1]), toUInt64OrZero(ends[2]) + 1)),
        splitByChar(',', parts[2])) AS names,
    intDiv(length(names) + 1, 2) AS middle
SELECT
    concat(parts[1],
        if(length(own) = 1, own[1], concat('{', arrayStringConcat(own, ','), '}')),
        parts[3]) AS files,
    toString(intDiv({files_expected:UInt64} * length(own), length(names))) AS files_expected
FROM
(
    SELECT
        arrayJoin([arraySlice(names, 1, middle), arraySlice(names, middle + 1)]) AS own
)
WHERE length(names) > 1;

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
        greatest(1 * 67108864, intDiv(2 * toUInt64({files_bytes:String}), 2) * 1) AS need
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
                WHERE (database, name) IN (('my shop', 'clicks'), ('my shop', 'per_day'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);
