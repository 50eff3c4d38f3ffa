table hits (at DateTime, page String) engine = ReplacingMergeTree(at) order by page;
table per_hour (at DateTime, n UInt64) engine = SummingMergeTree order by at;
view per_hour_mv to per_hour as SELECT at, count() AS n FROM hits GROUP BY at;
backfill view per_hour_mv using null_engine split on at at now + 2 minutes settle 30 seconds;
table sums (at DateTime, page String, n UInt64) engine = SummingMergeTree order by page;
table per_day (day Date, n UInt64) engine = SummingMergeTree order by day;
view per_day_mv to per_day as SELECT toDate(at) AS day, sum(n) AS n FROM sums GROUP BY day;
backfill view per_day_mv using null_engine split on at at now + 2 minutes settle 30 seconds;
