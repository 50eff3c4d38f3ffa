-- direct
--
-- Strategy:      direct
-- Writes to:     default.hits, default.straight, default.per_day, default.per_hour,
--                default.per_page, default.per_year, default.per_day_mv, default.per_hour_mv,
--                default.per_page_mv, default.per_year_mv
-- Staged names:  bfc_d15690f0_…, dropped at the end
-- Resume points: b2.kept, b1.split, b1.bounds, b1.direct, b2.there, b2.split, b2.made,
--                b2.partitions, b2.direct
-- Plan:          816a206e393a081320d92f303d774cfd571846fe6af2373406f66910d6db9a7a
--
-- This is what 'bfc apply' sends, statement for statement. bfc adds what a script cannot: a
-- journal in the server, so that a run that was killed goes on where it was, a lock, retries,
-- several chunks at once.
-- By hand: clickhouse-client, one statement after the other. What 'must return 1' has to, in
-- its first column, before you go on. Where a SET says 'copy', put in the value from the
-- statement before; as it stands, empty, what needs it fails and does nothing.
-- A plain SELECT and a statement with IF EXISTS, IF NOT EXISTS or OR REPLACE can be repeated at
-- any time. Over the others 'repeat' says why that is harmless.
--
-- Warnings:
--   BF164 direct.bf:10: a chunk that breaks off may leave a part of its rows: the run stops
--     there, and a person has to look (`using duplicate` can be repeated; `-- bfc: allow
--     unsafe-direct` on the line before says that this is known)

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
CREATE OR REPLACE TABLE default.bfc_d15690f0_check_hits
(
    at DateTime,
    moment DateTime64(3),
    day Date,
    number UInt64,
    page String,
    seen Nullable(DateTime)
)
ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (page, at);

-- [ensure.table.default.straight.declared] default.straight as declared (direct.bf:4)
CREATE OR REPLACE TABLE default.bfc_d15690f0_check_straight
(
page String, at DateTime
)
engine = MergeTree order by page;

-- [ensure.table.default.per_day.declared] default.per_day as declared (_views.bf:16)
CREATE OR REPLACE TABLE default.bfc_d15690f0_check_per_day
(
day Date, hits UInt64
)
engine = SummingMergeTree order by day;

-- [ensure.table.default.per_hour.declared] default.per_hour as declared (_views.bf:19)
CREATE OR REPLACE TABLE default.bfc_d15690f0_check_per_hour
(
hour DateTime, hits UInt64
)
engine = SummingMergeTree order by hour;

-- [ensure.table.default.per_page.declared] default.per_page as declared (_views.bf:13)
CREATE OR REPLACE TABLE default.bfc_d15690f0_check_per_page
(
page String, hits UInt64
)
engine = SummingMergeTree order by page;

-- [ensure.table.default.per_year.declared] default.per_year as declared (_views.bf:22)
CREATE OR REPLACE TABLE default.bfc_d15690f0_check_per_year
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
            replaceOne(table, 'bfc_d15690f0_check_', '') AS live,
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
        WHERE (database, live) IN (('default', 'hits'), ('default', 'straight'), ('default', 'per_day'), ('default', 'per_hour'), ('default', 'per_page'), ('default', 'per_year'))
            AND (database, live) IN (SELECT database, name FROM system.tables)
        GROUP BY database, live, what
        HAVING present != declared
        ORDER BY database, live, what
    )
);

-- [ensure.table.default.hits] default.hits, when it is missing
CREATE TABLE IF NOT EXISTS default.hits AS default.bfc_d15690f0_check_hits;
-- [ensure.table.default.straight] default.straight, when it is missing (direct.bf:4)
CREATE TABLE IF NOT EXISTS default.straight AS default.bfc_d15690f0_check_straight;
-- [ensure.table.default.per_day] default.per_day, when it is missing (_views.bf:16)
CREATE TABLE IF NOT EXISTS default.per_day AS default.bfc_d15690f0_check_per_day;
-- [ensure.table.default.per_hour] default.per_hour, when it is missing (_views.bf:19)
CREATE TABLE IF NOT EXISTS default.per_hour AS default.bfc_d15690f0_check_per_hour;
-- [ensure.table.default.per_page] default.per_page, when it is missing (_views.bf:13)
CREATE TABLE IF NOT EXISTS default.per_page AS default.bfc_d15690f0_check_per_page;
-- [ensure.table.default.per_year] default.per_year, when it is missing (_views.bf:22)
CREATE TABLE IF NOT EXISTS default.per_year AS default.bfc_d15690f0_check_per_year;

