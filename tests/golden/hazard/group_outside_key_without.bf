use './_pypi.bf';
table per_day (day Date, month UInt8, kind String, project String, owner SimpleAggregateFunction(any, String), n UInt64)
engine = SummingMergeTree partition by kind order by (day desc, cityHash64(project));
table rows (day Date, project String, n UInt64) engine = MergeTree order by day;
table kept (project String, n UInt64) engine = SummingMergeTree primary key project;
-- What follows from the key, sets partitions apart, is hashed into the key or is combined is kept apart.
view days to per_day as
SELECT toDate(timestamp) AS day, toMonth(day) AS month, project AS kind, project, upper(project) AS owner, count() AS n
FROM pypi GROUP BY day, month, kind, project, owner;
view not_merged to rows as SELECT toDate(timestamp) AS day, project, size AS n FROM pypi;
-- A group's column that the target does not have is summed over.
view kept_mv to kept as SELECT project, count() AS n FROM pypi GROUP BY project, size;
