migration by_day 'Partitions by day and a tuple; a chunk a day; a cascade of three views';
database web;

table hits
(
    time    DateTime('Europe/Berlin'),
    site    String,
    visitor UInt64
)
engine = MergeTree
partition by (toYYYYMMDD(time), site)
order by (site, time);

table per_hour (hour DateTime('Europe/Berlin'), site String, hits UInt64)
engine = SummingMergeTree order by (site, hour);
table per_day (day Date, site String, hits UInt64)
engine = SummingMergeTree order by (site, day);
table per_month (month Date, site String, hits UInt64)
engine = SummingMergeTree order by (site, month);

view per_hour_mv to per_hour as
SELECT toStartOfHour(time) AS hour, site, count() AS hits FROM hits GROUP BY hour, site;
view per_day_mv to per_day as
SELECT toDate(hour) AS day, site, sum(hits) AS hits FROM per_hour GROUP BY day, site;
view per_month_mv to per_month as
SELECT toStartOfMonth(day) AS month, site, sum(hits) AS hits FROM per_day GROUP BY month, site;

source old_hits as SELECT time, site, visitor FROM web_old.hits;

backfill table hits from old_hits
  split on time at '2024-04-01 00:00:00' overlap is fine
  nulls are history
  where (visitor != 0 OR site = 'x')
  chunk by time every 1 day
  workers 2
  verify content;
