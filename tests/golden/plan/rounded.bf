-- Times that views round down and group by: in a chunk that has one of them it is a constant.
migration hourly 'Hits by the hour, of the last years too';
database web;
external table hits (time DateTime('Europe/Berlin'), page String, ms UInt32);
external table calls (at DateTime64(3), day Date, page String);

table per_hour (hour DateTime('Europe/Berlin'), page String, hits UInt64)
engine = SummingMergeTree order by (page, hour);
view per_hour_mv to per_hour as
SELECT toStartOfHour(time) AS hour, page, count() AS hits
FROM hits WHERE toStartOfHour(time) != '2024-12-17 00:00:00' -- the test
GROUP BY hour, page;

table per_quarter (quarter DateTime, day Date, hits UInt64)
engine = SummingMergeTree order by (day, quarter);
view per_quarter_mv to per_quarter as
SELECT toStartOfInterval(h.time, INTERVAL 15 MINUTE) AS quarter, toDate(h.time, 'UTC') AS day, count() AS hits
FROM hits AS h GROUP BY toStartOfInterval(h.time, INTERVAL 15 minute), day;

-- As it is: in these the column's name is an output's, too.
table slow (time DateTime, hits UInt64) engine = SummingMergeTree order by time;
view slow_mv to slow as
SELECT toStartOfHour(hits.time) AS time, count() AS hits FROM hits WHERE ms > 1000 GROUP BY time;

table calls_per_day (day Date, page String, calls UInt64) engine = SummingMergeTree order by (page, day);
view calls_per_day_mv to calls_per_day as
SELECT toDate(at) AS day, page, count() AS calls FROM calls GROUP BY day, page;

backfill view per_hour_mv, per_quarter_mv, slow_mv
  using duplicate
  split on time at '2025-01-01 00:00:00'
  chunk by time every 15 minutes;

backfill view calls_per_day_mv
  using pause_and_attach with duplicate
  pause ingest by command 'stop' resume by command 'start'
  where (page != '')
  chunk by at every 6 hours;
