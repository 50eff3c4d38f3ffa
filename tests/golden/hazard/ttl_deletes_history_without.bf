table hits (at DateTime, n UInt64) engine = MergeTree order by at ttl at + interval 1 month to volume 'cold';
table sums (at DateTime, n UInt64) engine = SummingMergeTree order by at
-- bfc: allow ttl-deletes-history
ttl at + toIntervalYear(30);
table upstream (at DateTime) engine = MergeTree order by at ttl at + interval 1 day;
view sums_mv to sums as SELECT at, count() AS n FROM hits GROUP BY at;
source s as SELECT at, n FROM url('https://example.com/a.parquet');
backfill table hits from s;
