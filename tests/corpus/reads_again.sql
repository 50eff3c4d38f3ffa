-- Views that read their trigger table in more than one place. In 26.7 each of them sees the inserted block and nothing
-- else, in joins, subqueries, WITH and IN too: rows that were there before are never seen.

-- case scalar
SELECT id, (SELECT count() FROM events) AS n, (SELECT max(value) FROM corpus.events) AS best FROM events;

-- case scalar_in_with
WITH (SELECT max(ts) FROM events) AS newest SELECT id, dateDiff('second', ts, newest) AS age FROM events WHERE ts < newest;

-- case behind_in
SELECT id FROM events WHERE id - 1 IN (SELECT id FROM events WHERE ok);

-- case not_behind_in
SELECT id, user_id FROM events AS e WHERE user_id NOT IN (SELECT e.user_id FROM events AS e WHERE e.value > 90);

-- case table_behind_in
SELECT count() AS n, min(id) AS first FROM facts AS f WHERE (id, ts, batch, value, version) IN facts;

-- case qualified_table_behind_in
SELECT count() AS n, max(f.value) AS best FROM corpus.facts f WHERE (f.id, ts, batch, value, version) IN (corpus.facts);

-- case joined_with_itself
SELECT a.id AS id, b.id AS next FROM events AS a JOIN events AS b ON a.id + 1 = b.id;

-- case joined_left_with_itself
SELECT a.id AS id, b.id AS next, b.value AS v FROM events AS a LEFT JOIN events AS b ON a.id + 1 = b.id;

-- case joined_left_with_itself_computed
SELECT a.id AS id, b.doubled AS d, b.day AS day FROM events AS a LEFT JOIN events AS b ON a.id + 1 = b.id;

-- case joined_without_alias
SELECT events.id AS id, b.value AS v FROM events INNER JOIN events AS b ON events.id = b.id + 2 WHERE b.ok;

-- case comma_with_itself
SELECT count() AS n FROM events AS a, events AS b WHERE a.user_id = b.user_id AND a.id < b.id OR a.id = b.id;

-- case joined_with_a_subquery
SELECT e.id AS id, e.value - t.mean AS diff FROM events AS e JOIN (SELECT project, avg(value) AS mean FROM events GROUP BY project) AS t USING project;

-- case joined_left_with_a_subquery
SELECT e.id AS id, t.n AS n FROM events AS e LEFT JOIN (SELECT user_id, count() AS n FROM corpus.events WHERE events.ok AND corpus.events.value > 0 GROUP BY user_id) AS t ON t.user_id = e.user_id;

-- case with_and_from
WITH top AS (SELECT project, max(value) AS best FROM events GROUP BY project) SELECT e.id AS id, top.best AS best FROM events AS e JOIN top ON top.project = e.project WHERE e.value = top.best;

-- case two_withs
WITH rows AS (SELECT id, user_id, ts FROM events), ids AS (SELECT user_id, max(id) AS last FROM events GROUP BY user_id) SELECT * FROM rows WHERE id IN (SELECT last FROM ids);

-- case with_and_the_table_itself
WITH good AS (SELECT id FROM events WHERE ok) SELECT good.id AS id, e.value AS value FROM good JOIN events AS e ON e.id = good.id;

-- case shadowed_in_one_place
SELECT id, n FROM events CROSS JOIN (WITH events AS (SELECT 5 AS n) SELECT n FROM events) AS five;

-- case deep
SELECT id FROM events WHERE user_id IN (SELECT user_id FROM users WHERE user_id IN (SELECT user_id FROM blocked WHERE user_id IN (SELECT user_id FROM events WHERE value > 0)));

-- case in_a_function
SELECT id, if(value > (SELECT avg(value) FROM events), 'high', 'low') AS level, arrayMap(x -> x > (SELECT median(value) FROM events), [1, 50]) AS a FROM events;

-- case in_having
SELECT project, count() AS n FROM events GROUP BY project HAVING n >= (SELECT count() / 5 FROM events);

-- case exists
SELECT id FROM events WHERE EXISTS (SELECT 1 FROM events WHERE value > 50) AND ok;

-- case any_of
SELECT id, value FROM events WHERE value = ANY (SELECT max(value) FROM events GROUP BY project);

-- case the_name_in_another_database
SELECT id, (SELECT count() FROM system.one) AS one, (SELECT count() FROM other.events) AS others FROM events;

-- case cross_join_of_a_total
SELECT project, count() / any(total.n) AS share FROM events CROSS JOIN (SELECT count() AS n FROM events) AS total GROUP BY project;

-- case right_join_with_itself
SELECT a.id AS a, b.id AS b FROM events AS a RIGHT JOIN events AS b ON a.id = b.id + 3;

-- case star_in_the_other_place
SELECT a.id AS id, b.value, b.url FROM events AS a JOIN (SELECT * FROM events WHERE ok) AS b ON a.id = b.id + 1;

-- case window_over_a_subquery
SELECT id, runningTotal FROM (SELECT id, sum(value) OVER (ORDER BY id) AS runningTotal FROM events) WHERE id IN (SELECT id FROM events WHERE kind = 'buy');
