-- Subqueries in FROM, many levels of them, and subqueries of expressions.

-- case one
SELECT id FROM (SELECT id, value FROM events WHERE value > 0);

-- case with_alias
SELECT x.id, x.v FROM (SELECT id, value AS v FROM events) AS x WHERE x.v > 0;

-- case three_levels
SELECT p, max(n) AS most FROM (SELECT p, k, count() AS n FROM (SELECT project AS p, kind AS k FROM (SELECT * FROM events WHERE ok OR value > 0)) GROUP BY p, k) GROUP BY p;

-- case double_parentheses
SELECT id FROM ((SELECT id FROM events WHERE ok));

-- case where_on_every_level
SELECT id FROM (SELECT id, value FROM (SELECT id, value, ok FROM events WHERE value > -50) WHERE ok OR value > 0) WHERE id % 2 = 0 OR value < 90;

-- case order_and_limit_inside
SELECT id FROM (SELECT id, value FROM events ORDER BY value, id LIMIT 25) ORDER BY id;

-- case alias_hides_inside
SELECT ts, sum(n) AS n FROM (SELECT toStartOfHour(ts) AS ts, count() AS n FROM events GROUP BY ts) GROUP BY ts;

-- case join_of_subqueries
SELECT a.id, b.name FROM (SELECT id, user_id FROM events WHERE ok) AS a LEFT JOIN (SELECT user_id, name FROM users WHERE country != 'IT') AS b USING user_id;

-- case on_a_table_in_where
SELECT id FROM events WHERE user_id IN (SELECT user_id FROM users WHERE country != 'NO') AND user_id NOT IN (SELECT user_id FROM blocked);

-- case table_name_behind_in
SELECT id, user_id FROM events WHERE user_id IN blocked;

-- case table_name_in_brackets_behind_in
SELECT id, user_id FROM events WHERE user_id NOT IN (blocked) OR ok;

-- case qualified_table_name_behind_in
SELECT id, user_id FROM events WHERE user_id GLOBAL IN corpus.blocked;

-- case scalar
SELECT id, (SELECT max(rate) FROM rates) AS top, value * (SELECT min(rate) FROM rates WHERE project = 'alpha') AS v FROM events;

-- case exists
SELECT id FROM events WHERE EXISTS (SELECT 1 FROM users WHERE country = 'PE') AND NOT exists(SELECT 1 FROM users WHERE country = 'XX');

-- case without_a_table
SELECT id, (SELECT 5) + 1 AS six, (SELECT 'events') AS e FROM events WHERE (SELECT 1) = 1;

-- case values
SELECT e.id, v.w FROM events AS e JOIN (SELECT * FROM VALUES('k String, w UInt8', ('alpha', 1), ('Beta', 2))) AS v ON v.k = e.project;

-- case window_inside
SELECT id, gap FROM (SELECT id, id - lagInFrame(id, 1, id) OVER (ORDER BY id) AS gap FROM events) WHERE gap >= 0;

-- case array_inside
SELECT name, count() AS n FROM (SELECT arrayJoin(arrayDistinct(tags)) AS name FROM events) GROUP BY name;

-- case funnel
SELECT user_id, level FROM (SELECT user_id, windowFunnel(100000)(ts, kind = 'view', kind = 'click', kind = 'buy') AS level FROM events GROUP BY user_id);

-- case sessions
SELECT user_id, count() AS sessions, max(length) AS longest FROM (SELECT user_id, intDiv(toUnixTimestamp(ts), 7200) AS s, count() AS length FROM events GROUP BY user_id, s) GROUP BY user_id;

-- case settings_inside
SELECT id FROM (SELECT id FROM events WHERE ok SETTINGS max_threads = 1) WHERE id > 0;

-- case comment_inside
SELECT id FROM ( -- the ok ones (SELECT
    SELECT id FROM events -- FROM users
    WHERE ok /* ) */
) AS x;
