-- hits_per_page: Hits per page and slow hits, of the last years too
--
-- Strategy:      null_engine
-- Writes to:     web.per_page, web.slow, web.per_length, web.per_length_mv, web.per_page_mv,
--                web.slow_mv
-- Staged names:  bfc_82216620_…, dropped at the end
-- Resume points: b1.kept, b1.there, b1.split, b1.made, b1.bounds, b1.chunks, b1.chunk.seal
-- Plan:          6a3492a423e4370a447a3f0f194c218ce9ac62a14c09468360e711126135dd15
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

-- [ensure.table.web.per_page.declared] web.per_page as declared (views_null_engine.bf:6)
-- Empty, under a scratch name: a table that is there is compared with it, one that is missing
-- is made like it.
CREATE OR REPLACE TABLE web.bfc_82216620_check_per_page
(
page String, hits UInt64
)
engine = SummingMergeTree order by page;

-- [ensure.table.web.slow.declared] web.slow as declared (views_null_engine.bf:14)
CREATE OR REPLACE TABLE web.bfc_82216620_check_slow
(
time DateTime, page String
)
engine = MergeTree order by time;

-- [ensure.table.web.per_length.declared] web.per_length as declared (views_null_engine.bf:10)
CREATE OR REPLACE TABLE web.bfc_82216620_check_per_length
(
length UInt64, hits UInt64
)
engine = SummingMergeTree order by length;

-- [ensure.tables.same] tables that are there are as declared (views_null_engine.bf:6)
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
            replaceOne(table, 'bfc_82216620_check_', '') AS live,
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
        WHERE (database, live) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'))
            AND (database, live) IN (SELECT database, name FROM system.tables)
        GROUP BY database, live, what
        HAVING present != declared
        ORDER BY database, live, what
    )
);

-- [ensure.table.web.per_page] web.per_page, when it is missing
CREATE TABLE IF NOT EXISTS web.per_page AS web.bfc_82216620_check_per_page;
-- [ensure.table.web.slow] web.slow, when it is missing (views_null_engine.bf:14)
CREATE TABLE IF NOT EXISTS web.slow AS web.bfc_82216620_check_slow;
-- [ensure.table.web.per_length] web.per_length, when it is missing (views_null_engine.bf:10)
CREATE TABLE IF NOT EXISTS web.per_length AS web.bfc_82216620_check_per_length;

-- [ensure.tables.clean] drop the scratch twins
DROP TABLE IF EXISTS
    web.bfc_82216620_check_per_page,
    web.bfc_82216620_check_slow,
    web.bfc_82216620_check_per_length
SYNC;

