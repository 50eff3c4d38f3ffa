-- The expression language, which has to pass untouched.

-- case casts
SELECT id, value::String AS a, (value + 1)::Int32 AS b, '5'::UInt8 + 1 AS c, [1, 2]::Array(UInt64) AS d, CAST(value AS Float64) AS e, CAST(ts, 'Date') AS f, ratio::Decimal(9, 3) AS g FROM events;

-- case cast_of_a_type_with_parts
SELECT id, (id, project)::Tuple(a UInt64, b String) AS t, attrs::Map(String, String) AS m, note::Nullable(String) AS n FROM events WHERE id::String LIKE '10%';

-- case case_when
SELECT id, CASE WHEN value > 50 THEN 'high' WHEN value > 0 THEN 'low' ELSE 'none' END AS level FROM events;

-- case case_of
SELECT id, CASE kind WHEN 'view' THEN 1 WHEN 'click' THEN 2 END AS k, 1 + CASE WHEN ok THEN 1 ELSE 0 END * 2 AS w FROM events;

-- case case_in_group
SELECT CASE WHEN value < 0 THEN 'from' ELSE 'where' END AS w, count() AS n FROM events GROUP BY CASE WHEN value < 0 THEN 'from' ELSE 'where' END;

-- case case_within_case
SELECT id, CASE WHEN ok THEN CASE project WHEN 'alpha' THEN 'a' ELSE 'b' END ELSE 'c' END AS x FROM events;

-- case ternary
SELECT id, value > 0 ? 'p' : 'n' AS sign, ok ? (value > 0 ? 1 : 2) : 3 AS t FROM events;

-- case intervals
SELECT id, ts + INTERVAL 1 DAY AS a, ts - INTERVAL '2 hours' AS b, ts + INTERVAL (user_id + 1) MINUTE AS c, ts + INTERVAL user_id SECOND AS d, toStartOfInterval(ts, INTERVAL 15 MINUTE) AS slot FROM events;

-- case interval_of_several_units
SELECT id, ts + INTERVAL 1 WEEK + INTERVAL 2 MONTH - INTERVAL 1 QUARTER AS t, toIntervalDay(3) + ts AS u FROM events;

-- case dates
SELECT id, DATE '2024-05-01' AS d, TIMESTAMP '2024-05-01 00:00:00' AS t, EXTRACT(HOUR FROM ts) AS h, dateDiff('day', DATE '2024-01-01', ts) AS n FROM events;

-- case standard_functions
SELECT id, SUBSTRING(project FROM 1 FOR 3) AS s, TRIM(BOTH 'a' FROM project) AS t, POSITION('a' IN url) AS p, DATE_ADD(DAY, 1, ts) AS d FROM events;

-- case operators
SELECT id, value % 7 AS a, value DIV 3 AS b, value MOD 5 AS c, -value AS d, - -value AS e, 1 || project || '!' AS f, value != 3 AS g, value <> 3 AS h, value == 3 AS i FROM events;

-- case spaceship_and_distinct_from
SELECT id, note IS DISTINCT FROM 'note 1' AS a, note IS NOT DISTINCT FROM NULL AS b, note <=> 'note 2' AS c FROM events;

-- case is_null
SELECT id FROM events WHERE note IS NULL OR note IS NOT NULL AND note = 'note 1';

-- case like
SELECT id, url LIKE '%s1' AS a, url NOT LIKE 'http%' AS b, url ILIKE '%B.EXAMPLE%' AS c, url NOT ILIKE 'x' AS d, match(url, '^[a-z]+:') AS e, url REGEXP 'a.*s2' AS f FROM events;

-- case in_lists
SELECT id FROM events WHERE project IN ('alpha', 'from events', 'x') OR (user_id, ok) IN ((1, true), (2, false)) OR user_id IN (3);

-- case in_column
-- refused by server: Unknown expression or table expression identifier `corpus.tags`
SELECT id FROM events WHERE 'tag1' IN tags OR has(tags, 'tag2');

-- case between
SELECT id, value BETWEEN -10 AND 10 AS a, value NOT BETWEEN 0 AND 5 AND ok AS b FROM events WHERE id BETWEEN 1010 AND 1060;

-- case arrays_and_maps
SELECT id, [1, 2, 3][user_id + 1] AS a, (1, 'a', value).3 AS b, map('k', value, 'l', 2)['k'] AS c, tags[-1] AS d, array(1, value) AS e FROM events;

-- case lambdas
SELECT id, arrayMap(x -> x * 2, nums) AS a, arrayFilter(x -> x > 0, nums) AS b, arraySum((x, i) -> x * i, nums, arrayEnumerate(nums)) AS c, mapApply((k, v) -> (k, v + 1), counts) AS d FROM events;

-- case lambda_with_a_comma_and_a_string
SELECT id, arrayStringConcat(arrayMap((t, n) -> concat(t, ', from ', toString(n)), tags, range(length(tags))), '; ') AS s FROM events;

-- case parametric_aggregates
SELECT project, quantiles(0.5, 0.9)(value) AS q, topK(3)(user_id) AS top, groupArray(4)(id) AS ids, histogram(2)(ratio) AS h FROM events GROUP BY project;

