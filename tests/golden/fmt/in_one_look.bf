migration pypi_archive 'Load the archive before the live stream, and add downloads per hour';

use std.tuning;                                   -- profiles low_memory, balanced, fast
database pypi;

param bucket String default 'https://datasets.example.com/pypi/2024-12-17';
secret s3_key    from env S3_KEY;
secret s3_secret from env S3_SECRET;

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

table pypi_downloads (project String, count Int64) engine = SummingMergeTree order by project;

view pypi_downloads_mv to pypi_downloads as
SELECT project, count() AS count FROM pypi GROUP BY project;

source archive as
SELECT timestamp, country_code, project, file.type AS type, installer.name AS installer,
       arrayStringConcat(arraySlice(splitByChar('.', python), 1, 2), '.') AS python_minor,
       system.name AS system, file.version AS version
FROM s3(concat({bucket:String}, '/1734393600-000000000{000..100}.parquet'), {s3_key:String}, {s3_secret:String}, 'Parquet');

backfill table pypi from archive
  using duplicate
  split on timestamp at earliest              -- history is what is older than the oldest live row
  nulls are skipped                           -- the Parquet column is Nullable
  chunk by files 10                           -- ten files a chunk: eleven resume points
  workers 2
  settings fast;

table pypi_downloads_per_hour (hour DateTime, project String, count Int64)
engine = SummingMergeTree order by (project, hour);

view pypi_downloads_per_hour_mv to pypi_downloads_per_hour as
SELECT toStartOfHour(timestamp) AS hour, project, count() AS count
FROM pypi GROUP BY hour, project;

backfill view pypi_downloads_per_hour_mv
  using null_engine
  split on timestamp at now + 2 minutes settle 30 seconds
  chunk by timestamp every 1 day
  settings low_memory, max_memory_usage = '2Gi';

check 'every download is counted once' as
SELECT (SELECT sum(count) FROM pypi_downloads) = (SELECT count() FROM pypi);
