use './_pypi.bf';
table summed (project String, a Float64, m UInt64, s AggregateFunction(avg, UInt64), last String)
engine = SummingMergeTree order by project;
table aggregated (project String, n UInt64, s AggregateFunction(avg, UInt64), x SimpleAggregateFunction(max, UInt64))
engine = AggregatingMergeTree order by project;
view into_sums to summed as
SELECT project, avg(size) AS a, maxIf(size, size > 1) AS m, avg(size) AS s, anyLast(project) AS last FROM pypi GROUP BY project;
view into_states to aggregated as
SELECT project, count() AS n, avgState(size) AS s, sum(size) AS x FROM pypi GROUP BY project;
view into_number to aggregated as
SELECT project, uniqState(size) AS n,
-- bfc: allow aggregate-type
quantile(0.9)(size) AS x FROM pypi GROUP BY project;
