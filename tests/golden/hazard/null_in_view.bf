table hits (at DateTime, page Nullable(String), size Nullable(UInt64), country LowCardinality(Nullable(String)))
engine = MergeTree order by at;
table per_page (page String, size UInt64, country String) engine = SummingMergeTree order by (page, country);
view per_page_mv to per_page as SELECT page, sum(size) AS size, h.country AS country FROM hits AS h GROUP BY page, country;
view allowed to per_page as SELECT 'all' AS page,
-- bfc: allow null-in-view, aggregate-type
max(size) AS size FROM hits;
