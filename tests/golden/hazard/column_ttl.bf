table hits (at DateTime, ip String CODEC(ZSTD) TTL at + INTERVAL 30 DAY, `user agent` String ttl at + toIntervalDay(1), n UInt8)
engine = MergeTree order by at;
table kept (at DateTime,
            -- bfc: allow column-ttl
            ip String ttl at + interval 1 year) engine = MergeTree order by at;
view kept_mv to kept as SELECT at, ip FROM hits;
source s as SELECT at, ip FROM url('https://example.com/a.parquet');
backfill table hits from s;
