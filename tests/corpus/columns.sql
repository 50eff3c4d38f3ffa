-- Many columns at once, computed columns, and columns with parts.

-- case star_except
SELECT * EXCEPT (body, payload, raw) FROM events;

-- case star_except_one
SELECT * EXCEPT payload FROM events;

-- case star_except_pattern
SELECT * EXCEPT ('^(body|payload|items)') FROM events;

-- case star_except_strict
SELECT * EXCEPT STRICT (body, raw) FROM events;

-- case star_replace
SELECT * EXCEPT (body) REPLACE (value * 2 AS value, lower(project) AS project) FROM events;

-- case star_apply
SELECT * EXCEPT (body, tags, nums, attrs, counts, geo) APPLY (toString) FROM events;

-- case star_apply_lambda
SELECT * EXCEPT (body) APPLY (x -> hex(toString(x))) FROM events;

-- case qualified_star
SELECT e.* EXCEPT (body) FROM events AS e WHERE e.ok;

-- case star_of_two_tables
SELECT e.*, u.name FROM events AS e JOIN users AS u ON e.user_id = u.user_id;

-- case star_of_the_other_table
SELECT u.*, e.id FROM events AS e JOIN users AS u ON e.user_id = u.user_id;

-- case star_with_more
SELECT *, value + 1 AS more, doubled AS twice, day AS d FROM events;

-- case columns_by_pattern
SELECT COLUMNS('^(id|value|price)$') FROM events;

-- case columns_by_pattern_computed
SELECT COLUMNS('^(label|folded|doubled)$') FROM events;

-- case columns_by_list
SELECT COLUMNS(id, value, ok) APPLY (toString) FROM events;

-- case columns_qualified
SELECT e.COLUMNS('^p') EXCEPT (payload) FROM events AS e;

-- case columns_aggregated
SELECT project, COLUMNS('^(value|ratio)$') APPLY (max) FROM events GROUP BY project;

-- case star_in_a_function
SELECT id, cityHash64(* EXCEPT (body)) AS h FROM events;

-- case count_star
SELECT kind, count(*) AS n FROM events GROUP BY kind;

-- case stars_of_subqueries
SELECT * FROM (SELECT * FROM (SELECT id, value FROM events)) WHERE value > 0;

-- case multiplication
SELECT id, value * 2 AS a, (value) * ratio AS b, 3 * value AS c, value*value AS d FROM events;

-- case alias_column
SELECT id, doubled FROM events WHERE doubled > 0;

-- case alias_of_an_alias_column
SELECT label, count() AS n FROM events GROUP BY label;

-- case materialized_column
SELECT day, count() AS n FROM events GROUP BY day;

-- case materialized_column_whose_expression_was_changed
SELECT folded, max(id) AS last FROM events GROUP BY folded;

-- case computed_columns_qualified
SELECT e.doubled AS d, events.day AS day FROM events AS e WHERE e.label != '';

-- case default_column
SELECT id, created, toUnixTimestamp64Milli(created) AS ms FROM events;

-- case nested_parts
SELECT id, items.sku, arraySum(items.qty) AS qty FROM events;

-- case nested_part_quoted
SELECT id, `items.sku` AS s, events.items.qty AS q FROM events;

-- case map_access
SELECT id, attrs['os'] AS os, mapKeys(counts) AS k, counts['a'] + events.counts['b'] AS ab FROM events WHERE mapContains(attrs, 'v');

-- case map_subcolumns
SELECT id, attrs.keys AS k, attrs.values AS v, tags.size0 AS n FROM events;

-- case tuple_access
SELECT id, geo.city AS city, geo.1 AS lat, tupleElement(geo, 'lon') AS lon, events.geo.lat AS l FROM events;

-- case tuple_star
SELECT id, untuple(geo) FROM events;

-- case json_paths
SELECT id, body.a.b::Int64 AS b, body.a.c AS c, toString(body.list) AS l FROM events;

-- case json_typed_path
SELECT id, body.a.b.:Int64 AS b, events.body.a.c.:String AS c FROM events;

-- case json_subobject
SELECT id, toString(body.^a) AS a FROM events;

-- case null_subcolumn
SELECT id, note.null AS nothing, coalesce(note, '-') AS note FROM events;

-- case json_in_a_string
SELECT JSONExtractString(raw, 'level') AS level, quantile(0.5)(JSONExtractUInt(raw, 'ms')) AS ms, count() AS n FROM events GROUP BY level;

-- case json_arrays_in_a_string
SELECT id, JSONExtract(raw, 'tags', 'Array(String)')[1] AS tag, JSON_VALUE(raw, '$.level') AS level FROM events;

-- case urls
SELECT domain(url) AS d, path(url) AS p, extractURLParameter(url, 'utm_source') AS utm, cutToFirstSignificantSubdomain(url) AS s, count() AS n FROM events GROUP BY ALL;

-- case get_subcolumn
SELECT id, getSubcolumn(geo, 'city') AS c FROM events;

-- case settings_that_widen_the_star
SELECT * EXCEPT (body, seed) FROM events SETTINGS asterisk_include_alias_columns = 1, asterisk_include_materialized_columns = 1;
