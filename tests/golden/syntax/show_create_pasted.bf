-- What SHOW CREATE prints, with nothing changed but the `;`.
CREATE TABLE shop.clicks
(
    `time` DateTime('UTC') DEFAULT now() COMMENT 'when; it''s (not) "closed',
    `page` LowCardinality(String) CODEC(ZSTD(3)),
    `ms` UInt32 DEFAULT 0,
    `tags` Map(String, Array(Tuple(a UInt8, b Enum8('x' = 1, 'y;' = 2)))),
    INDEX by_ms ms TYPE minmax GRANULARITY 4,
    CONSTRAINT positive CHECK ms >= 0
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (page, time)
SETTINGS index_granularity = 8192
COMMENT 'Clicks; all of them';

CREATE TABLE shop.clicks_per_page
(
    `page` LowCardinality(String),
    `clicks` UInt64
)
ENGINE = SummingMergeTree
ORDER BY page
SETTINGS index_granularity = 8192;

CREATE MATERIALIZED VIEW shop.clicks_per_page_mv TO shop.clicks_per_page
(
    `page` LowCardinality(String),
    `clicks` UInt64
)
DEFINER = alice SQL SECURITY DEFINER
AS SELECT
    page,
    count() AS clicks
FROM shop.clicks
GROUP BY page
COMMENT 'Clicks of a page';

source archive as SELECT time, page, ms FROM shop.old_clicks;
backfill table shop.clicks from archive split on time at '2025-01-01 00:00:00';
