-- Migration:     by_files
--                The guide's case: Parquet files, ten a chunk
--
-- Strategy:      duplicate
-- Writes to:     pypi.pypi, pypi.pypi_downloads, pypi.pypi_downloads_mv
-- Staged names:  bfc_34fbd770_… (dropped at the end)
-- Resume points: b1.split, b1.chunks, b1.chunk.seal
-- Plan:          2491cd2e0fbd0fb777006e7208b3dc3450e2ed345d877773309a83fac303842b
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

-- Parameters of the migration.
SET param_bucket = 'https://datasets.example.com/pypi'; -- String, the default; another one with --param bucket=…
SET param_s3_key = ''; -- String, a secret: from the environment variable S3_KEY
SET param_s3_secret = ''; -- String, a secret: from the environment variable S3_SECRET

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

-- [ensure.database.pypi] database pypi
-- The tables and views below stand in it. IF NOT EXISTS makes repeating it harmless.
-- Harmless to repeat: if not exists.
CREATE DATABASE IF NOT EXISTS pypi;

-- [ensure.table.pypi.pypi] table pypi.pypi
-- Created as declared when it is missing. IF NOT EXISTS makes repeating it harmless; the next
-- step compares a table that was there before.
-- Harmless to repeat: if not exists. From by_files.bf:8.
CREATE TABLE IF NOT EXISTS pypi.pypi
(

    timestamp    DateTime,
    country_code LowCardinality(String),
    project      String

)
engine = MergeTree
order by (project, timestamp);

-- [ensure.table.pypi.pypi.same] pypi.pypi is as declared
-- Columns, types, engine and keys of the server's table are compared with the declaration. It
-- reads only.
-- Harmless to repeat: read only. From by_files.bf:8.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or alter the table
-- first.
SELECT
    empty(differences) AS ok,
    concat('pypi.pypi differs from its declaration: ', arrayStringConcat(differences, '; ')) AS message
FROM
(
    WITH
        [('timestamp', toTypeName(defaultValueOfTypeName('DateTime'))),
            ('country_code', toTypeName(defaultValueOfTypeName('LowCardinality(String)'))),
            ('project', toTypeName(defaultValueOfTypeName('String')))] AS declared,
        (
            SELECT groupUniqArray((name, type))
            FROM system.columns
            WHERE database = 'pypi' AND table = 'pypi'
        ) AS present,
        (
            SELECT any((engine, engine_full, partition_key, sorting_key, primary_key, sampling_key))
            FROM system.tables
            WHERE database = 'pypi' AND name = 'pypi'
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
                 ('sorting key', '(project, timestamp)', now.4),
                 ('primary key', '(project, timestamp)', now.5),
                 ('sampling key', '', now.6)]))) AS differences
);

-- [ensure.table.pypi.pypi_downloads] table pypi.pypi_downloads
-- Created as declared when it is missing. IF NOT EXISTS makes repeating it harmless; the next
-- step compares a table that was there before.
-- Harmless to repeat: if not exists. From by_files.bf:17.
CREATE TABLE IF NOT EXISTS pypi.pypi_downloads
(
project String, count Int64
)
engine = SummingMergeTree order by project;

-- [ensure.table.pypi.pypi_downloads.same] pypi.pypi_downloads is as declared
-- Columns, types, engine and keys of the server's table are compared with the declaration. It
-- reads only.
-- Harmless to repeat: read only. From by_files.bf:17.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or alter the table
-- first.
SELECT
    empty(differences) AS ok,
    concat('pypi.pypi_downloads differs from its declaration: ', arrayStringConcat(differences, '; ')) AS message
FROM
(
    WITH
        [('project', toTypeName(defaultValueOfTypeName('String'))),
            ('count', toTypeName(defaultValueOfTypeName('Int64')))] AS declared,
        (
            SELECT groupUniqArray((name, type))
            FROM system.columns
            WHERE database = 'pypi' AND table = 'pypi_downloads'
        ) AS present,
        (
            SELECT any((engine, engine_full, partition_key, sorting_key, primary_key, sampling_key))
            FROM system.tables
            WHERE database = 'pypi' AND name = 'pypi_downloads'
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
                 ('sorting key', 'project', now.4),
                 ('primary key', 'project', now.5),
                 ('sampling key', '', now.6)]))) AS differences
);