-- [ensure.tables.clean] drop the scratch twins
DROP TABLE IF EXISTS
    default.bfc_d15690f0_check_hits,
    default.bfc_d15690f0_check_straight,
    default.bfc_d15690f0_check_per_day,
    default.bfc_d15690f0_check_per_hour,
    default.bfc_d15690f0_check_per_page,
    default.bfc_d15690f0_check_per_year
SYNC;

-- [b2.kept] views that a run of this migration has left; a resume point (direct.bf:10)
-- When a run was given up before any of its chunks was published, the views that it made stay,
-- and count from its split on. bfc has them in its journal, as it left them; a script has none.
SELECT
    '' AS kept_b2,
    '' AS kept_split_b2;
SET param_kept_b2 = ''; -- copy column kept_b2 of [b2.kept]
SET param_kept_split_b2 = ''; -- copy column kept_split_b2 of [b2.kept]

-- [ensure.view.default.per_day_mv.declared] the query of default.per_day_mv as declared
--     (_views.bf:17)
-- A plain view, under a scratch name: it never fires. A view that is there is compared with it.
CREATE OR REPLACE VIEW default.bfc_d15690f0_check_per_day_mv
AS
SELECT day, count() AS hits FROM default.hits GROUP BY day;

-- [ensure.view.default.per_year_mv.declared] the query of default.per_year_mv as declared
--     (_views.bf:23)
CREATE OR REPLACE VIEW default.bfc_d15690f0_check_per_year_mv
AS
SELECT toYear(hour) AS year, sum(hits) AS hits FROM default.per_hour GROUP BY year;

-- [ensure.view.default.per_hour_mv.declared] the query of default.per_hour_mv as declared
--     (_views.bf:20)
CREATE OR REPLACE VIEW default.bfc_d15690f0_check_per_hour_mv
AS
SELECT toStartOfHour(at) AS hour, count() AS hits FROM default.hits GROUP BY hour;

