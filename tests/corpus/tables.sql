-- What the corpus's views read. Pasted into every case's .bf file and run on the engine, so both see one text.

CREATE TABLE events
(
    ts DateTime('UTC'),
    id UInt64,
    batch UInt8,                        -- 0: there before the views are made; 1: inserted while they are watched
    user_id UInt32,
    project LowCardinality(String),
    kind Enum8('view' = 1, 'click' = 2, 'buy' = 3),
    value Int64,
    price Decimal(12, 2),
    ratio Float64,
    ok Bool,
    note Nullable(String),
    tags Array(String),
    nums Array(Int32),
    attrs Map(LowCardinality(String), String),
    counts Map(String, UInt64),
    geo Tuple(lat Float64, lon Float64, city String),
    items Nested(sku String, qty UInt16),
    body JSON,
    uid UUID,
    created DateTime64(3, 'UTC') DEFAULT toDateTime64(ts, 3),
    url String,
    payload String,
    raw String,                         -- JSON in a String
    `odd name` String,
    `dot.ted` UInt32,
    `from` UInt8,
    `select` String,
    `limit` Int32,
    source String,
    day Date MATERIALIZED toDate(ts),
    folded String MATERIALIZED lower(project),
    doubled Int64 ALIAS value * 2,
    label String ALIAS concat(project, '/', toString(doubled)),
    seed UInt8 EPHEMERAL,
    CONSTRAINT positive CHECK id < 1000000
)
ENGINE = MergeTree
PARTITION BY batch
ORDER BY (project, ts, id);

CREATE TABLE users (user_id UInt32, name String, country LowCardinality(String), manager UInt32)
ENGINE = MergeTree ORDER BY user_id;

CREATE TABLE rates (project String, since DateTime('UTC'), rate Float64)
ENGINE = MergeTree ORDER BY (project, since);

CREATE TABLE blocked (user_id UInt32) ENGINE = MergeTree ORDER BY user_id;

CREATE TABLE `my.events v2` (id UInt64, ts DateTime('UTC'), batch UInt8, `my.events v2` String, `key` String, value Int64)
ENGINE = MergeTree PARTITION BY batch ORDER BY id;

CREATE TABLE facts (id UInt64, ts DateTime('UTC'), batch UInt8, value Int64, version UInt32)
ENGINE = ReplacingMergeTree(version) PARTITION BY batch ORDER BY (id, intHash32(id)) SAMPLE BY intHash32(id);
