-- view_comment
--
-- Writes to:     shop.a_looker, shop.clicks, shop.looked_up, shop.totals, shop.of_alice,
--                shop.of_nobody, shop.pasted, shop.with_comment, shop.without
-- Staged names:  bfc_94329c8b_…, dropped at the end
-- Plan:          88b556048d014adb51afe80e061cd517d3f3e78f9abb1ea5862d5ef83128d944
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

-- [ensure.table.shop.looked_up] shop.looked_up, when it is missing (view_comment.bf:22)
CREATE TABLE IF NOT EXISTS shop.looked_up
(
k String, v String
)
engine = Join(ANY, LEFT, k);

-- [ensure.table.shop.looked_up.same] shop.looked_up is as declared
-- Its engine, and names and types of its columns, are compared.
-- must return 1; if not: change the declaration to what the server has (SHOW CREATE TABLE), or
--     alter the table first
WITH
    map(
        'column k', toTypeName(defaultValueOfTypeName('String')),
        'column v', toTypeName(defaultValueOfTypeName('String')),
        'engine', 'Join') AS declared,
    (
        SELECT CAST(groupArray(fact), 'Map(String, String)')
        FROM
        (
            SELECT DISTINCT (concat('column ', name), type) AS fact
            FROM system.columns
            WHERE database = 'shop' AND table = 'looked_up'
            UNION ALL
            SELECT ('engine', engine)
            FROM system.tables
            WHERE database = 'shop' AND name = 'looked_up'
        )
    ) AS present
SELECT
    empty(differences) AS ok,
    concat('shop.looked_up, ', arrayStringConcat(differences, '; ')) AS message
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

-- [ensure.table.shop.a_looker.declared] shop.a_looker as declared (view_comment.bf:23)
-- Empty, under a scratch name: a table that is there is compared with it, one that is missing
-- is made like it.
CREATE OR REPLACE TABLE shop.bfc_94329c8b_check_a_looker
(
k String, v String default joinGet('shop.looked_up', 'v', k)
)
engine = MergeTree order by k;

-- [ensure.table.shop.clicks.declared] shop.clicks as declared (view_comment.bf:3)
CREATE OR REPLACE TABLE shop.bfc_94329c8b_check_clicks
(
page String
)
engine = MergeTree order by page;

-- [ensure.table.shop.totals.declared] shop.totals as declared (view_comment.bf:4)
CREATE OR REPLACE TABLE shop.bfc_94329c8b_check_totals
(
page String, n UInt64
)
engine = SummingMergeTree order by page;

-- [ensure.tables.same] tables that are there are as declared (view_comment.bf:23)
-- Columns, types, engine and keys. Order of the columns, default values, TTL, codecs, indices,
-- settings and comments may differ.
-- must return 1
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
            replaceOne(table, 'bfc_94329c8b_check_', '') AS live,
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
        WHERE (database, live) IN (('shop', 'a_looker'), ('shop', 'clicks'), ('shop', 'totals'))
            AND (database, live) IN (SELECT database, name FROM system.tables)
        GROUP BY database, live, what
        HAVING present != declared
        ORDER BY database, live, what
    )
);

-- [ensure.table.shop.a_looker] shop.a_looker, when it is missing
CREATE TABLE IF NOT EXISTS shop.a_looker AS shop.bfc_94329c8b_check_a_looker;
-- [ensure.table.shop.clicks] shop.clicks, when it is missing (view_comment.bf:3)
CREATE TABLE IF NOT EXISTS shop.clicks AS shop.bfc_94329c8b_check_clicks;
-- [ensure.table.shop.totals] shop.totals, when it is missing (view_comment.bf:4)
CREATE TABLE IF NOT EXISTS shop.totals AS shop.bfc_94329c8b_check_totals;

-- [ensure.tables.clean] drop the scratch twins
DROP TABLE IF EXISTS
    shop.bfc_94329c8b_check_a_looker,
    shop.bfc_94329c8b_check_clicks,
    shop.bfc_94329c8b_check_totals
SYNC;

-- [ensure.view.shop.of_alice.declared] the query of shop.of_alice as declared
--     (view_comment.bf:13)
-- A plain view, under a scratch name: it never fires. A view that is there is compared with it.
CREATE OR REPLACE VIEW shop.bfc_94329c8b_check_of_alice
AS
SELECT page, count() AS n FROM shop.clicks GROUP BY page;

-- [ensure.view.shop.of_nobody.declared] the query of shop.of_nobody as declared
--     (view_comment.bf:17)
CREATE OR REPLACE VIEW shop.bfc_94329c8b_check_of_nobody
AS
SELECT page, count() AS n FROM shop.clicks GROUP BY page;

-- [ensure.view.shop.pasted.declared] the query of shop.pasted as declared (view_comment.bf:10)
CREATE OR REPLACE VIEW shop.bfc_94329c8b_check_pasted
AS
SELECT page, count() AS n FROM shop.clicks GROUP BY page;

-- [ensure.view.shop.with_comment.declared] the query of shop.with_comment as declared
--     (view_comment.bf:6)
CREATE OR REPLACE VIEW shop.bfc_94329c8b_check_with_comment
AS
SELECT page, count() AS n FROM shop.clicks GROUP BY page;

-- [ensure.view.shop.without.declared] the query of shop.without as declared
--     (view_comment.bf:19)
CREATE OR REPLACE VIEW shop.bfc_94329c8b_check_without
AS
SELECT page, count() AS n FROM shop.clicks GROUP BY page;

