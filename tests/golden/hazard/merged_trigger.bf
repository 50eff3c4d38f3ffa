table hits (at DateTime, page String) engine = ReplacingMergeTree(at) order by page;
table per_hour (at DateTime, n UInt64) engine = SummingMergeTree order by at;
view per_hour_mv to per_hour as SELECT at, count() AS n FROM hits GROUP BY at;
backfill view per_hour_mv using null_engine split on at at now + 2 minutes settle 30 seconds;
