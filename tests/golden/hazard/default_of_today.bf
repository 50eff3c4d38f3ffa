table hits
(
    at DateTime,
    page String,
    seen_at DateTime DEFAULT now() CODEC(Delta, ZSTD),
    id UUID MATERIALIZED generateUUIDv4(),
    -- bfc: allow default-of-today
    salt UInt32 DEFAULT rand()
)
engine = MergeTree order by (page, at);
table per_page (page String, n UInt64, changed DateTime64(3) DEFAULT now64(3))
engine = ReplacingMergeTree(changed) order by page;
-- bfc: allow partial-groups
view per_page_mv to per_page as SELECT page, count() AS n FROM hits GROUP BY page;
source s as SELECT at, page FROM url('https://example.com/a.parquet');
backfill table hits from s;
