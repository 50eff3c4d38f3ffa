-- WITH, of both forms.

-- case expression
WITH value * 2 AS twice, 10 AS ten SELECT id, twice + ten AS v FROM events WHERE twice > ten OR ok;

-- case expression_hides_nothing
WITH toStartOfHour(ts) AS hour SELECT hour, count() AS n FROM events GROUP BY hour;

-- case tuple_of_names
WITH ('alpha', 'Beta') AS wanted SELECT id, project FROM events WHERE project IN wanted;

-- case lambda
WITH (x, y) -> x * 2 + y AS f, z -> f(z, 1) AS g SELECT id, f(value, 3) AS a, g(value) AS b FROM events;

-- case scalar_subquery
WITH (SELECT max(user_id) FROM users) AS top SELECT id, user_id < top AS below FROM events WHERE user_id <= top;

-- case subquery
WITH good AS (SELECT id, project, value FROM events WHERE value > 0) SELECT project, count() AS n, sum(value) AS total FROM good GROUP BY project;

-- case subquery_of_a_subquery
WITH a AS (SELECT * FROM events WHERE ok), b AS (SELECT id, value FROM a WHERE value < 50) SELECT max(value) AS best, count() AS n FROM b;

-- case in_any_order
-- refused by server: Unknown table expression identifier 'corpus.a'
WITH b AS (SELECT id, value FROM a WHERE value < 50), a AS (SELECT id, value FROM events) SELECT count() AS n, max(id) AS last FROM b;

-- case shadows_the_table
WITH events AS (SELECT id, value FROM events WHERE value > 0) SELECT id, value FROM events WHERE id % 2 = 0;

-- case shadows_another_table
WITH users AS (SELECT toUInt32(2) AS user_id, 'two' AS name) SELECT e.id, u.name FROM events AS e JOIN users AS u USING user_id;

-- case shadows_only_without_database
WITH events AS (SELECT 1 AS one) SELECT id, (SELECT sum(one) FROM events) AS one FROM corpus.events;

-- case named_like_a_keyword
WITH limit AS (SELECT id, value FROM events), from AS (SELECT * FROM limit), with AS (SELECT 1 AS one) SELECT from.id, value, with.one FROM from, with;

-- case quoted_name
WITH `my part` AS (SELECT id AS `the id` FROM events WHERE ok) SELECT `my part`.`the id` AS id FROM `my part`;

-- case columns_named
-- refused by server: Unknown expression identifier `a`
WITH c (a, b) AS (SELECT id, value FROM events) SELECT a, b FROM c WHERE b > 0;

-- case materialized
WITH c AS MATERIALIZED (SELECT user_id FROM events WHERE ok) SELECT user_id, count() AS n FROM c GROUP BY user_id;

-- case used_twice
WITH c AS (SELECT user_id, value FROM events) SELECT a.user_id AS u, count() AS n FROM c AS a JOIN c AS b ON a.user_id = b.user_id GROUP BY u;

-- case in_a_subquery
SELECT p, n FROM (WITH c AS (SELECT project AS p FROM events) SELECT p, count() AS n FROM c GROUP BY p) WHERE n > 2;

-- case inner_hides_outer
WITH c AS (SELECT 1 AS id) SELECT id FROM (WITH c AS (SELECT id FROM events WHERE ok) SELECT id FROM c) WHERE id NOT IN (SELECT id FROM c);

-- case expression_of_an_outer_with
WITH tuple(*) AS whole SELECT n FROM (SELECT length(toString(whole.2)) AS n, whole.1 AS t FROM (SELECT ts, id, value FROM events));

-- case star_of_an_outer_with
WITH cityHash64(* EXCEPT (body)) AS h SELECT h FROM (SELECT h FROM events);

-- case interval_in_with
WITH INTERVAL 1 HOUR AS step, toStartOfInterval(ts, INTERVAL 6 HOUR) AS slot SELECT slot, slot + step AS later, count() AS n FROM events GROUP BY slot;

-- case recursive
WITH RECURSIVE chain AS (SELECT user_id, manager, 1 AS depth FROM users WHERE user_id = 5 UNION ALL SELECT u.user_id, u.manager, depth + 1 FROM users AS u JOIN chain AS c ON u.user_id = c.manager WHERE depth < 3)
SELECT e.id, max(c.depth) AS depth FROM events AS e LEFT JOIN chain AS c ON c.user_id = e.user_id GROUP BY e.id;

-- case recursive_on_the_left
-- refused by bfc: BF120 a subquery that reads itself
WITH RECURSIVE r AS (SELECT id FROM r) SELECT id FROM r;

-- case outer_with_seen_in_a_subquery
WITH c AS (SELECT user_id FROM blocked) SELECT id FROM (SELECT id, user_id FROM events WHERE user_id NOT IN (SELECT user_id FROM c)) WHERE user_id NOT IN c;
