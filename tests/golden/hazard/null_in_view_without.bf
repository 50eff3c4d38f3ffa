table hits (at DateTime, page Nullable(String), size Nullable(UInt64), country String) engine = MergeTree order by at;
table per_page (page String, country Nullable(String), most SimpleAggregateFunction(max, Nullable(UInt64)), top SimpleAggregateFunction(max, Nullable(UInt64)))
engine = AggregatingMergeTree order by (page, country);
view per_page_mv to per_page as
SELECT page, country, max(size) AS top, max(size) AS most
FROM hits WHERE page IS NOT NULL GROUP BY page, country;
external table open (page String, size UInt64);
view filled to open as SELECT ifNull(page, '') AS page, sumOrDefault(assumeNotNull(size)) AS size FROM hits GROUP BY page;