-- case combinators
SELECT project, sumIf(value, ok) AS a, countIf(kind = 'buy') AS b, uniqExactIf(user_id, value > 0) AS c, argMax(id, value) AS d, sumMap(counts) AS e, avgOrNull(ratio) AS f, anyLast(note) AS g FROM events GROUP BY project;

-- case states
SELECT toStartOfDay(ts) AS d, uniqState(user_id) AS users, avgState(ratio) AS mean, quantilesTimingState(0.5, 0.9)(id) AS q, sumSimpleState(value) AS total, argMaxState(project, ts) AS last FROM events GROUP BY d;

-- case states_if
SELECT kind, countIfState(ok) AS a, uniqExactIfState(user_id, value > 0) AS b, groupUniqArrayArrayState(tags) AS c FROM events GROUP BY kind;

-- case distinct_aggregates
SELECT project, count(DISTINCT user_id) AS u, sum(DISTINCT value) AS s, groupUniqArray(kind) AS k FROM events GROUP BY project;

-- case filter
SELECT project, count() FILTER (WHERE ok) AS a, sum(value) FILTER (WHERE kind = 'buy' AND value > 0) AS b FROM events GROUP BY project;

-- case respect_nulls
SELECT project, any(note) RESPECT NULLS AS a, first_value(note) IGNORE NULLS AS b, anyLast(note) AS c FROM events GROUP BY project;

-- case window_functions
SELECT id, sum(value) OVER (PARTITION BY project ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS s, row_number() OVER (ORDER BY value, id) AS r FROM events;

-- case named_windows
SELECT id, rank() OVER w AS r, lagInFrame(value, 1) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before FROM events WINDOW w AS (PARTITION BY kind ORDER BY id);

-- case qualify
SELECT id, project, row_number() OVER (PARTITION BY project ORDER BY value DESC, id) AS r FROM events QUALIFY r <= 2;

-- case windows_with_where_and_limit
SELECT id, dense_rank() OVER w AS r FROM events WHERE ok OR value > 0 WINDOW w AS (ORDER BY user_id) ORDER BY id LIMIT 30;

-- case numbers
SELECT id, 1_000 AS a, 0xff AS b, 0b101 AS c, 1e3 AS d, .5 AS e, 1. AS f, -1.5e-2 AS g, inf AS h FROM events;

-- case strings
SELECT id, 'it''s' AS a, 'a\'b' AS b, 'tab\t' AS c, '' AS d, '-- no comment' AS e, '/* nor this */' AS f FROM events;

-- case parameters
-- param low Int64 = 10
-- param name String = alpha
-- param d DateTime('UTC') = 2024-05-01 06:00:00
SELECT id, {name:String} AS n FROM events WHERE value > {low:Int64} OR project = {name:String} OR ts < {d:DateTime('UTC')};

-- case column_parameter
-- param c Identifier = value
SELECT id, {c:Identifier} AS v FROM events WHERE {c:Identifier} > 0;

-- case multi_if
SELECT multiIf(value > 50, 'a', value > 0, 'b', 'c') AS g, if(ok, 1, 0) AS o, count() AS n FROM events GROUP BY g, o;

-- case null_functions
SELECT id, ifNull(note, 'none') AS a, nullIf(project, '') AS b, assumeNotNull(note) AS c, isNull(note) AS d FROM events;

-- case not_everywhere
SELECT id, NOT ok AS a, not(ok) AS b, NOT NOT ok AS c, NOT (value > 0 AND ok) AS d, value IS NOT NULL AS e FROM events WHERE NOT (value < 0 AND NOT ok);

-- case collate_and_order
SELECT project, id FROM events ORDER BY project DESC COLLATE 'en', id ASC NULLS FIRST LIMIT 12;

-- case odd_comments
SELECT/**/id/* a; b */,--x
value#!y
FROM events -- '
WHERE/*(*/value>0/*)*/OR ok # )
GROUP BY id,/* " */value HAVING 1-- `
;

-- case nested_brackets
SELECT ((((id)))) AS id, [[1], [value]] AS a, ((1, 2), [3]) AS t, (((value))) > (0) AS p FROM events WHERE ((((value > 0)))) OR ((ok));

-- case long_conditions
SELECT id FROM events WHERE value > 0 AND (kind = 'buy' OR kind = 'click') AND (project != '' OR user_id IN (1, 2, 3)) OR (ok AND NOT (value BETWEEN 10 AND 20)) OR id = 1021;

-- case at_time_zone
SELECT id, ts AT TIME ZONE 'Europe/Oslo' AS local, toDateTime(ts, 'Asia/Tokyo') AS t FROM events;

-- case dictionary_of_joins
SELECT id, joinGet('names', 'name', user_id) AS name, dictGetOrDefault('people', 'country', toUInt64(user_id), 'unknown') AS country FROM events;

-- case grouping_with_everything
WITH toStartOfHour(ts) AS hour SELECT hour, project, count() AS n FROM events WHERE value != 0 OR ok GROUP BY hour, project HAVING n > 0 ORDER BY hour, project LIMIT 3 BY project LIMIT 40 SETTINGS max_threads = 1;
