table hits (at DateTime, page String) engine = MergeTree order by at;
table per_hour (at DateTime, n UInt64) engine = SummingMergeTree order by at;
view per_hour_mv to per_hour as SELECT hits.at AS at, count() AS n FROM hits GROUP BY at;
backfill view per_hour_mv using null_engine split on at at now + 2 minutes settle 1 minute;
-- The conditions of `backfill table` mean what the source gives.
table copy (at DateTime, page String) engine = MergeTree order by at;
source rounded as SELECT toStartOfHour(at) AS at, page FROM url('https://example.com/a.parquet');
backfill table copy from rounded split on at at '2024-12-17 00:00:00';