-- [ensure.table.web.hits.same] web.hits is as declared (views_null_engine.bf:4)
-- Names and types of its columns are compared.
-- must return 1
WITH
    map(
        'column time', toTypeName(defaultValueOfTypeName('DateTime')),
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

-- [b1.kept] views that a run of this migration has left; a resume point
--     (views_null_engine.bf:18)
-- When a run was given up before any of its chunks was published, the views that it made stay,
-- and count from its split on. bfc has them in its journal, as it left them; a script has none.
SELECT
    '' AS kept,
    '' AS kept_split;
SET param_kept = ''; -- copy column kept of [b1.kept]
SET param_kept_split = ''; -- copy column kept_split of [b1.kept]

-- [ensure.view.web.per_length_mv.declared] the query of web.per_length_mv as declared
--     (views_null_engine.bf:11)
-- A plain view, under a scratch name: it never fires. A view that is there is compared with it.
CREATE OR REPLACE VIEW web.bfc_82216620_check_per_length_mv
AS
SELECT length(page) AS length, sum(hits) AS hits FROM web.per_page GROUP BY length;

-- [ensure.view.web.per_page_mv.declared] the query of web.per_page_mv as declared
--     (views_null_engine.bf:7)
CREATE OR REPLACE VIEW web.bfc_82216620_check_per_page_mv
AS
SELECT page, count() AS hits FROM web.hits GROUP BY page;

-- [ensure.view.web.slow_mv.declared] the query of web.slow_mv as declared
--     (views_null_engine.bf:15)
CREATE OR REPLACE VIEW web.bfc_82216620_check_slow_mv
AS
SELECT toStartOfHour(time) AS time, page FROM web.hits WHERE ms > 1000;

-- [ensure.views.same] views that are there are as declared, and no view comes too late
--     (views_null_engine.bf:11)
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
        ('web.per_length_mv', 'web.bfc_82216620_check_per_length_mv', 'web.per_page',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW web.per_length_mv TO web.per_length AS SELECT 1'), ''),
        ('web.per_page_mv', 'web.bfc_82216620_check_per_page_mv', '',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW web.per_page_mv TO web.per_page AS SELECT 1'), '3b3a27102d2a702a'),
        ('web.slow_mv', 'web.bfc_82216620_check_slow_mv', '',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW web.slow_mv TO web.slow AS SELECT 1'), 'f895585e8df8f683'))
    )
);

-- [ensure.view.web.per_length_mv] web.per_length_mv, when it is missing
CREATE MATERIALIZED VIEW IF NOT EXISTS web.per_length_mv
TO web.per_length
AS
SELECT length(page) AS length, sum(hits) AS hits FROM web.per_page GROUP BY length;

-- [ensure.views.clean] drop the scratch twins
DROP TABLE IF EXISTS
    web.bfc_82216620_check_per_length_mv,
    web.bfc_82216620_check_per_page_mv,
    web.bfc_82216620_check_slow_mv
SYNC;

-- [b1.grants] the user may stage and move in web (views_null_engine.bf:18)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT SELECT, INSERT, ALTER DELETE, CREATE
--     TABLE, DROP TABLE ON web.* TO the user of this run
CHECK GRANT SELECT, INSERT, ALTER DELETE, CREATE TABLE, DROP TABLE ON web.*;

-- [b1.grants.system] the user may read what the checks read and use the tables' engines
-- must return 1; if not: grant what is missing: GRANT SELECT ON system.parts, SELECT ON
--     system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON
--     system.merge_tree_settings, TABLE ENGINE ON SummingMergeTree, TABLE ENGINE ON MergeTree
--     TO the user of this run
CHECK GRANT SELECT ON system.parts, SELECT ON system.mutations, SELECT ON system.disks, SELECT ON system.storage_policies, SELECT ON system.merge_tree_settings, TABLE ENGINE ON SummingMergeTree, TABLE ENGINE ON MergeTree;

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
    WHERE (database, name) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'))
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
        WHERE (database, name) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'))
    )
        AND (database, name) NOT IN (('', ''), ('web', 'per_page_mv'), ('web', 'slow_mv'), ('web', 'per_length_mv'))
);

-- [b1.mutations] no mutation is pending on the tables to read and to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'), ('web', 'hits'));

-- [b1.grants.views] the user may read the history and change the views
-- must return 1; if not: grant what is missing: GRANT SELECT ON web.hits, ALTER VIEW MODIFY
--     QUERY ON web.per_page_mv, ALTER VIEW MODIFY QUERY ON web.slow_mv TO the user of this run
CHECK GRANT SELECT ON web.hits, ALTER VIEW MODIFY QUERY ON web.per_page_mv, ALTER VIEW MODIFY QUERY ON web.slow_mv;

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
        ('web', 'per_page_mv', '3b3a27102d2a702a'),
        ('web', 'slow_mv', 'f895585e8df8f683')) AS views
        ON database = view_database AND name = view_name
    WHERE (database, name) IN (('web', 'per_page_mv'), ('web', 'slow_mv'))
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
    ('web.per_page_mv', 'web', 'per_page'),
    ('web.slow_mv', 'web', 'slow'))
        WHERE NOT has(splitByString(', ', concat({views_there:String}, ', ', {views_kept:String})), view)
    );