-- [ensure.view.pypi.pypi_downloads_mv.new] pypi.pypi_downloads_mv is there, or pypi.pypi is
--     still empty
-- A view that is made now counts the rows from now on; those that its table already holds would
-- be missing from its target for ever. It reads only.
-- Harmless to repeat: read only. From by_files.bf:19.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: fill the view's target from the rows that are there and create the view by hand, then
-- run this again.
SELECT
    existing = 1 OR present_rows = 0 AS ok,
    concat('view pypi.pypi_downloads_mv does not exist yet, and pypi.pypi already holds ', toString(present_rows), ' rows that it would never count') AS message
FROM
(
    SELECT
        countIf(database = 'pypi' AND name = 'pypi_downloads_mv') AS existing,
        ifNull(sumIf(total_rows, database = 'pypi' AND name = 'pypi'), 0) AS present_rows
    FROM system.tables
    WHERE (database, name) IN (('pypi', 'pypi_downloads_mv'), ('pypi', 'pypi'))
);

-- [ensure.view.pypi.pypi_downloads_mv] view pypi.pypi_downloads_mv
-- It feeds its target from what is inserted from now on. IF NOT EXISTS makes repeating it
-- harmless; a view that was there before is compared below.
-- Harmless to repeat: if not exists. From by_files.bf:19.
CREATE MATERIALIZED VIEW IF NOT EXISTS pypi.pypi_downloads_mv
TO pypi.pypi_downloads
AS
SELECT project, count() AS count FROM pypi.pypi GROUP BY project;

-- [ensure.view.pypi.pypi_downloads_mv.scratch] a plain view with the declared query of
--     pypi.pypi_downloads_mv
-- The server writes its query as it writes the live view's, so that the two can be compared as
-- text. A plain view never fires; OR REPLACE makes repeating it harmless.
-- Harmless to repeat: observes first. From by_files.bf:19.
CREATE OR REPLACE VIEW pypi.bfc_34fbd770_check_pypi_downloads_mv
AS
SELECT project, count() AS count FROM pypi.pypi GROUP BY project;

-- [ensure.view.pypi.pypi_downloads_mv.same] pypi.pypi_downloads_mv is as declared
-- Query and target of the server's view are compared with the declaration. It reads only.
-- Harmless to repeat: read only. From by_files.bf:19.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: change the declaration to what the server has (SHOW CREATE TABLE), or change the live
-- view with ALTER TABLE … MODIFY QUERY first.
SELECT
    live_query = declared_query AND startsWith(live, declared_head) AS ok,
    if(live_query = declared_query,
        concat('view pypi.pypi_downloads_mv writes elsewhere than declared: ', live, '; declared: ', declared_head, '…'),
        concat('the query of view pypi.pypi_downloads_mv differs from its declaration: ', live_query, '; declared: ', declared_query)) AS message
FROM
(
    SELECT
        anyIf(as_select, name = 'pypi_downloads_mv') AS live_query,
        anyIf(as_select, name = 'bfc_34fbd770_check_pypi_downloads_mv') AS declared_query,
        anyIf(create_table_query, name = 'pypi_downloads_mv') AS live,
        replaceRegexpOne(formatQuerySingleLine('CREATE MATERIALIZED VIEW pypi.pypi_downloads_mv TO pypi.pypi_downloads AS SELECT 1'), 'AS SELECT 1$', '') AS declared_head
    FROM system.tables
    WHERE database = 'pypi' AND name IN ('pypi_downloads_mv', 'bfc_34fbd770_check_pypi_downloads_mv')
);

-- [ensure.view.pypi.pypi_downloads_mv.clean] drop the plain view again
-- It was only needed for comparing. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_files.bf:19.
DROP VIEW IF EXISTS pypi.bfc_34fbd770_check_pypi_downloads_mv SYNC;

-- [b1.grants] the user may stage and move in pypi
-- A grant that is missing would stop the run in its middle. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE
-- ON pypi.* TO the user of this run.
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON pypi.*;

