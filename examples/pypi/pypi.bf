-- The PyPI case of ClickHouse's guide "Backfilling data": downloads of Python packages arrive
-- in a live table with three views behind it, and the hours before the stream began lie in a
-- hundred Parquet files. This file says what has to stand in the end; `bfc` works out how.
migration pypi_archive 'Load the hours before the live stream began, and all that the views make of them';

use std.tuning;         -- profiles low_memory, balanced, fast
database pypi;

param folder String default 'build/demo/parquet';

-- What arrives: one row a download.
CREATE TABLE pypi
(
    `timestamp`    DateTime,
    `country_code` LowCardinality(String),
    `project`      String,
    `type`         LowCardinality(String),
    `installer`    LowCardinality(String),
    `python_minor` LowCardinality(String),
    `system`       LowCardinality(String),
    `version`      String
)
ENGINE = MergeTree
ORDER BY (project, timestamp);

-- Downloads of each project.
table pypi_downloads (project String, count UInt64) engine = SummingMergeTree order by project;

view pypi_downloads_mv to pypi_downloads as
SELECT project, count() AS count FROM pypi GROUP BY project;

-- The same by hour.
table pypi_downloads_per_hour (hour DateTime, project String, count UInt64)
engine = SummingMergeTree order by (project, hour);

view pypi_downloads_per_hour_mv to pypi_downloads_per_hour as
SELECT toStartOfHour(timestamp) AS hour, project, count() AS count
FROM pypi GROUP BY hour, project;

-- How each version spreads: aggregation states, which later inserts and merges combine.
table pypi_versions
(
    project   String,
    version   String,
    downloads AggregateFunction(count),
    countries AggregateFunction(uniqExact, String),
    last_seen SimpleAggregateFunction(max, DateTime)
)
engine = AggregatingMergeTree order by (project, version);

view pypi_versions_mv to pypi_versions as
SELECT project, version, countState() AS downloads,
       uniqExactState(country_code) AS countries, max(timestamp) AS last_seen
FROM pypi GROUP BY project, version;

-- Where history is. On S3 only the last line differs:
-- FROM s3('https://bucket.example.com/pypi/1734393600-000000000{000..099}.parquet', 'Parquet')
source archive as
SELECT timestamp, country_code, project, file.type AS type, installer.name AS installer,
       arrayStringConcat(arraySlice(splitByChar('.', python), 1, 2), '.') AS python_minor,
       system.name AS system, file.version AS version
FROM file(concat({folder:String}, '/1734393600-000000000{000..099}.parquet'), 'Parquet');

backfill table pypi from archive
  split on timestamp at earliest    -- history is what is older than the oldest live row
  nulls are skipped                 -- a row without a time is neither history nor live
  chunk by files 10                 -- ten files a chunk: ten resume points
  workers 2
  settings balanced;

-- New rows come in while this runs, so it looks at hours that no new row belongs to.
check 'every download before 09:00 is counted once' as
SELECT (SELECT sum(count) FROM pypi_downloads_per_hour WHERE hour < '2024-12-17 09:00:00')
     = (SELECT count() FROM pypi WHERE timestamp < '2024-12-17 09:00:00');
