table hits
(
    at DateTime DEFAULT now(),
    page String DEFAULT 'now()',
    day Date MATERIALIZED toDate(at),
    seen DateTime ALIAS now()
)
engine = MergeTree order by (page, at);
table per_page (page String, n UInt64, changed DateTime DEFAULT now()) engine = ReplacingMergeTree(changed) order by page;
-- bfc: allow partial-groups
view per_page_mv to per_page as SELECT page, count() AS n, max(at) AS changed FROM hits GROUP BY page;
table elsewhere (at DateTime DEFAULT now()) engine = MergeTree order by at;
source s as SELECT at, page FROM url('https://example.com/a.parquet');
backfill table hits from s;
