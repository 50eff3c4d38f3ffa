-- New views on a live table by their own queries, the cascade behind one of them, chunks by the hour.
migration hits_per_page_2 'Hits per page and slow hits, of the last years too';
database web;
external table hits (time DateTime, page String, ms UInt32);
table per_page (page String, hits UInt64) engine = SummingMergeTree order by page;
view per_page_mv to per_page as
SELECT page, count() AS hits FROM hits GROUP BY page;
table per_length (length UInt64, hits UInt64) engine = SummingMergeTree order by length;
view per_length_mv to per_length as
SELECT length(page) AS length, sum(hits) AS hits FROM per_page GROUP BY length;
table slow (time DateTime, page String) engine = MergeTree order by time;
view slow_mv to slow as
SELECT toStartOfHour(time) AS time, page FROM hits WHERE ms > 1000;
backfill view per_page_mv, slow_mv
  using duplicate
  split on time at now + 2 minutes settle 30 seconds
  keep filter
  chunk by partition
  settings max_threads = 1;
