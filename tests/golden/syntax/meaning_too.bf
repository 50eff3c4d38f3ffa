-- One statement is broken; the others are checked, but for what only it would say.
database web;
table hits (at DateTime, page String engine = MergeTree order by at;
table per_page (page String, n UInt64) engine = SummingMergeTree order by page;
view per_page_mv to per_page as SELECT page, count() AS m FROM seen GROUP BY page;
external table seen (at DateTime, page String);
view per_hit_mv to per_page as SELECT page, count() AS n FROM hits GROUP BY page;
profile quick settings async_insert = 1;
backfill table hits from archive settings quick, slow;
param day Date default 5;
check 'whole' as SELECT count() = 0 FROM hits WHERE day < {days:Date} GROUP BY;
