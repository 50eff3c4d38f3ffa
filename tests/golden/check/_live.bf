-- A table of every type that ranges are made of, and a source for it.
CREATE TABLE live
(
    timestamp DateTime,
    seen DateTime64(3, 'UTC'),
    day Date,
    id UInt32,
    project String,
    shout String MATERIALIZED upper(project)
)
ENGINE = MergeTree ORDER BY (project, timestamp);

source files as
SELECT timestamp, seen, day, id, project FROM url('https://example.com/part-{000..009}.parquet', 'Parquet');
