-- UNION and its like, where ClickHouse runs them in a view.

-- case at_the_top
-- refused by bfc: BF120 ClickHouse takes it, and runs the first SELECT alone (measured)
SELECT id FROM events UNION ALL SELECT id FROM facts;

-- case in_parentheses_at_the_top
-- refused by bfc: BF120 the same
(SELECT id FROM events) UNION ALL (SELECT id FROM events);

-- case of_the_same_table
SELECT what, count() AS n FROM (SELECT 'all' AS what FROM events UNION ALL SELECT 'ok' AS what FROM events WHERE ok) GROUP BY what;

-- case of_another_table
SELECT u, count() AS n FROM (SELECT user_id AS u FROM events UNION ALL SELECT user_id FROM users) GROUP BY u;

-- case distinct
-- same with condition: every name is there
SELECT p FROM (SELECT project AS p FROM events UNION DISTINCT SELECT source FROM events);

-- case of_three_with_parentheses
SELECT x FROM ((SELECT id AS x FROM events WHERE ok) UNION ALL (SELECT id + 5000 FROM events AS e WHERE e.value > 0) UNION ALL SELECT 7);

-- case intersect
-- refused by server: support query with multiple simple UNION [ALL] only
SELECT u FROM (SELECT user_id AS u FROM events WHERE ok INTERSECT SELECT user_id FROM events WHERE value > 90);

-- case except
-- refused by server: support query with multiple simple UNION [ALL] only
SELECT id FROM (SELECT id FROM events EXCEPT SELECT id FROM events WHERE ok);

-- case except_another_table
-- refused by server: support query with multiple simple UNION [ALL] only
SELECT u FROM (SELECT user_id AS u FROM events EXCEPT (SELECT user_id FROM blocked) EXCEPT SELECT 3 WHERE (SELECT count() FROM events) > 100);

-- case in_with
WITH both AS (SELECT id, 'a' AS w FROM events WHERE kind = 'buy' UNION ALL SELECT id, 'b' FROM events WHERE kind = 'view')
SELECT w, max(id) AS last FROM both GROUP BY w;

-- case behind_in
SELECT id FROM events WHERE user_id IN (SELECT user_id FROM blocked UNION ALL SELECT user_id FROM users WHERE country = 'PE');

-- case first_reads_another
-- refused by bfc: BF120 the first SELECT is over a table function
SELECT n FROM (SELECT number AS n FROM numbers(3) UNION ALL SELECT id FROM events);