-- [b1.split] the split: a moment that is still to come, in UTC; a resume point
-- Rows before it are history, rows from it on are the live view's. Pinned, so that every resume
-- has the same. Where a run that was given up has left views, it is the split that they have.
SELECT if({views_kept:String} = '', toString(toTimeZone(CAST(now() + INTERVAL 2 MINUTE AS DateTime), 'UTC')), {kept_split:String}) AS split;
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
    AND (SELECT count() FROM system.tables WHERE (database, name) IN (('web', 'per_page_mv'), ('web', 'slow_mv'))) < 2;

-- [b1.view.per_page_mv] web.per_page_mv, when it is missing, from the split on
-- Rows before the split are left to the history. A view that is there stays as it is.
CREATE MATERIALIZED VIEW IF NOT EXISTS web.per_page_mv
TO web.per_page
AS
SELECT page, count() AS hits FROM web.hits WHERE hits.time >= {split:DateTime('UTC')} GROUP BY page;

-- [b1.view.slow_mv] web.slow_mv, when it is missing, from the split on
CREATE MATERIALIZED VIEW IF NOT EXISTS web.slow_mv
TO web.slow
AS
SELECT toStartOfHour(time) AS time, page FROM web.hits WHERE (ms > 1000) AND (hits.time >= {split:DateTime('UTC')});

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
            WHERE (database, name) IN (('web', 'per_page_mv'), ('web', 'slow_mv'))
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
        ('web', 'per_page_mv', '3b3a27102d2a702a'),
        ('web', 'slow_mv', 'f895585e8df8f683')) AS views
        ON database = view_database AND name = view_name
    WHERE (database, name) IN (('web', 'per_page_mv'), ('web', 'slow_mv'))
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
                WHERE (database, name) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'))
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
            indexOf([('web', 'per_page'), ('web', 'slow'), ('web', 'per_length')], (database, name)) AS position,
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
            AND name IN ('per_page', 'slow', 'per_length')
            AND (database, name) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'))
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
            CAST(bfc_begins AS Nullable(DateTime)) AS begins,
            min(bfc_value) AS lowest,
            max(bfc_value) AS highest,
            CAST(lowest AS Nullable(DateTime)) AS oldest,
            CAST(highest AS Nullable(DateTime)) AS newest
        FROM
        (
            SELECT
                time AS bfc_value,
                toStartOfDay(time) AS bfc_begins
            FROM
web.hits
WHERE time < {split:DateTime('UTC')}
    AND (
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
        'the source has values that the type of web.hits.time cannot hold: leave them out with where (…), or convert them in the source') = 0
ORDER BY begins IS NULL DESC, number
SETTINGS enable_extended_results_for_datetime_functions = 1,
    optimize_aggregation_in_order = 1,
    max_rows_to_group_by = 100001, group_by_overflow_mode = 'any';

-- ======== 2. Load, verify and publish the history ========

-- [b1.chunks] fill web.per_page_mv, web.slow_mv from web.hits, chunk by chunk; a resume point
-- Each chunk is staged, loaded, verified and only then moved into the live tables. A chunk that
-- is done is never touched again; one that broke off before its seal is thrown away and begun
-- anew; after the seal only the moves are finished.

-- Once for each row of [b1.bounds], in order:
SET param_lo = ''; -- copy column lo of [b1.bounds]
SET param_hi = ''; -- copy column hi of [b1.bounds]
SET param_edge = ''; -- copy column edge of [b1.bounds]

-- Names of what this chunk stages; bfc has new ones for every attempt.
SET param_dup_per_page = 'bfc_by_hand_dup_per_page';
SET param_dup_slow = 'bfc_by_hand_dup_slow';
SET param_dup_per_length = 'bfc_by_hand_dup_per_length';
SET param_pipe_hits = 'bfc_by_hand_pipe_hits';
SET param_copy_per_page_mv = 'bfc_by_hand_copy_per_page_mv';
SET param_copy_slow_mv = 'bfc_by_hand_copy_slow_mv';
SET param_copy_per_length_mv = 'bfc_by_hand_copy_per_length_mv';

-- --- stage ---

-- [b1.chunk.stage.per_page] a duplicate of web.per_page
-- The chunk is loaded beside the live table. Parts get UUIDs, which a move keeps, and are never
-- merged: that is how an interrupted move is told apart. No insert is taken for a repetition of
-- another, or slowed down by many parts.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE web.{dup_per_page:Identifier} AS web.per_page
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.slow] a duplicate of web.slow
CREATE TABLE web.{dup_slow:Identifier} AS web.slow
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.per_length] a duplicate of web.per_length
CREATE TABLE web.{dup_per_length:Identifier} AS web.per_length
SETTINGS assign_part_uuids = 1, non_replicated_deduplication_window = 0,
    max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
    parts_to_delay_insert = 100000, parts_to_throw_insert = 100000;

