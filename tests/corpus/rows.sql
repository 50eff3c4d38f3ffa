-- Rows of each trigger table, {batch} given: 0 before, 1 while the views are watched. One SELECT a table.

-- table events
SELECT toDateTime('2024-05-01 00:00:00', 'UTC') + number * 1733 + {batch} * 3 AS ts,
    number + {batch} * 1000 AS id,
    {batch} AS batch,
    toUInt32(cityHash64(number, 1) % 7) AS user_id,
    arrayElement(['alpha', 'Beta', 'gamma delta', ''], 1 + cityHash64(number, 2) % 4) AS project,
    arrayElement(['view', 'click', 'buy'], 1 + number % 3) AS kind,
    toInt64(cityHash64(number, 3) % 201) - 100 AS value,
    toDecimal64(cityHash64(number, 4) % 10000, 2) / 100 AS price,
    cityHash64(number, 5) % 1000 / 1000 AS ratio,
    number % 2 = 0 AS ok,
    if(number % 5 = 0, NULL, concat('note ', toString(number % 4))) AS note,
    arrayMap(x -> concat('tag', toString((x + number) % 5)), range(number % 4)) AS tags,
    arrayMap(x -> toInt32(x * number % 11) - 3, range(number % 5)) AS nums,
    map('os', arrayElement(['linux', 'mac', 'win'], 1 + number % 3), 'v', toString(number % 4)) AS attrs,
    map('a', number % 9, 'b', number % 4) AS counts,
    tuple(toFloat64(number % 90), toFloat64(number % 180), arrayElement(['Oslo', 'Rome', 'Lima'], 1 + number % 3)) AS geo,
    arrayMap(x -> concat('sku-', toString((x * 3 + number) % 6)), range(1 + number % 3)) AS `items.sku`,
    arrayMap(x -> toUInt16(x + number % 5), range(1 + number % 3)) AS `items.qty`,
    concat('{"a": {"b": ', toString(number % 6), ', "c": "x', toString(number % 3), '"}, "list": [1, ', toString(number % 3), ']}') AS body,
    toUUID(concat('00000000-0000-4000-8000-', leftPad(toString(number), 12, '0'))) AS uid,
    toDateTime64(ts, 3) + 0.5 AS created,
    concat('https://', arrayElement(['a.example', 'b.example'], 1 + number % 2), '/p/', toString(number % 7), '?utm_source=s', toString(number % 3)) AS url,
    repeat('x', number % 13) AS payload,
    concat('{"level": "', arrayElement(['info', 'warn', 'error'], 1 + number % 3), '", "ms": ', toString(number % 50), ', "tags": ["q"]}') AS raw,
    concat('odd ', toString(number % 3)) AS `odd name`,
    toUInt32(number % 8) AS `dot.ted`,
    number % 3 AS `from`,
    concat('s', toString(number % 2)) AS `select`,
    toInt32(number % 6) - 2 AS `limit`,
    concat('events ', toString(number % 4)) AS source
FROM numbers(150)

-- table my.events v2
SELECT number + {batch} * 1000 AS id, toDateTime('2024-05-01 00:00:00', 'UTC') + number * 1733 AS ts, {batch} AS batch,
    toString(number % 3) AS `my.events v2`, concat('k', toString(number % 4)) AS `key`, toInt64(number % 17) - 8 AS value
FROM numbers(150)

-- table facts
SELECT number % 140 + {batch} * 1000 AS id, toDateTime('2024-05-01 00:00:00', 'UTC') + number * 1733 AS ts, {batch} AS batch,
    toInt64(number % 17) - 8 AS value, toUInt32(number) AS version
FROM numbers(150)

-- table users
SELECT number AS user_id, concat('user ', toString(number)) AS name, arrayElement(['NO', 'IT', 'PE'], 1 + number % 3) AS country,
    toUInt32(number % 2) AS manager
FROM numbers(6)

-- table rates
SELECT arrayElement(['alpha', 'Beta', 'gamma delta'], 1 + number % 3) AS project,
    toDateTime('2024-04-30 00:00:00', 'UTC') + number * 40000 AS since, 1 + number / 4 AS rate
FROM numbers(9)

-- table blocked
SELECT toUInt32(number * 3) AS user_id FROM numbers(2)
