-- What stands before the backfill: the live table, its views, and the part of the day from 09:00.
-- pypi.bf declares the same tables, and `bfc apply` compares them with what is there.
-- demo.sh sends these statements one by one, with the parameter `folder`.
CREATE DATABASE pypi;

CREATE TABLE pypi.pypi
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

CREATE TABLE pypi.pypi_downloads (project String, count UInt64)
ENGINE = SummingMergeTree ORDER BY project;

CREATE MATERIALIZED VIEW pypi.pypi_downloads_mv TO pypi.pypi_downloads AS
SELECT project, count() AS count FROM pypi.pypi GROUP BY project;

CREATE TABLE pypi.pypi_downloads_per_hour (hour DateTime, project String, count UInt64)
ENGINE = SummingMergeTree ORDER BY (project, hour);

CREATE MATERIALIZED VIEW pypi.pypi_downloads_per_hour_mv TO pypi.pypi_downloads_per_hour AS
SELECT toStartOfHour(timestamp) AS hour, project, count() AS count
FROM pypi.pypi GROUP BY hour, project;

CREATE TABLE pypi.pypi_versions
(
    project   String,
    version   String,
    downloads AggregateFunction(count),
    countries AggregateFunction(uniqExact, String),
    last_seen SimpleAggregateFunction(max, DateTime)
)
ENGINE = AggregatingMergeTree ORDER BY (project, version);

CREATE MATERIALIZED VIEW pypi.pypi_versions_mv TO pypi.pypi_versions AS
SELECT project, version, countState() AS downloads,
       uniqExactState(country_code) AS countries, max(timestamp) AS last_seen
FROM pypi.pypi GROUP BY project, version;

INSERT INTO pypi.pypi
SELECT timestamp, country_code, project, file.type AS type, installer.name AS installer,
       arrayStringConcat(arraySlice(splitByChar('.', python), 1, 2), '.') AS python_minor,
       system.name AS system, file.version AS version
FROM file(concat({folder:String}, '/1734393600-000000000{000..099}.parquet'), 'Parquet')
WHERE timestamp >= '2024-12-17 09:00:00';
