table hits (at DateTime, page String) engine = MergeTree order by at;
table per_hour (at DateTime, n UInt64) engine = SummingMergeTree order by at;
view per_hour_mv to per_hour as SELECT toStartOfHour(hits.at) AS at, count() AS n FROM hits GROUP BY at;
backfill view per_hour_mv using null_engine split on at at now + 2 minutes;
