-- What begins with `create` is ClickHouse's, and stays as SHOW CREATE prints it.
  CREATE TABLE shop.clicks
(
    `time` DateTime('UTC') DEFAULT now()   COMMENT 'when',
    `page` LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (page,  time)
SETTINGS index_granularity = 8192
;


CREATE MATERIALIZED VIEW shop.clicks_mv TO shop.clicks_per_page
(
    `page` String
)
DEFINER = alice SQL SECURITY DEFINER
AS SELECT
    page,   -- a comment
    count() AS clicks
FROM shop.clicks
GROUP BY page  ; Create Table if not EXISTS x ( a Int64 ) ENGINE=Null;
