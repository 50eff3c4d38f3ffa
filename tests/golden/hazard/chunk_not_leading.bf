table hits (id UInt64, at DateTime, page String) engine = MergeTree order by (page, at);
table per_page (page String, n UInt64) engine = SummingMergeTree order by page;
view per_page_mv to per_page as SELECT page, count() AS n FROM hits GROUP BY page;
backfill view per_page_mv using null_engine split on at at now + 2 minutes settle 1 minute chunk by at every 1 day;
