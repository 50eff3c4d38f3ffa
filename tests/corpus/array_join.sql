-- ARRAY JOIN and arrayJoin.

-- case plain
SELECT id, tags FROM events ARRAY JOIN tags;

-- case alias
SELECT id, tag FROM events ARRAY JOIN tags AS tag WHERE tag != 'tag0';

-- case left_with_alias
SELECT e.id AS id, t FROM events AS e LEFT ARRAY JOIN e.tags AS t;

-- case several
SELECT id, n, i FROM events ARRAY JOIN nums AS n, arrayEnumerate(nums) AS i WHERE n > 0 OR i = 1;

-- case nested
SELECT id, items.sku, items.qty FROM events ARRAY JOIN items;

-- case nested_alias
SELECT it.sku AS sku, sum(it.qty) AS qty FROM events ARRAY JOIN items AS it GROUP BY it.sku;

-- case nested_part
SELECT id, sku FROM events ARRAY JOIN items.sku AS sku;

-- case hides_the_condition_column
SELECT id, value FROM events ARRAY JOIN nums AS id;

-- case map_keys
SELECT id, k, attrs[k] AS v FROM events ARRAY JOIN mapKeys(attrs) AS k;

-- case map_pairs
SELECT id, kv.1 AS k, kv.2 AS v FROM events ARRAY JOIN CAST(counts, 'Array(Tuple(String, UInt64))') AS kv;

-- case function
SELECT id, arrayJoin(tags) AS tag FROM events;

-- case function_in_subquery
SELECT tag, count() AS n FROM (SELECT arrayJoin(arrayConcat(tags, ['always'])) AS tag, value FROM events WHERE value != 0) WHERE tag LIKE 'tag%' OR tag = 'always' GROUP BY tag;

-- case then_join
SELECT tag, u.name AS name FROM events AS e ARRAY JOIN tags AS tag LEFT JOIN users AS u ON u.user_id = e.user_id;

-- case zipped
SELECT id, pair.1 AS n, pair.2 AS m FROM events ARRAY JOIN arrayZip(nums, arrayReverse(nums)) AS pair;
