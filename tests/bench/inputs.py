"""Inputs that the benchmark makes up."""


def one_row_tables(chunks):
    """The server's side of one_row_chunks(): a source with one row a chunk."""
    return [
        f"CREATE TABLE bench.history ENGINE = MergeTree ORDER BY id AS "
        f"SELECT toUInt64(number) AS id, number % 7 AS kind FROM numbers({chunks})",
        "CREATE TABLE bench.events (id UInt64, kind UInt64) ENGINE = MergeTree ORDER BY id",
        "CREATE TABLE bench.per_kind (kind UInt64, c UInt64) ENGINE = SummingMergeTree ORDER BY kind",
        "CREATE MATERIALIZED VIEW bench.per_kind_mv TO bench.per_kind AS "
        "SELECT kind, count() AS c FROM bench.events GROUP BY kind",
    ]


def one_row_chunks():
    return """migration one_row_chunks 'Many chunks of one row each';
database bench;
table events (id UInt64, kind UInt64) engine = MergeTree order by id;
table per_kind (kind UInt64, c UInt64) engine = SummingMergeTree order by kind;
view per_kind_mv to per_kind as SELECT kind, count() AS c FROM events GROUP BY kind;
source history_rows as SELECT id, kind FROM history;
backfill table events from history_rows
  split on id at 1000000
  chunk by id every 1;
"""


def large(tables):
    """`tables` tables and views, a tenth of that backfills; two views a pair of tables."""
    parts = ["migration large 'Generated: how compiling grows';\ndatabase large;\n"]
    for pair in range(tables // 2):
        parts.append(f"""
table events_{pair}
(
    time DateTime,
    project LowCardinality(String),
    bytes UInt64
)
engine = MergeTree partition by toYYYYMM(time) order by (project, time);
table totals_{pair} (project LowCardinality(String), hour DateTime, c UInt64, bytes UInt64)
engine = SummingMergeTree order by (project, hour);
view by_hour_{pair} to totals_{pair} as
SELECT project, toStartOfHour(time) AS hour, count() AS c, sum(bytes) AS bytes
FROM events_{pair} GROUP BY project, hour;
view by_day_{pair} to totals_{pair} as
SELECT concat('day ', project) AS project, toDateTime(toStartOfDay(time)) AS hour, count() AS c, sum(bytes) AS bytes
FROM events_{pair} AS e WHERE e.bytes > 0 GROUP BY project, hour;
""")
        if pair % 5 == 0:
            parts.append(f"""
source archive_{pair} as
SELECT time, project, bytes FROM file('archive/{pair}/part-{{00..99}}.parquet', 'Parquet');
backfill table events_{pair} from archive_{pair}
  split on time at '2024-12-17 09:00:00'
  nulls are skipped
  chunk by files 10
  settings max_threads = 2;
""")
    return "".join(parts)


def dense(megabytes):
    """large() by size: hardly 200 bytes a statement, so that each weighs as much as it can."""
    yield large(int(megabytes / 0.362 * 1000))


_COLUMNS = """    `id` UInt64 CODEC(Delta(8), ZSTD(1)),
    `event_time` DateTime('UTC') COMMENT 'When it happened, by the clock of the client' CODEC(DoubleDelta, LZ4),
    `received_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    `tenant_id` UInt32 COMMENT 'Who pays',
    `project` LowCardinality(String) DEFAULT '' COMMENT 'Name as the customer gave it',
    `session_id` UUID,
    `user_id` Nullable(UInt64) CODEC(T64, ZSTD(1)),
    `country_code` LowCardinality(FixedString(2)) DEFAULT 'XX',
    `city` LowCardinality(String),
    `url` String CODEC(ZSTD(3)),
    `referrer` String DEFAULT '' CODEC(ZSTD(3)),
    `domain` String MATERIALIZED domain(url) CODEC(ZSTD(1)),
    `user_agent` String CODEC(ZSTD(6)),
    `browser` Enum8('other' = 0, 'chrome' = 1, 'firefox' = 2, 'safari' = 3, 'edge' = 4) DEFAULT 'other',
    `is_mobile` Bool DEFAULT false,
    `status_code` UInt16 COMMENT 'As the server answered',
    `bytes_in` UInt64 DEFAULT 0 CODEC(T64, LZ4),
    `bytes_out` UInt64 DEFAULT 0 CODEC(T64, LZ4),
    `latency_ms` Float32 CODEC(Gorilla, ZSTD(1)),
    `tags` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `labels` Array(LowCardinality(String)) DEFAULT [],
    `price` Decimal(18, 4) DEFAULT 0 COMMENT 'In the currency of the tenant',
    `currency` LowCardinality(String) DEFAULT 'EUR',
    `version` UInt32 DEFAULT 1"""


def _realistic_group(number):
    return f"""
table events_{number}
(
{_COLUMNS}
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(event_time)
ORDER BY (tenant_id, project, event_time, id)
SETTINGS index_granularity = 8192;

table events_{number}_hourly
(
    `tenant_id` UInt32,
    `project` LowCardinality(String),
    `hour` DateTime('UTC') COMMENT 'Its beginning',
    `country_code` LowCardinality(FixedString(2)),
    `status_class` UInt16 COMMENT '200, 300, 400 or 500',
    `is_mobile` Bool,
    `hits` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `bytes_in` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `bytes_out` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `slowest_ms` SimpleAggregateFunction(max, Float32),
    `sessions` AggregateFunction(uniq, UUID),
    `latency_ms` AggregateFunction(quantiles(0.5, 0.9, 0.99), Float32)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (tenant_id, project, hour, country_code, status_class, is_mobile)
SETTINGS index_granularity = 8192;

view events_{number}_hourly_mv to events_{number}_hourly as
SELECT
    tenant_id,
    project,
    toStartOfHour(event_time) AS hour,
    country_code,
    intDiv(status_code, 100) * 100 AS status_class,
    is_mobile,
    count() AS hits,
    sum(bytes_in) AS bytes_in,
    sum(bytes_out) AS bytes_out,
    max(e.latency_ms) AS slowest_ms,
    uniqState(session_id) AS sessions,
    quantilesState(0.5, 0.9, 0.99)(e.latency_ms) AS latency_ms
FROM events_{number} AS e
WHERE (tenant_id != 0) AND (status_code >= 100)
GROUP BY
    tenant_id, project, hour, country_code, status_class, is_mobile;
"""


def _realistic_backfill(number):
    return f"""
source events_{number}_archive as
SELECT
    id, event_time, received_at, tenant_id, project, session_id, user_id, country_code, city, url,
    referrer, user_agent, browser, is_mobile, status_code, bytes_in, bytes_out, latency_ms, tags,
    labels, price, currency, version
FROM s3('https://archive.example.com/events/{number}/part-{{000..199}}.parquet', 'Parquet');

backfill table events_{number} from events_{number}_archive
  split on event_time at '2024-12-17 09:00:00'
  nulls are skipped
  chunk by files 20
  workers 4
  settings max_threads = 4, max_memory_usage = 8Gi;
"""


def realistic(megabytes):
    """Statements as SHOW CREATE prints them, until the text is so large: tables of 24 and 12 columns
    with codecs, defaults and comments, views of 17 lines, a backfill per 50 tables."""
    text = "migration realistic 'Generated: statements as a server prints them';\ndatabase shop;\n"
    size, number = 0, 0
    while size < megabytes * 1e6:
        text += _realistic_group(number)
        if number % 25 == 0:
            text += _realistic_backfill(number)
        yield text
        size += len(text)
        text = ""
        number += 1