-- [b1.grants.system] the user may read what the checks read and use the tables' engines
-- A grant that is missing would stop the run in its middle. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: grant what is missing: GRANT SELECT ON system.parts, SELECT ON system.mutations,
-- SELECT ON system.disks, SELECT ON system.storage_policies, TABLE ENGINE ON MergeTree, TABLE
-- ENGINE ON SummingMergeTree TO the user of this run.
CHECK GRANT SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, TABLE ENGINE ON MergeTree, TABLE ENGINE ON SummingMergeTree;

-- [b1.engines] the tables to fill are of engines that staging works with
-- Staged rows reach a table by MOVE PARTITION, which tables of the MergeTree family on one
-- server have; an engine of Null only passes rows on. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: replicated and shared tables are not supported yet.
SELECT
    empty(others) AS ok,
    concat('cannot stage for: ', arrayStringConcat(others, ', ')) AS message
FROM
(
    SELECT groupArray(concat(database, '.', name, ' (', engine, ')')) AS others
    FROM system.tables
    WHERE (database, name) IN (('pypi', 'pypi'), ('pypi', 'pypi_downloads'))
        AND engine != 'Null'
        AND (engine NOT LIKE '%MergeTree'
            OR startsWith(engine, 'Replicated')
            OR startsWith(engine, 'Shared'))
);

-- [b1.views] every view on the tables to fill is declared or ignored
-- A view that this plan does not know would not get the history, and nobody would notice. It
-- reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_files.bf:26.
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
        WHERE (database, name) IN (('pypi', 'pypi'), ('pypi', 'pypi_downloads'))
    )
        AND (database, name) NOT IN (('', ''), ('pypi', 'pypi_downloads_mv'))
);

-- [b1.mutations] no mutation is pending on the tables to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance. It
-- reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: wait until the mutation is done (system.mutations), or KILL MUTATION.
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('pypi', 'pypi'), ('pypi', 'pypi_downloads'));

-- [b1.split.known] the live table has a row
-- An empty table has no oldest row. It reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: write a literal: 'split on COLUMN at '2024-01-01 00:00:00''.
SELECT
    count() > 0 AS ok,
    'pypi.pypi is empty, so it has no earliest timestamp' AS message
FROM pypi.pypi;

-- [b1.split] the split: the oldest timestamp of pypi.pypi
-- History is what is older than the oldest live row. It is asked once and pinned, as later it
-- would find history that this run has published.
-- Resume point. Harmless to repeat: read only. From by_files.bf:26.
SELECT toString(toTimeZone(min(timestamp), 'UTC')) AS split
FROM pypi.pypi;
SET param_split = ''; -- copy column split of [b1.split]

-- [b1.files] how many of the source's files there are
-- ClickHouse skips missing files of a range without a word. Format One lists files and reads
-- nothing of them.
-- Harmless to repeat: read only. From by_files.bf:26.
SELECT
    count() AS files_found,
    toString(ifNull(sum(_size), 0)) AS files_bytes
FROM s3(concat({bucket:String}, '/part-{000..024}.parquet'), {s3_key:String}, {s3_secret:String}, 'One');
SET param_files_found = ''; -- copy column files_found of [b1.files]
SET param_files_bytes = ''; -- copy column files_bytes of [b1.files]

-- [b1.files.all] all 25 files are there
-- A file that is missing is an error, not silence. It reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: bring the missing files, or make the source's range name those that there are.
SELECT
    {files_found:UInt64} = 25 AS ok,
    concat({files_found:String}, ' of 25 files are there') AS message;

-- [b1.disk] there is room on the disks for the chunks under way
-- A chunk is staged next to the live table; moving it takes no more room. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: free some space, or make the chunks smaller.
SELECT
    free >= need AS ok,
    concat('free: ', formatReadableSize(free), ', needed: ', formatReadableSize(need)) AS message