-- [ensure.view.default.per_page_mv.declared] the query of default.per_page_mv as declared
--     (_views.bf:14)
CREATE OR REPLACE VIEW default.bfc_d15690f0_check_per_page_mv
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
                    AND NOT has(splitByString(', ', {kept_b2:String}),
                        hex(sipHash128(present[view].uuid, present[view].query, mark))),
                    concat('selects ', present[view].query, ', declared as ', present[twin].query),
                '') AS difference
        FROM values('view String, twin String, reads String, head String, mark String',
        ('default.per_day_mv', 'default.bfc_d15690f0_check_per_day_mv', 'default.hits',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW default.per_day_mv TO default.per_day AS SELECT 1'), ''),
        ('default.per_year_mv', 'default.bfc_d15690f0_check_per_year_mv', 'default.per_hour',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW default.per_year_mv TO default.per_year AS SELECT 1'), ''),
        ('default.per_hour_mv', 'default.bfc_d15690f0_check_per_hour_mv', 'default.hits',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW default.per_hour_mv TO default.per_hour AS SELECT 1'), ''),
        ('default.per_page_mv', 'default.bfc_d15690f0_check_per_page_mv', '',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW default.per_page_mv TO default.per_page AS SELECT 1'), '8f62549c2f1b96d5'))
    )
);

-- [ensure.view.default.per_day_mv] default.per_day_mv, when it is missing
CREATE MATERIALIZED VIEW IF NOT EXISTS default.per_day_mv
TO default.per_day
AS
SELECT day, count() AS hits FROM default.hits GROUP BY day;

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

-- [ensure.views.clean] drop the scratch twins
DROP TABLE IF EXISTS
    default.bfc_d15690f0_check_per_day_mv,
    default.bfc_d15690f0_check_per_year_mv,
    default.bfc_d15690f0_check_per_hour_mv,
    default.bfc_d15690f0_check_per_page_mv
SYNC;

-- [b1.grants] the user may insert into what is filled (direct.bf:7)
-- A grant that is missing would stop the run in its middle.
-- must return 1; if not: grant what is missing: GRANT INSERT ON default.straight TO the user of
--     this run
CHECK GRANT INSERT ON default.straight;

-- [b1.views.unwanted] no view fires that shall not get this history
-- An INSERT into a live table fires every view on it. It is looked at once, before the first
-- chunk, and reads only.
-- must return 1; if not: use `using duplicate`, which fires no live view; or drop the view and
--     make it again afterwards
SELECT
    empty(found) AS ok,
    concat('would get the history: ', arrayStringConcat(found, ', ')) AS message
FROM
(
    SELECT groupArray(concat(database, '.', name)) AS found
    FROM system.tables
    WHERE (database, name) IN
    (
        SELECT arrayJoin(arrayZip(dependencies_database, dependencies_table))
        FROM system.tables
        WHERE (database, name) IN (('default', 'straight'))
    )
        AND (database, name) IN (('elsewhere', 'watch_mv'), ('default', 'per_page_mv'))
);

-- [b1.mutations] no mutation is pending on the tables to fill
-- A mutation under way would or would not apply to what is moved in meanwhile, by chance.
-- must return 1; if not: wait until the mutation is done (system.mutations), or KILL MUTATION
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('default', 'straight'));

-- [b1.split] the split, as the migration says it, in UTC; a resume point
-- A literal means what it means in the column's own time zone; pinned in UTC it means the same
-- everywhere.
SELECT toString(toTimeZone(CAST('2024-12-17' AS DateTime), 'UTC')) AS split;
SET param_split = ''; -- copy column split of [b1.split]

-- [b1.empty] default.straight has nothing yet on the history's side of the split
-- Rows that are there already and come with the history again would be double. It reads only,
-- and is looked at once: later the history itself is there.
-- must return 1; if not: take an earlier split, or say 'overlap is fine' after it when these
--     rows are not in the source
SELECT
    count() = 0 AS ok,
    concat('default.straight already has ', toString(count()), ' rows older than ', {split:String}) AS message
FROM default.straight
WHERE at < {split:DateTime('UTC')};

-- [b1.bounds] the ranges of at, a chunk each; a resume point
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
                at AS bfc_value,
                toStartOfInterval(CAST(at AS Nullable(DateTime)), INTERVAL 1 MONTH) AS bfc_begins
            FROM
(
SELECT page, at FROM file('one.parquet')
) AS one
WHERE at < {split:DateTime('UTC')}
    AND at >= CAST('2024-01-01' AS DateTime)
        )
        WHERE bfc_value IS NOT NULL
        GROUP BY bfc_begins
    )
    WINDOW in_order AS (PARTITION BY begins IS NULL ORDER BY oldest)
)
WHERE throwIf(chunks > 100000, 'more than 100000 chunks: take larger steps') = 0
    AND throwIf(ifNull(abs(dateDiff('day', toDateTime64(lowest, 0, 'UTC'), toDateTime64(oldest, 0, 'UTC'))) > 1
        OR abs(dateDiff('day', toDateTime64(highest, 0, 'UTC'), toDateTime64(newest, 0, 'UTC'))) > 1, 0),
        'the source has values that the type of default.straight.at cannot hold: leave them out with where (…), or convert them in the source') = 0
ORDER BY begins IS NULL DESC, number
SETTINGS enable_extended_results_for_datetime_functions = 1,
    optimize_aggregation_in_order = 1,
    max_rows_to_group_by = 100001, group_by_overflow_mode = 'any';

-- ======== 2. Load, verify and publish the history ========

-- [b1.direct] load default.straight and what its views derive, chunk by chunk; a resume point
-- Nothing is staged. A chunk that is done is never touched again; one that was broken off stops
-- the run, until a person has looked.

-- Once for each row of [b1.bounds], in order:
SET param_lo = ''; -- copy column lo of [b1.bounds]
SET param_hi = ''; -- copy column hi of [b1.bounds]
SET param_edge = ''; -- copy column edge of [b1.bounds]

-- Names of what this chunk stages; bfc has new ones for every attempt.

-- --- load ---

-- [b1.chunk.load] insert the chunk into default.straight
-- Straight into what is live: readers and views see the rows as they come, and nothing is
-- compared before. It is never sent twice: when its outcome is not known the run stops, as all,
-- some or none of the chunk's rows may be there.
INSERT INTO default.straight
(
    page, at
)
SETTINGS max_threads = 2
SELECT
    page, at
FROM
(
SELECT page, at FROM file('one.parquet')
) AS one
WHERE at < {split:DateTime('UTC')}
    AND at >= CAST('2024-01-01' AS DateTime)
    AND (at >= {lo:DateTime('UTC')} OR {edge:String} IN ('first', 'only'))
    AND (at < {hi:DateTime('UTC')} OR {edge:String} IN ('last', 'only'));

