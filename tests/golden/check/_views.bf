-- A live table with three views on it, and one view behind those.
CREATE TABLE hits
(
    at DateTime,
    moment DateTime64(3),
    day Date,
    number UInt64,
    page String,
    seen Nullable(DateTime)
)
ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (page, at);

table per_page (page String, hits UInt64) engine = SummingMergeTree order by page;
view per_page_mv to per_page as SELECT page, count() AS hits FROM hits GROUP BY page;

table per_day (day Date, hits UInt64) engine = SummingMergeTree order by day;
view per_day_mv to per_day as SELECT day, count() AS hits FROM hits GROUP BY day;

table per_hour (hour DateTime, hits UInt64) engine = SummingMergeTree order by hour;
view per_hour_mv to per_hour as SELECT toStartOfHour(at) AS hour, count() AS hits FROM hits GROUP BY hour;

table per_year (year UInt16, hits UInt64) engine = SummingMergeTree order by year;
view per_year_mv to per_year as SELECT toYear(hour) AS year, sum(hits) AS hits FROM per_hour GROUP BY year;

source files as
SELECT at, moment, day, number, page, seen FROM url('https://example.com/part-{000..009}.parquet', 'Parquet');
