-- Plain views: columns, expressions, grouping, clauses.

-- case every_column
SELECT * FROM events;

-- case some_columns
SELECT id, ts, project, value FROM events;

-- case no_column
SELECT count() AS n FROM events;

-- case trailing_comma
SELECT id, value, FROM events;

-- case from_first
FROM events SELECT id, value WHERE value > 0;

-- case from_first_without_where
FROM events AS e SELECT e.id, e.value;

-- case group_by_alias
SELECT toStartOfHour(ts) AS hour, project, count() AS n, sum(value) AS total FROM events GROUP BY hour, project;

-- case group_by_position
SELECT toDate(ts) AS d, kind, count() AS n FROM events GROUP BY 1, 2;

-- case group_by_all
SELECT project, kind, max(value) AS best FROM events GROUP BY ALL;

-- case group_by_expression
SELECT count() AS n, min(id) AS first FROM events GROUP BY intDiv(id, 10), ok;

-- case group_by_nothing
SELECT sum(value) AS total, avg(ratio) AS mean FROM events;

-- case having
SELECT project, count() AS n FROM events GROUP BY project HAVING n > 3 OR project = 'Beta';

-- case where_or
SELECT id FROM events WHERE value > 50 OR ok OR project = 'alpha';

-- case where_not_and_between
SELECT id FROM events WHERE NOT value BETWEEN -50 AND 50 AND id NOT IN (1021, 1022);

-- case where_in_brackets
SELECT id FROM events WHERE (value > 0) OR (ok);

-- case where_ends_in_a_comment
SELECT id FROM events WHERE value > 0 OR ok -- why, OR (not)
;

-- case where_ternary
SELECT id FROM events WHERE ok ? value > 0 : value < 0;

-- case where_alias
SELECT id, value * 2 AS twice FROM events WHERE twice > 20 AND twice < 180;

-- case with_totals
SELECT project, count() AS n FROM events GROUP BY project WITH TOTALS;

-- case with_rollup
SELECT project, kind, count() AS n FROM events GROUP BY project, kind WITH ROLLUP;

-- case with_cube
SELECT project, ok, sum(value) AS total FROM events GROUP BY project, ok WITH CUBE;

-- case rollup_function
SELECT project, kind, count() AS n FROM events GROUP BY ROLLUP(project, kind);

-- case grouping_sets
SELECT project, kind, grouping(project) AS g, count() AS n FROM events GROUP BY GROUPING SETS ((project), (kind), (project, kind), ());

-- case distinct
-- same with condition: every pair is there
SELECT DISTINCT project, kind FROM events;

-- case distinct_on
SELECT DISTINCT ON (project, kind) project, kind, id FROM events;

-- case order_and_limit
SELECT id, value FROM events ORDER BY value DESC NULLS LAST, id LIMIT 20;

-- case limit_with_ties
SELECT id, user_id FROM events ORDER BY user_id LIMIT 15 WITH TIES;

-- case limit_offset
SELECT id FROM events ORDER BY id LIMIT 10 OFFSET 5;

-- case offset_fetch
SELECT id FROM events ORDER BY id OFFSET 3 ROWS FETCH FIRST 12 ROWS ONLY;

-- case limit_by
SELECT project, id, value FROM events ORDER BY project, value, id LIMIT 2 BY project;

-- case limit_by_offset_and_limit
SELECT kind, id FROM events ORDER BY id LIMIT 1, 3 BY kind LIMIT 7;

-- case order_with_fill
SELECT toUInt32(user_id) AS u, count() AS n FROM events GROUP BY u ORDER BY u WITH FILL FROM 0 TO 12 STEP 1;

-- case order_by_all
SELECT kind, project, count() AS n FROM events GROUP BY ALL ORDER BY ALL;

-- case settings
SELECT id, ratio FROM events SETTINGS max_threads = 1, max_block_size = 17;

-- case prewhere
-- refused by bfc: BF125 before the server does
-- refused by server: cannot have PREWHERE
SELECT id, value FROM events PREWHERE ok WHERE value > 0;

-- case sample
-- refused by bfc: BF125 before the server does
-- refused by server: cannot have PREWHERE, SAMPLE or FINAL
SELECT id, value FROM facts SAMPLE 1 / 2;

-- case final
-- refused by bfc: BF125 before the server does
-- refused by server: cannot have PREWHERE, SAMPLE or FINAL
SELECT id, value FROM facts FINAL;

-- case replacing_trigger
SELECT id, argMax(value, version) AS value FROM facts GROUP BY id;

-- case format
-- refused by bfc: BF062 a view has no output format
SELECT id FROM events FORMAT JSON;

-- case into_outfile
-- refused by bfc: BF062 nor a file
SELECT id FROM events INTO OUTFILE 'x';