-- ======== 3. Make sure that everything is there and nothing stands in the way ========

-- [b2.grants] the user may insert into what is filled (direct.bf:10)
-- must return 1; if not: grant what is missing: GRANT INSERT ON default.per_page TO the user of
--     this run
CHECK GRANT INSERT ON default.per_page;

-- [b2.views.unwanted] no view fires that shall not get this history
-- must return 1
SELECT
    empty(found) AS ok,
    concat('would get the history: ', arrayStringConcat(found, ', ')) AS message
FROM
(
    SELECT groupArray(concat(database, '.', name)) AS found
    FROM system.tables
    WHERE (database, name) IN
    (
        SELECT arrayJoin(arrayZip(dependencies_database, dependencies_table))
        FROM system.tables
        WHERE (database, name) IN (('default', 'per_page'))
    )
        AND (database, name) IN (('elsewhere', 'watch_mv'))
);

-- [b2.mutations] no mutation is pending on the tables to read and to fill
-- must return 1
SELECT
    count() = 0 AS ok,
    concat('pending: ', arrayStringConcat(groupArray(concat(database, '.', table, ': ', command)), '; ')) AS message
FROM system.mutations
WHERE NOT is_done
    AND (database, table) IN (('default', 'per_page'), ('default', 'hits'));

-- [b2.grants.views] the user may read the history and change the views
-- must return 1; if not: grant what is missing: GRANT SELECT ON default.hits, ALTER VIEW MODIFY
--     QUERY ON default.per_page_mv TO the user of this run
CHECK GRANT SELECT ON default.hits, ALTER VIEW MODIFY QUERY ON default.per_page_mv;

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
        ('default', 'per_page_mv', '8f62549c2f1b96d5')) AS views
        ON database = view_database AND name = view_name
    WHERE (database, name) IN (('default', 'per_page_mv'))
);
SET param_views_there_b2 = ''; -- copy column views_there_b2 of [b2.there]
SET param_views_kept_b2 = ''; -- copy column views_kept_b2 of [b2.there]

-- [b2.new] none of the views is there yet
-- A view that is there has been counting since it was made; the rows between that moment and a
-- split that is still to come would count twice.
-- must return 1; if not: write the moment when the view was made as a literal: 'split on COLUMN
--     at '2024-01-01 00:00:00''; or drop the view
SELECT
    {views_there_b2:String} = '' AS ok,
    concat('already there: ', {views_there_b2:String}) AS message;

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
    ('default.per_page_mv', 'default', 'per_page'))
        WHERE NOT has(splitByString(', ', concat({views_there_b2:String}, ', ', {views_kept_b2:String})), view)
    );

-- [b2.split] the split: a moment that is still to come, in UTC; a resume point
-- Rows before it are history, rows from it on are the live view's. Pinned, so that every resume
-- has the same. Where a run that was given up has left views, it is the split that they have.
SELECT if({views_kept_b2:String} = '', toString(toTimeZone(CAST(now() + INTERVAL 2 MINUTE AS DateTime), 'UTC')), {kept_split_b2:String}) AS split_b2;
SET param_split_b2 = ''; -- copy column split_b2 of [b2.split]

-- [b2.ahead] default.hits has no row yet on the live side of the split
-- A view that is not there yet would never count such a row, and the history would not have it
-- either.
-- must return 1; if not: give up with 'bfc abort', drop the views that this run has made, and
--     run again with a split that is still to come; rows with times in the future need a later
--     one
SELECT
    count() = 0 AS ok,
    concat(toString(count()), ' rows from ', {split_b2:String}, ' on') AS message
FROM default.hits
WHERE at >= {split_b2:DateTime('UTC')}
    AND (SELECT count() FROM system.tables WHERE (database, name) IN (('default', 'per_page_mv'))) < 1;

-- [b2.view.per_page_mv] default.per_page_mv, when it is missing, from the split on
-- Rows before the split are left to the history. A view that is there stays as it is.
CREATE MATERIALIZED VIEW IF NOT EXISTS default.per_page_mv
TO default.per_page
AS
SELECT page, count() AS hits FROM default.hits WHERE hits.at >= {split_b2:DateTime('UTC')} GROUP BY page;

