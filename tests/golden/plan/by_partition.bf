-- chunk by partition, of tables whose key is in the migration: a partition can be split.
migration by_partition;
database shop;
table clicks (site LowCardinality(String), time DateTime64(3), n Nullable(Int64))
engine = MergeTree partition by toYYYYMM(time) order by (`site`, time);
table other (day Date, n Int64) engine = MergeTree partition by day primary key (toMonth(day), day) order by (toMonth(day), day, n);
table copied (day Date, n Int64) engine = MergeTree order by day;
source others as SELECT day, n FROM other WHERE n > 0;
backfill table copied from others split on day at '2025-01-01' chunk by partition;
table per_site (site String, n UInt64) engine = SummingMergeTree order by site;
view per_site_mv to per_site as SELECT site, count() AS n FROM clicks AS c GROUP BY site;
backfill view per_site_mv using null_engine split on time at '2025-01-01' chunk by partition;