-- [ensure.views.same] views that are there are as declared, and no view comes too late
--     (view_comment.bf:13)
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
                present[view].query != present[twin].query,
                    concat('selects ', present[view].query, ', declared as ', present[twin].query),
                '') AS difference
        FROM values('view String, twin String, reads String, head String',
        ('shop.of_alice', 'shop.bfc_94329c8b_check_of_alice', 'shop.clicks',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW shop.of_alice TO shop.totals AS SELECT 1')),
        ('shop.of_nobody', 'shop.bfc_94329c8b_check_of_nobody', 'shop.clicks',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW shop.of_nobody TO shop.totals AS SELECT 1')),
        ('shop.pasted', 'shop.bfc_94329c8b_check_pasted', 'shop.clicks',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW shop.pasted TO shop.totals AS SELECT 1')),
        ('shop.with_comment', 'shop.bfc_94329c8b_check_with_comment', 'shop.clicks',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW shop.with_comment TO shop.totals AS SELECT 1')),
        ('shop.without', 'shop.bfc_94329c8b_check_without', 'shop.clicks',
         formatQuerySingleLine('CREATE MATERIALIZED VIEW shop.without TO shop.totals AS SELECT 1')))
    )
);

-- [ensure.views.comments] the comments of views that are there are as declared
-- A view that is there is never changed.
-- must return 1; if not: change the declaration, or the live view with ALTER TABLE … MODIFY
--     COMMENT
SELECT
    count() = 0 AS ok,
    arrayStringConcat(groupArray(concat('view ', database, '.', name, ' has the comment "', comment,
        '", declared with "', declared, '"')), '; ') AS message
FROM system.tables
INNER JOIN values('view_database String, view_name String, declared String',
    ('shop', 'pasted', 'Clicks of a page'),
    ('shop', 'with_comment', 'what it\'s for')) AS views
    ON database = view_database AND name = view_name
WHERE database IN ('shop') AND comment != declared;

-- [ensure.views.definers] the definers of views that are there are as declared
-- must return 1; if not: change the declaration, or the live view with ALTER TABLE … MODIFY
--     DEFINER = … SQL SECURITY …
SELECT
    count() = 0 AS ok,
    arrayStringConcat(groupArray(concat('view ', database, '.', name, ' is declared with ', declared)), '; ') AS message
FROM
(
    SELECT
        database, name, create_table_query,
        extract(formatQuerySingleLine(concat('CREATE MATERIALIZED VIEW a TO b ', security, ' AS SELECT 1')), 'TO b (.*) AS SELECT 1') AS declared
    FROM system.tables
    INNER JOIN values('view_database String, view_name String, security String',
    ('shop', 'of_alice', 'DEFINER = alice SQL SECURITY DEFINER'),
    ('shop', 'of_nobody', 'SQL SECURITY NONE')) AS views
        ON database = view_database AND name = view_name
    WHERE database IN ('shop')
)
WHERE position(create_table_query, concat(' ', declared, ' ')) = 0;

-- [ensure.view.shop.of_alice] shop.of_alice, when it is missing
CREATE MATERIALIZED VIEW IF NOT EXISTS shop.of_alice
TO shop.totals
DEFINER = alice SQL SECURITY DEFINER
AS
SELECT page, count() AS n FROM shop.clicks GROUP BY page;

-- [ensure.view.shop.of_nobody] shop.of_nobody, when it is missing (view_comment.bf:17)
CREATE MATERIALIZED VIEW IF NOT EXISTS shop.of_nobody
TO shop.totals
SQL SECURITY NONE
AS
SELECT page, count() AS n FROM shop.clicks GROUP BY page;

-- [ensure.view.shop.pasted] shop.pasted, when it is missing (view_comment.bf:10)
CREATE MATERIALIZED VIEW IF NOT EXISTS shop.pasted
TO shop.totals
AS
SELECT page, count() AS n FROM shop.clicks GROUP BY page
COMMENT 'Clicks of a page';

-- [ensure.view.shop.with_comment] shop.with_comment, when it is missing (view_comment.bf:6)
CREATE MATERIALIZED VIEW IF NOT EXISTS shop.with_comment
TO shop.totals
AS
SELECT page, count() AS n FROM shop.clicks GROUP BY page
COMMENT 'what it\'s for';

-- [ensure.view.shop.without] shop.without, when it is missing (view_comment.bf:19)
CREATE MATERIALIZED VIEW IF NOT EXISTS shop.without
TO shop.totals
AS
SELECT page, count() AS n FROM shop.clicks GROUP BY page;

-- [ensure.views.clean] drop the scratch twins
DROP TABLE IF EXISTS
    shop.bfc_94329c8b_check_of_alice,
    shop.bfc_94329c8b_check_of_nobody,
    shop.bfc_94329c8b_check_pasted,
    shop.bfc_94329c8b_check_with_comment,
    shop.bfc_94329c8b_check_without
SYNC;

-- ======== 2. Clean up ========

-- [finish.leftovers] look for staged tables and views of attempts that were given up
-- An attempt that was cut short may leave objects behind. All their names begin with this
-- migration's tag.
SELECT
    database AS sweep_database,
    name AS sweep_name
FROM system.tables
WHERE database IN ('shop')
    AND startsWith(name, 'bfc_94329c8b_')
ORDER BY engine LIKE '%View' DESC, database, name;

-- [finish.sweep] drop them
-- Views go first, so that nothing fires on a table that is being dropped. Every chunk was
-- published or thrown away by now, so nothing in them is wanted.
-- Once for each row of [finish.leftovers]:
SET param_sweep_database = ''; -- copy column sweep_database of [finish.leftovers]
SET param_sweep_name = ''; -- copy column sweep_name of [finish.leftovers]
DROP TABLE IF EXISTS {sweep_database:Identifier}.{sweep_name:Identifier} SYNC;
