table hits (at DateTime, n UInt64) engine = MergeTree order by at
ttl at + interval 1 month to volume 'cold', at + interval 1 year delete;
table sums (at DateTime, n UInt64) engine = SummingMergeTree order by at ttl at + toIntervalDay(30);
view sums_mv to sums as SELECT at, count() AS n FROM hits GROUP BY at;
source s as SELECT at, n FROM url('https://example.com/a.parquet');
backfill table hits from s;
