-- Joins of every kind: the trigger table is on the left.

-- case inner_using
SELECT e.id, u.name FROM events AS e INNER JOIN users AS u USING (user_id);

-- case inner_on
SELECT events.id AS id, users.country AS country FROM events JOIN users ON events.user_id = users.user_id WHERE users.country != 'IT';

-- case using_without_brackets
SELECT id, name FROM events JOIN users USING user_id;

-- case left
SELECT e.id, e.project, u.name FROM events e LEFT JOIN users u ON e.user_id = u.user_id;

-- case left_outer_grouped
SELECT u.country AS country, count() AS n, sum(e.value) AS total FROM corpus.events AS e LEFT OUTER JOIN corpus.users AS u ON u.user_id = e.user_id GROUP BY u.country;

-- case left_any
SELECT e.id, r.rate FROM events AS e ANY LEFT JOIN rates AS r ON r.project = e.project;

-- case any_inner
SELECT count() AS n, sum(e.id) AS ids FROM events AS e ANY INNER JOIN rates AS r USING project;

-- case any_inner_with_star
SELECT * FROM (SELECT id, project FROM events) AS e ANY INNER JOIN users AS u ON e.id % 6 = u.user_id;

-- case any_join_without_a_side
SELECT min(e.value) AS low, count() AS n FROM events AS e ANY JOIN users ON users.user_id = e.user_id;

-- case semi_left
SELECT id, value FROM events AS e SEMI LEFT JOIN blocked AS b USING (user_id);

-- case anti_left
SELECT id, value FROM events AS e LEFT ANTI JOIN blocked AS b ON e.user_id = b.user_id WHERE e.value > 0;

-- case semi_right
SELECT u.name AS name, e.project FROM events AS e RIGHT SEMI JOIN users AS u ON e.user_id = u.user_id;

-- case anti_right
-- same with condition: every user has an event, with the condition too
SELECT u.user_id + 10 AS nobody FROM events AS e RIGHT ANTI JOIN (SELECT user_id * 5 AS user_id FROM users) AS u ON e.user_id = u.user_id;

-- case right
SELECT u.name AS name, e.id AS id FROM events AS e RIGHT JOIN users AS u ON e.user_id = u.user_id;

-- case right_with_where
SELECT u.name AS name, count() AS n FROM events RIGHT JOIN users u ON events.user_id = u.user_id WHERE events.value > 0 OR events.id = 0 GROUP BY u.name;

-- case right_with_computed_columns
SELECT u.name AS name, max(doubled) AS best, min(day) AS first FROM events RIGHT JOIN users u ON events.user_id = u.user_id + 3 GROUP BY u.name;

-- case full
SELECT e.id AS id, u.user_id AS u FROM events AS e FULL OUTER JOIN users AS u ON e.user_id = u.user_id + 3;

-- case full_with_star
SELECT e.* EXCEPT (body), u.name FROM events AS e FULL JOIN users AS u ON e.user_id = u.user_id + 4;

-- case cross
SELECT e.id AS id, b.user_id AS b FROM events AS e CROSS JOIN blocked AS b;

-- case comma
SELECT e.id AS id, u.name FROM events AS e, users AS u WHERE e.user_id = u.user_id AND u.country = 'NO';

-- case comma_of_three
SELECT count() AS n FROM events AS e, users AS u, blocked WHERE e.user_id = u.user_id AND blocked.user_id = u.user_id OR e.ok;

-- case asof
SELECT e.id, e.project, r.rate FROM events AS e ASOF LEFT JOIN rates AS r ON e.project = r.project AND e.ts >= r.since;

-- case asof_inner_using
SELECT e.id AS id, r.rate AS rate FROM (SELECT id, project, ts AS since FROM events) AS e ASOF JOIN rates AS r USING (project, since);

-- case two_joins
SELECT e.id, u.name, r.rate FROM events AS e LEFT JOIN users AS u USING (user_id) ANY LEFT JOIN rates AS r ON r.project = e.project;

-- case join_in_parentheses
-- refused by server: no alias for subquery
SELECT e.id AS id, m.name AS manager FROM (events AS e JOIN users AS u ON e.user_id = u.user_id) JOIN users AS m ON m.user_id = u.manager;

-- case join_a_subquery
SELECT e.id, x.n FROM events AS e JOIN (SELECT country, count() AS n FROM users GROUP BY country) AS x ON e.geo.city != x.country;

-- case join_on_expression_and_strings
SELECT e.id, u.name FROM events AS e LEFT JOIN users AS u ON concat('user ', toString(e.user_id)) = u.name AND u.country IN ('NO', 'users', 'events');

-- case global
SELECT e.id, u.name FROM events AS e GLOBAL LEFT JOIN users AS u ON e.user_id = u.user_id;

-- case join_in_outer_parentheses
SELECT id, name FROM (events AS e JOIN users AS u USING user_id) WHERE name != 'user 1' OR ok;

-- case final_on_the_right
SELECT e.id, f.value AS fact FROM events AS e LEFT JOIN facts AS f FINAL ON f.id + 1000 = e.id;

-- case paste
SELECT e.id AS id, u.name AS name FROM (SELECT id FROM events ORDER BY id) AS e PASTE JOIN (SELECT name FROM users ORDER BY name) AS u;

-- case table_function_on_the_right
SELECT e.id, n.number FROM events AS e JOIN numbers(4) AS n ON n.number = e.user_id;

-- case left_of_a_left
SELECT left(e.project, 2) AS l, right(u.name, 1) AS r, count() AS n FROM events AS e LEFT JOIN users AS u ON left(u.name, 4) = 'user' AND u.user_id = e.user_id GROUP BY l, r;
