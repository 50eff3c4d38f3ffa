use './_pypi.bf';
table per_project (project String, size UInt32, n UInt64, i Int64, d Decimal(18, 2), f Float32, top UInt8)
engine = SummingMergeTree((n, i, d, f)) order by (project, size);
view per_project_mv to per_project as
SELECT project, max(size) AS size, count() AS n, count() AS i, sum(size) AS d, sum(size) AS f, max(size) AS top
FROM pypi GROUP BY project;
table aggregated (project String, top SimpleAggregateFunction(max, UInt8)) engine = AggregatingMergeTree order by project;
view aggregated_mv to aggregated as SELECT project, max(size) AS top FROM pypi GROUP BY project;
