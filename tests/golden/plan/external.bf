-- A live table whose columns only the server knows: types are asked, pinned and checked when the plan runs
migration external;
database web;

external table hits;
external table sites;
external table per_site;

table per_day (day Date, n UInt64) engine = SummingMergeTree order by day;
view per_day_mv to per_day as
SELECT toDate(time) AS day, count() AS n FROM hits LEFT JOIN sites ON hits.site = sites.site GROUP BY day;

view per_site_mv to per_site as SELECT site, count() AS n FROM hits GROUP BY site;

external table old_hits;
source archive as SELECT time, site, visitor AS `the visitor` FROM old_hits;

backfill table hits from archive
  split on time at '2024-04-01 00:00:00'
  nulls are skipped
  chunk by `the visitor` every 1000 to 90000
  verify content;
