table hits (at DateTime, ttl UInt32 DEFAULT 5 COMMENT 'the ttl', n UInt32 DEFAULT ttl + 1, INDEX i ttl TYPE minmax)
engine = MergeTree order by at;
table upstream (at DateTime, ip String TTL at + INTERVAL 1 DAY) engine = MergeTree order by at;
source s as SELECT at, ttl, n FROM url('https://example.com/a.parquet');
backfill table hits from s;