-- [b1.chunk.stage.hits] a Null table in the place of web.hits
-- It passes rows on to the copies of the views and keeps none. It has the columns that they
-- use.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE TABLE web.{pipe_hits:Identifier}
(
    time DateTime, page String, ms UInt32
)
ENGINE = Null;

-- [b1.chunk.stage.per_length_mv] a copy of web.per_length_mv between the duplicates
-- Live views never fire on a move, so the history's part of their targets is made here. Views
-- that read other views' targets come first.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
CREATE MATERIALIZED VIEW web.{copy_per_length_mv:Identifier}
TO web.{dup_per_length:Identifier}
AS
SELECT length(page) AS length, sum(hits) AS hits FROM web.{dup_per_page:Identifier} AS per_page GROUP BY length;

-- [b1.chunk.stage.slow_mv] a copy of web.slow_mv between the duplicates
CREATE MATERIALIZED VIEW web.{copy_slow_mv:Identifier}
TO web.{dup_slow:Identifier}
AS
SELECT toStartOfHour(time) AS time, page FROM web.{pipe_hits:Identifier} AS hits WHERE ms > 1000;

-- [b1.chunk.stage.per_page_mv] a copy of web.per_page_mv between the duplicates
CREATE MATERIALIZED VIEW web.{copy_per_page_mv:Identifier}
TO web.{dup_per_page:Identifier}
AS
SELECT page, count() AS hits FROM web.{pipe_hits:Identifier} AS hits GROUP BY page;

-- --- load ---

-- [b1.chunk.load] stream the chunk out of web.hits through the views' copies
-- Once for all views. optimize_on_insert = 0: a group is staged once a block, and combined
-- after the move.
-- repeat: every attempt has new names, so nothing that an earlier one left running can write
-- here, and a load that broke off is thrown away
INSERT INTO web.{pipe_hits:Identifier}
(
    time, page, ms
)
SETTINGS
    optimize_on_insert = 0,
    max_threads = 1,
    insert_allow_materialized_columns = 1
SELECT
    time, page, ms