FROM
(
    SELECT
        min(policy_free) AS free,
        greatest(2 * 67108864, intDiv(2 * toUInt64({files_bytes:String}), 3) * 2) AS need
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
                WHERE (database, name) IN (('pypi', 'pypi'), ('pypi', 'pypi_downloads'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);

-- ======== 2. Load, verify and publish the history ========

-- [b1.chunks] load pypi.pypi and what its views derive, chunk by chunk
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.
-- Resume point. Harmless to repeat: observes first. From by_files.bf:26.

-- Chunk 1 of 3.
SET param_files = '/part-{000..009}.parquet';
SET param_files_expected = '10';

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_pypi = 'bfc_by_hand_dup_pypi';
SET param_dup_pypi_downloads = 'bfc_by_hand_dup_pypi_downloads';
SET param_copy_pypi_downloads_mv = 'bfc_by_hand_copy_pypi_downloads_mv';

-- --- stage ---

-- [b1.chunk.stage.pypi] a duplicate of pypi.pypi
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts. Every attempt has a new name, so nothing that an
-- earlier one left running can write here.
-- Harmless to repeat: new names. From by_files.bf:26.
CREATE TABLE pypi.{dup_pypi:Identifier} AS pypi.pypi
SETTINGS
    assign_part_uuids = 1,
    max_bytes_to_merge_at_max_space_in_pool = 1,
    max_bytes_to_merge_at_min_space_in_pool = 1,
    non_replicated_deduplication_window = 0,
    parts_to_delay_insert = 100000,
    parts_to_throw_insert = 100000;

-- [b1.chunk.stage.pypi_downloads] a duplicate of pypi.pypi_downloads
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts. Every attempt has a new name, so nothing that an
-- earlier one left running can write here.
-- Harmless to repeat: new names. From by_files.bf:26.
CREATE TABLE pypi.{dup_pypi_downloads:Identifier} AS pypi.pypi_downloads
SETTINGS
    assign_part_uuids = 1,
    max_bytes_to_merge_at_max_space_in_pool = 1,
    max_bytes_to_merge_at_min_space_in_pool = 1,
    non_replicated_deduplication_window = 0,
    parts_to_delay_insert = 100000,
    parts_to_throw_insert = 100000;

-- [b1.chunk.stage.pypi_downloads_mv] a copy of pypi.pypi_downloads_mv between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first. Every attempt has a new name.
-- Harmless to repeat: new names. From by_files.bf:26.
CREATE MATERIALIZED VIEW pypi.{copy_pypi_downloads_mv:Identifier}
TO pypi.{dup_pypi_downloads:Identifier}
AS
SELECT project, count() AS count FROM pypi.{dup_pypi:Identifier} AS pypi GROUP BY project;

-- --- load ---

-- [b1.chunk.files] the chunk's files, their sizes and times
-- To be compared after the load: a file that is replaced while it is read would be half old and
-- half new. It reads no file's content.
-- Harmless to repeat: read only. From by_files.bf:26.
SELECT
    count() AS files_now,
    toString(sum(cityHash64(_path, ifNull(toString(_size), ''), ifNull(toString(_time), '')))) AS files_mark
FROM s3(concat({bucket:String}, {files:String}), {s3_key:String}, {s3_secret:String}, 'One');
SET param_files_now = ''; -- copy column files_now of [b1.chunk.files]
SET param_files_mark = ''; -- copy column files_mark of [b1.chunk.files]

-- [b1.chunk.files.all] none of the chunk's files is missing
-- It may have been taken away since the run began. It reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: bring the missing files back and run the same command again.
SELECT
    {files_now:UInt64} = {files_expected:UInt64} AS ok,
    concat({files_now:String}, ' of ', {files_expected:String}, ' files are there: ', {files:String}) AS message;

-- [b1.chunk.load] load the chunk into the duplicate of pypi.pypi
-- The copies of the views fire on it and fill the duplicates of their targets.
-- optimize_on_insert = 0: rows staged are rows read, also where the engine would combine them.
-- It is never repeated on the same tables: a load that broke off is thrown away with them.
-- Harmless to repeat: new names. From by_files.bf:26.
INSERT INTO pypi.{dup_pypi:Identifier}
(
    timestamp,
    country_code,
    project
)
SETTINGS
    optimize_on_insert = 0,
    max_threads = 2,
    max_insert_block_size = 1000000
SELECT
    timestamp,
    country_code,
    project
FROM
(
SELECT timestamp, country_code, project -- only what the table has
FROM s3(concat({bucket:String}, {files:String}), {s3_key:String}, {s3_secret:String}, 'Parquet')
) AS archive
WHERE timestamp < {split:DateTime('UTC')};

-- [b1.chunk.files.same] the chunk's files are still the same
-- Compared with the listing before the load. It reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: a file changed while it was read: let the files be and run the same command again.
SELECT
    count() = {files_now:UInt64} AND toString(sum(cityHash64(_path, ifNull(toString(_size), ''), ifNull(toString(_time), '')))) = {files_mark:String} AS ok,
    concat('files of ', {files:String}, ' changed while they were read') AS message
FROM s3(concat({bucket:String}, {files:String}), {s3_key:String}, {s3_secret:String}, 'One');

-- [b1.chunk.verify] as many rows are staged as the source has
-- A row that got lost, or came twice, would show here. It reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was published and the staged tables are kept until the next run: look at
-- them, then run the same command again.
WITH
    (
SELECT count()
FROM
(
SELECT timestamp, country_code, project -- only what the table has
FROM s3(concat({bucket:String}, {files:String}), {s3_key:String}, {s3_secret:String}, 'Parquet')
) AS archive
WHERE timestamp < {split:DateTime('UTC')}
    ) AS expected,
    (
SELECT count()
FROM pypi.{dup_pypi:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('rows for pypi.pypi: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.pypi_downloads] every group of pypi.pypi_downloads is staged
-- The views' queries over the staged rows, against what their copies wrote. It reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: nothing was published and the staged tables are kept until the next run: look at
-- them, then run the same command again.
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(project AS Nullable(String)), defaultValueOfTypeName('String'))
FROM
(
SELECT project, count() AS count FROM pypi.{dup_pypi:Identifier} AS pypi GROUP BY project
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT project
    FROM pypi.{dup_pypi_downloads:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for pypi.pypi_downloads: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
-- Resume point. Harmless to repeat: read only. From by_files.bf:26.
SELECT
    ['pypi.pypi', 'pypi.pypi_downloads'][position] AS seal_table,
    partition_id AS seal_partition,
    count() AS seal_parts,
    sum(rows) AS seal_rows,
    sum(bytes_on_disk) AS seal_bytes,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids,
    any(live.block) AS seal_block
FROM
(
    SELECT
        indexOf([('pypi', {dup_pypi:String}), ('pypi', {dup_pypi_downloads:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('pypi', {dup_pypi:String}), ('pypi', {dup_pypi_downloads:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('pypi', 'pypi'), ('pypi', 'pypi_downloads')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('pypi', 'pypi'), ('pypi', 'pypi_downloads'))
    GROUP BY position
) AS live ON live.position = staged.position
GROUP BY position, partition_id
ORDER BY position, partition_id;

-- [b1.chunk.move.pypi] move the chunk into pypi.pypi
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- Harmless to repeat: moves what is left. From by_files.bf:26.
-- Once for each row of [b1.chunk.seal] with seal_table = 'pypi.pypi':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]

-- [b1.chunk.move.pypi.one] move one partition
-- An empty or missing partition is moved without effect.
-- Harmless to repeat: moves what is left. From by_files.bf:26.
ALTER TABLE pypi.{dup_pypi:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE pypi.pypi;

-- [b1.chunk.move.pypi_downloads] move the chunk into pypi.pypi_downloads
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- Harmless to repeat: moves what is left. From by_files.bf:26.
-- Once for each row of [b1.chunk.seal] with seal_table = 'pypi.pypi_downloads':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]

-- [b1.chunk.move.pypi_downloads.one] move one partition
-- An empty or missing partition is moved without effect.
-- Harmless to repeat: moves what is left. From by_files.bf:26.
ALTER TABLE pypi.{dup_pypi_downloads:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE pypi.pypi_downloads;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next. It reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
-- Must return 1 (or true) in its first column; a second column says what is wrong otherwise.
-- If not: the staged tables keep what is left; run the same command again.
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('pypi', {dup_pypi:String}), ('pypi', {dup_pypi_downloads:String}));

-- Only after an interruption between the seal and the last move: before the moves of
-- the same table are repeated.

-- [b1.chunk.settled] wait until nothing is left of a move that failed
-- A move that could not be finished, for want of space say, was rolled back. Its parts stay
-- inactive until the server has cleaned them up, in half a minute as a rule: a part moved again
-- would be double if the server restarted before. It looks once a second and reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
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
--             AND ((database, table) IN (('pypi', 'pypi'), ('pypi', 'pypi_downloads'))
--                 AND uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('pypi', {dup_pypi:String}), ('pypi', {dup_pypi_downloads:String}))
--                 )
--                 OR (database, table, min_block_number) IN
--                 (
--                     SELECT database, table, min_block_number
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('pypi', {dup_pypi:String}), ('pypi', {dup_pypi_downloads:String}))
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
--             AND ((database, table) IN (('pypi', 'pypi'), ('pypi', 'pypi_downloads'))
--                 AND uuid IN
--                 (
--                     SELECT uuid
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('pypi', {dup_pypi:String}), ('pypi', {dup_pypi_downloads:String}))
--                 )
--                 OR (database, table, min_block_number) IN
--                 (
--                     SELECT database, table, min_block_number
--                     FROM system.parts
--                     WHERE active
--                         AND rows > 0
--                         AND (database, table) IN (('pypi', {dup_pypi:String}), ('pypi', {dup_pypi_downloads:String}))
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

-- [b1.chunk.already.pypi] parts that an interrupted move brought to pypi.pypi already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not. It reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
-- SELECT name AS already_part_pypi
-- FROM system.parts
-- WHERE active
--     AND rows > 0
--     AND database = 'pypi'
--     AND table = {dup_pypi:String}
--     AND uuid IN
--     (
--         SELECT uuid
--         FROM system.parts
--         WHERE database = 'pypi'
--             AND table = 'pypi'
--             AND (active
--                 OR remove_time > modification_time
--                 OR remove_time > now() - uptime() + 1)
--     )
-- ORDER BY name;

-- [b1.chunk.arrived.pypi] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Harmless to repeat: observes first. From by_files.bf:26.
-- Once for each row of [b1.chunk.already.pypi]:
-- SET param_already_part_pypi = ''; -- copy column already_part_pypi of [b1.chunk.already.pypi]

-- [b1.chunk.arrived.pypi.drop] drop one part that has arrived
-- Its rows are in the live table.
-- Harmless to repeat: observes first. From by_files.bf:26.
-- ALTER TABLE pypi.{dup_pypi:Identifier}
-- DROP PART {already_part_pypi:String};

-- [b1.chunk.evidence.pypi] nothing of the rest is hidden in pypi.pypi
-- After a restart of the server a moved part may have been merged away and its UUID forgotten.
-- Moving it again would double it, and dropping one that never arrived would lose it, so a
-- doubt stops the run. It reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
-- Once for each row of [b1.chunk.seal] with seal_table = 'pypi.pypi':
-- SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
-- SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
-- SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]

-- [b1.chunk.evidence.pypi.one] one partition: nothing is left, or nothing can hide what is left
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back.
-- Harmless to repeat: read only. From by_files.bf:26.
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
--             AND database = 'pypi'
--             AND table = {dup_pypi:String}
--             AND partition_id = {seal_partition:String}
--     ) AS left_rows,
--     (
--         SELECT arraySort(groupUniqArray(min_block_number))
--         FROM system.parts
--         WHERE database = 'pypi'
--             AND table = 'pypi'
--             AND level = 0
--             AND min_block_number = max_block_number
--             AND data_version = min_block_number
--             AND min_block_number > {seal_block:Int64}
--     ) AS listed,
--     (
--         SELECT groupArray(name)
--         FROM system.parts
--         WHERE database = 'pypi'
--             AND table = 'pypi'
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
--                         AND database = 'pypi'
--                         AND table = {dup_pypi:String}
--                 ))
--     ) AS doubtful
-- SELECT
--     left_rows = 0
--         OR empty(doubtful) AS ok,
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_pypi:String},
--         ', and pypi.pypi has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.chunk.already.pypi_downloads] parts that an interrupted move brought to
--     pypi.pypi_downloads already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not. It reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
-- SELECT name AS already_part_pypi_downloads
-- FROM system.parts
-- WHERE active
--     AND rows > 0
--     AND database = 'pypi'
--     AND table = {dup_pypi_downloads:String}
--     AND uuid IN
--     (
--         SELECT uuid
--         FROM system.parts
--         WHERE database = 'pypi'
--             AND table = 'pypi_downloads'
--             AND (active
--                 OR remove_time > modification_time
--                 OR remove_time > now() - uptime() + 1)
--     )
-- ORDER BY name;

-- [b1.chunk.arrived.pypi_downloads] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Harmless to repeat: observes first. From by_files.bf:26.
-- Once for each row of [b1.chunk.already.pypi_downloads]:
-- SET param_already_part_pypi_downloads = ''; -- copy column already_part_pypi_downloads of [b1.chunk.already.pypi_downloads]

-- [b1.chunk.arrived.pypi_downloads.drop] drop one part that has arrived
-- Its rows are in the live table.
-- Harmless to repeat: observes first. From by_files.bf:26.
-- ALTER TABLE pypi.{dup_pypi_downloads:Identifier}
-- DROP PART {already_part_pypi_downloads:String};

-- [b1.chunk.evidence.pypi_downloads] nothing of the rest is hidden in pypi.pypi_downloads
-- After a restart of the server a moved part may have been merged away and its UUID forgotten.
-- Moving it again would double it, and dropping one that never arrived would lose it, so a
-- doubt stops the run. It reads only.
-- Harmless to repeat: read only. From by_files.bf:26.
-- Once for each row of [b1.chunk.seal] with seal_table = 'pypi.pypi_downloads':
-- SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
-- SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
-- SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]

-- [b1.chunk.evidence.pypi_downloads.one] one partition: nothing is left, or nothing can hide
--     what is left
-- A merged or mutated part that reaches beyond the seal's last block number could hide a moved
-- part, unless every block that it covers is listed as it was inserted. A part that was
-- inactive already when the server started may have been merged or rolled back.
-- Harmless to repeat: read only. From by_files.bf:26.
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
--             AND database = 'pypi'
--             AND table = {dup_pypi_downloads:String}
--             AND partition_id = {seal_partition:String}
--     ) AS left_rows,
--     (
--         SELECT arraySort(groupUniqArray(min_block_number))
--         FROM system.parts
--         WHERE database = 'pypi'
--             AND table = 'pypi_downloads'
--             AND level = 0
--             AND min_block_number = max_block_number
--             AND data_version = min_block_number
--             AND min_block_number > {seal_block:Int64}
--     ) AS listed,
--     (
--         SELECT groupArray(name)
--         FROM system.parts
--         WHERE database = 'pypi'
--             AND table = 'pypi_downloads'
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
--                         AND database = 'pypi'
--                         AND table = {dup_pypi_downloads:String}
--                 ))
--     ) AS doubtful
-- SELECT
--     left_rows = 0
--         OR empty(doubtful) AS ok,
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_pypi_downloads:String},
--         ', and pypi.pypi_downloads has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- --- finish ---

-- [b1.chunk.drop.pypi_downloads_mv] drop the staged pypi_downloads_mv
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_files.bf:26.
DROP TABLE IF EXISTS pypi.{copy_pypi_downloads_mv:Identifier} SYNC;

-- [b1.chunk.drop.pypi] drop the staged pypi
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_files.bf:26.
DROP TABLE IF EXISTS pypi.{dup_pypi:Identifier} SYNC;

-- [b1.chunk.drop.pypi_downloads] drop the staged pypi_downloads
-- It is empty or was given up. IF EXISTS makes repeating it harmless.
-- Harmless to repeat: if exists. From by_files.bf:26.
DROP TABLE IF EXISTS pypi.{dup_pypi_downloads:Identifier} SYNC;

-- The other chunks: the same statements, from the names on, with
--   chunk 2 of 3: param_files = '/part-{010..019}.parquet', param_files_expected = '10'
--   chunk 3 of 3: param_files = '/part-{020..024}.parquet', param_files_expected = '5'

-- ======== 3. Clean up ========

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind; their names all begin with this
-- migration's tag. It reads only.
-- Harmless to repeat: read only. Again in every run that has work left.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('pypi')
    AND startsWith(name, 'bfc_34fbd770_')
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