-- [b2.early] the views were made before the split
-- A row that came on the live side of the split before its view was there is in neither. It is
-- looked at once, when the views are just made, and reads only.
-- must return 1; if not: give up with 'bfc abort', drop the views, and run again with a later
--     split
SELECT
    newer = 0 OR made < toDateTime64({split_b2:DateTime('UTC')}, 9) AS ok,
    concat('the last view was made at ', toString(made), ', the split is ', {split_b2:String}, ', and there are rows from it on') AS message
FROM
(
    SELECT
        (SELECT count() FROM default.hits WHERE at >= {split_b2:DateTime('UTC')}) AS newer,
        (
            SELECT max(metadata_modification_time)
            FROM system.tables
            WHERE (database, name) IN (('default', 'per_page_mv'))
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
        ('default', 'per_page_mv', '8f62549c2f1b96d5')) AS views
        ON database = view_database AND name = view_name
    WHERE (database, name) IN (('default', 'per_page_mv'))
        AND NOT has(splitByString(', ', {views_there_b2:String}), concat(database, '.', name));
SET param_made_b2 = ''; -- copy column made_b2 of [b2.made]
SET param_made_split_b2 = ''; -- copy column made_split_b2 of [b2.made]

-- [b2.wait] wait until the split has passed
-- Before that, rows of the history's side may still come: they would be in neither.
-- wait until it returns 1
SELECT
    now64(9) >= toDateTime64({split_b2:DateTime('UTC')}, 9) + INTERVAL 30 SECOND AS ok,
    concat('until ', toString(toDateTime64({split_b2:DateTime('UTC')}, 9) + INTERVAL 30 SECOND)) AS message;

-- [b2.partitions.engine] default.hits has partitions
-- Tables of the MergeTree family have them.
-- must return 1; if not: chunk by a column, or leave the chunks out
SELECT
    countIf(engine LIKE '%MergeTree') = 1 AS ok,
    concat('the engine of default.hits is ', any(engine)) AS message
FROM system.tables
WHERE database = 'default' AND name = 'hits';

-- [b2.partitions] the partitions of default.hits, a chunk each; a resume point
-- Found once and pinned, so that every resume has the same chunks. It reads nothing of the
-- table.
SELECT DISTINCT partition_id AS partition_b2
FROM system.parts
WHERE active
    AND rows > 0
    AND database = 'default'
    AND table = 'hits'
ORDER BY partition_id;

-- ======== 4. Load, verify and publish the history ========

-- [b2.direct] fill default.per_page_mv from default.hits, chunk by chunk; a resume point
-- Nothing is staged. A chunk that is done is never touched again; one that was broken off stops
-- the run, until a person has looked.

-- Once for each row of [b2.partitions], in order:
SET param_partition_b2 = ''; -- copy column partition_b2 of [b2.partitions]

-- Names of what this chunk stages; bfc has new ones for every attempt.

-- --- load ---

-- [b2.chunk.load.per_page_mv] insert the query of default.per_page_mv over the chunk into
--     default.per_page
-- Straight into what is live: readers and views see the rows as they come, and nothing is
-- compared before. It is never sent twice: when its outcome is not known the run stops, as all,
-- some or none of the chunk's rows may be there.
INSERT INTO default.per_page
(
    page, hits
)
SELECT
    page, hits
FROM
(
SELECT page, count() AS hits FROM default.hits WHERE hits.at < {split_b2:DateTime('UTC')}
    AND hits._partition_id = {partition_b2:String} GROUP BY page
);

-- ======== 5. Clean up ========

-- [b2.declared.per_page_mv] default.per_page_mv as declared, without the split
-- All history is in: rows that come late count again. The same query again changes nothing.
ALTER TABLE default.per_page_mv
MODIFY QUERY
SELECT page, count() AS hits FROM default.hits GROUP BY page;

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind. All their names begin with this
-- migration's tag.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('default')
    AND startsWith(name, 'bfc_d15690f0_')
ORDER BY engine LIKE '%View' DESC, database, name;

-- [finish.sweep] drop them
-- Views go first, so that nothing fires on a table that is being dropped. Every chunk was
-- published or thrown away by now, so nothing in them is wanted.
-- Once for each row of [finish.leftovers]:
SET param_sweep_database = ''; -- copy column sweep_database of [finish.leftovers]
SET param_sweep_name = ''; -- copy column sweep_name of [finish.leftovers]
DROP TABLE IF EXISTS {sweep_database:Identifier}.{sweep_name:Identifier} SYNC;