FROM web.hits
WHERE time < {split:DateTime('UTC')}
    AND (time >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (time < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'))
    AND (
page != ''
    );

-- [b1.chunk.verify.per_page] every group of web.per_page is staged
-- The views' queries over the chunk's rows, against what was staged. It costs another look at
-- these rows, at the columns that make the groups or the conditions.
-- must return 1; if not: nothing was published and the staged tables are kept until the next
--     run: look at them, then run the same command again
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(page AS Nullable(String)), defaultValueOfTypeName('String'))
FROM
(
SELECT page, count() AS hits FROM (SELECT page FROM web.hits WHERE time < {split:DateTime('UTC')}
    AND (time >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (time < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'))
    AND (
page != ''
    )) AS hits GROUP BY page
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT page
    FROM web.{dup_per_page:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for web.per_page: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.slow] every row of web.slow is staged
-- must return 1
WITH
    (
SELECT (SELECT count() FROM (
SELECT toStartOfHour(time) AS time, page FROM (SELECT time, page, ms FROM web.hits WHERE time < {split:DateTime('UTC')}
    AND (time >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (time < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'))
    AND (
page != ''
    )) AS hits WHERE ms > 1000
))
    ) AS expected,
    (
SELECT count()
FROM web.{dup_slow:Identifier}
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('rows for web.slow: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- [b1.chunk.verify.per_length] every group of web.per_length is staged
-- The views' queries over the staged rows, against what their copies wrote. It costs another
-- look at the staged rows.
-- must return 1
WITH
    (
SELECT count()
FROM
(
SELECT DISTINCT ifNull(CAST(length AS Nullable(UInt64)), defaultValueOfTypeName('UInt64'))
FROM
(
SELECT length(page) AS length, sum(hits) AS hits FROM web.{dup_per_page:Identifier} AS per_page GROUP BY length
)
)
    ) AS expected,
    (
SELECT count()
FROM
(
    SELECT DISTINCT length
    FROM web.{dup_per_length:Identifier}
)
    ) AS staged
SELECT
    expected = staged AS ok,
    concat('groups for web.per_length: ', toString(expected), ' expected, ', toString(staged), ' staged') AS message;

-- --- publish ---
-- After an interruption in here: the appendix, before a move is repeated.

-- [b1.chunk.seal] seal the chunk: its parts, by table and partition; a resume point
-- From here on nothing is loaded again: a resume goes on with the moves. It reads only; what it
-- finds is written to the journal before the first move.
SELECT
    ['web.per_page', 'web.slow', 'web.per_length'][position] AS seal_table,
    partition_id AS seal_partition,
    count() AS seal_parts,
    sum(rows) AS seal_rows,
    sum(bytes_on_disk) AS seal_bytes,
    arrayStringConcat(arraySort(groupArray(toString(uuid))), ',') AS seal_uuids,
    any(live.block) AS seal_block
FROM
(
    SELECT
        indexOf([('web', {dup_per_page:String}), ('web', {dup_slow:String}), ('web', {dup_per_length:String})], (database, table)) AS position,
        partition_id, rows, bytes_on_disk, uuid
    FROM system.parts
    WHERE active
        AND rows > 0
        AND (database, table) IN (('web', {dup_per_page:String}), ('web', {dup_slow:String}), ('web', {dup_per_length:String}))
) AS staged
LEFT JOIN
(
    SELECT
        indexOf([('web', 'per_page'), ('web', 'slow'), ('web', 'per_length')], (database, table)) AS position,
        max(max_block_number) AS block
    FROM system.parts
    WHERE (database, table) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'))
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
    SELECT groupArray(concat('merges of ', ['web.per_page', 'web.slow', 'web.per_length'][position], ' are behind: ', toString(parts), ' of ',
        toString(most), ' parts in partition ', partition_id, ', and the chunk has ', toString(more))) AS behind
    FROM
    (
        SELECT
            greatest(indexOf([('web', 'per_page'), ('web', 'slow'), ('web', 'per_length')], (database, table)),
                indexOf([('web', {dup_per_page:String}), ('web', {dup_slow:String}), ('web', {dup_per_length:String})], (database, table))) AS position,
            partition_id,
            countIf((database, table) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'))) AS parts,
            countIf((database, table) NOT IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length')) AND rows > 0) AS more,
            sumIf(bytes_on_disk, (database, table) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'))) AS bytes,
            {parts_most:Array(UInt64)}[position] AS most,
            {parts_refused:Array(UInt64)}[position] AS refuses,
            {parts_large:Array(UInt64)}[position] AS large
        FROM system.parts
        WHERE active
            AND (database, table) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'), ('web', {dup_per_page:String}), ('web', {dup_slow:String}), ('web', {dup_per_length:String}))
        GROUP BY position, partition_id
    )
    WHERE parts * 2 > most
        AND parts + more >= if(more > 0, most, refuses)
        AND (large = 0 OR bytes <= large * parts)
);

-- [b1.chunk.move.per_page] move the chunk into web.per_page
-- A move renames parts: no row is copied, no view fires, readers see each partition of the
-- chunk at once. What was moved is gone from the duplicate, so repeating moves only what is
-- left.
-- An empty or missing partition is moved without effect.
-- repeat: moves what is left, which may be nothing
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_page':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE web.{dup_per_page:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.per_page;

-- [b1.chunk.move.slow] move the chunk into web.slow
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.slow':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE web.{dup_slow:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.slow;

-- [b1.chunk.move.per_length] move the chunk into web.per_length
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_length':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
ALTER TABLE web.{dup_per_length:Identifier}
MOVE PARTITION ID {seal_partition:String} TO TABLE web.per_length;

-- [b1.chunk.moved] nothing of the chunk is left behind
-- The duplicates are dropped next.
-- must return 1; if not: the staged tables keep what is left; run the same command again
SELECT
    count() = 0 AS ok,
    concat('left behind: ', toString(sum(rows)), ' rows in ', arrayStringConcat(groupUniqArray(table), ', ')) AS message
FROM system.parts
WHERE active
    AND rows > 0
    AND (database, table) IN (('web', {dup_per_page:String}), ('web', {dup_slow:String}), ('web', {dup_per_length:String}));

-- --- finish ---

-- [b1.chunk.drop.per_page_mv] drop the staged per_page_mv
-- It is empty or was given up.
DROP TABLE IF EXISTS web.{copy_per_page_mv:Identifier} SYNC;
-- [b1.chunk.drop.slow_mv] drop the staged slow_mv
DROP TABLE IF EXISTS web.{copy_slow_mv:Identifier} SYNC;
-- [b1.chunk.drop.per_length_mv] drop the staged per_length_mv
DROP TABLE IF EXISTS web.{copy_per_length_mv:Identifier} SYNC;
-- [b1.chunk.drop.hits] drop the staged hits
DROP TABLE IF EXISTS web.{pipe_hits:Identifier} SYNC;
-- [b1.chunk.drop.per_page] drop the staged per_page
DROP TABLE IF EXISTS web.{dup_per_page:Identifier} SYNC;
-- [b1.chunk.drop.slow] drop the staged slow
DROP TABLE IF EXISTS web.{dup_slow:Identifier} SYNC;
-- [b1.chunk.drop.per_length] drop the staged per_length
DROP TABLE IF EXISTS web.{dup_per_length:Identifier} SYNC;

-- ======== 3. Clean up ========

-- [b1.declared.per_page_mv] web.per_page_mv as declared, without the split
-- All history is in: rows that come late count again. The same query again changes nothing.
ALTER TABLE web.per_page_mv
MODIFY QUERY
SELECT page, count() AS hits FROM web.hits GROUP BY page;

-- [b1.declared.slow_mv] web.slow_mv as declared, without the split
ALTER TABLE web.slow_mv
MODIFY QUERY
SELECT toStartOfHour(time) AS time, page FROM web.hits WHERE ms > 1000;

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind. All their names begin with this
-- migration's tag.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('web')
    AND startsWith(name, 'bfc_82216620_')
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
    AND ((database, table) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'))
        AND uuid IN
        (
            SELECT uuid
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('web', {dup_per_page:String}), ('web', {dup_slow:String}), ('web', {dup_per_length:String}))
        )
        OR (database, table, min_block_number) IN
        (
            SELECT database, table, min_block_number
            FROM system.parts
            WHERE active
                AND rows > 0
                AND (database, table) IN (('web', {dup_per_page:String}), ('web', {dup_slow:String}), ('web', {dup_per_length:String}))
        ));

-- [b1.chunk.already.per_page] parts that an interrupted move brought to web.per_page already
-- A part keeps its UUID through a move. What the live table has, or had until a merge or the
-- like took its place, has arrived. What a move that failed brought has not.
SELECT name AS already_part_per_page
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'web'
    AND table = {dup_per_page:String}
    AND uuid IN
    (
        SELECT uuid
        FROM system.parts
        WHERE database = 'web'
            AND table = 'per_page'
            AND (active
                OR remove_time > modification_time
                OR remove_time > now() - uptime() + 1)
    )
ORDER BY name;

-- [b1.chunk.arrived.per_page] take them out of the duplicate
-- Moved again they would be double. The list is asked anew each time, so a part is dropped only
-- while the live table has it.
-- Its rows are in the live table.
-- repeat: it looks at what is there first
-- Once for each row of [b1.chunk.already.per_page]:
SET param_already_part_per_page = ''; -- copy column already_part_per_page of [b1.chunk.already.per_page]
ALTER TABLE web.{dup_per_page:Identifier}
DROP PART {already_part_per_page:String};

-- [b1.chunk.evidence.per_page] nothing of the rest is hidden in web.per_page
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
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_page':
SET param_seal_partition = ''; -- copy column seal_partition of [b1.chunk.seal]
SET param_seal_rows = ''; -- copy column seal_rows of [b1.chunk.seal]
SET param_seal_block = ''; -- copy column seal_block of [b1.chunk.seal]
WITH
    (
        SELECT sum(rows)
        FROM system.parts
        WHERE active
            AND database = 'web'
            AND table = {dup_per_page:String}
            AND partition_id = {seal_partition:String}
    ) AS left_rows,
    (
        SELECT arraySort(groupUniqArray(min_block_number))
        FROM system.parts
        WHERE database = 'web'
            AND table = 'per_page'
            AND level = 0
            AND min_block_number = max_block_number
            AND data_version = min_block_number
            AND min_block_number > {seal_block:Int64}
    ) AS listed,
    (
        SELECT groupArray(name)
        FROM system.parts
        WHERE database = 'web'
            AND table = 'per_page'
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
                        AND table = {dup_per_page:String}
                ))
    ) AS doubtful
SELECT
    left_rows = 0
        OR empty(doubtful) AS ok,
    concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_page:String},
        ', and web.per_page has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message;

-- [b1.chunk.already.slow] parts that an interrupted move brought to web.slow already
-- as [b1.chunk.already.per_page], but for these lines:
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
-- as [b1.chunk.evidence.per_page], but for these lines:
--             AND table = {dup_slow:String}
--             AND table = 'slow'
--             AND table = 'slow'
--                         AND table = {dup_slow:String}
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_slow:String},
--         ', and web.slow has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

-- [b1.chunk.already.per_length] parts that an interrupted move brought to web.per_length
--     already
-- as [b1.chunk.already.per_page], but for these lines:
-- SELECT name AS already_part_per_length
--     AND table = {dup_per_length:String}
--             AND table = 'per_length'

-- [b1.chunk.arrived.per_length] take them out of the duplicate
-- Once for each row of [b1.chunk.already.per_length]:
SET param_already_part_per_length = ''; -- copy column already_part_per_length of [b1.chunk.already.per_length]
ALTER TABLE web.{dup_per_length:Identifier}
DROP PART {already_part_per_length:String};

-- [b1.chunk.evidence.per_length] nothing of the rest is hidden in web.per_length
-- Once for each row of [b1.chunk.seal] with seal_table = 'web.per_length':
-- as [b1.chunk.evidence.per_page], but for these lines:
--             AND table = {dup_per_length:String}
--             AND table = 'per_length'
--             AND table = 'per_length'
--                         AND table = {dup_per_length:String}
--     concat('partition ', {seal_partition:String}, ': ', toString(left_rows), ' of ', {seal_rows:String}, ' rows are still staged in ', {dup_per_length:String},
--         ', and web.per_length has parts that may hold them already: ', arrayStringConcat(doubtful, ', ')) AS message

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
        CAST(intDiv(toInt64({lo:DateTime('UTC')}) + toInt64({hi:DateTime('UTC')}) + 1, 2) AS Nullable(DateTime)) AS middle,
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
                WHERE (database, name) IN (('web', 'per_page'), ('web', 'slow'), ('web', 'per_length'))
            )
        ) AS used
        INNER JOIN system.disks AS disks ON disks.name = used.disk
        GROUP BY policy_name
    )
);
