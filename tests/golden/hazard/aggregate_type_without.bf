use './_pypi.bf';
table summed (project String, day Date, size UInt64, n UInt64, bytes Decimal(38, 0), last LowCardinality(String))
engine = SummingMergeTree order by (project, size);
table chosen (project String, n UInt64, top UInt64) engine = SummingMergeTree(n) order by project;
table aggregated (project String, n SimpleAggregateFunction(sum, UInt64), s AggregateFunction(avg, UInt64), x SimpleAggregateFunction(max, UInt64))
engine = AggregatingMergeTree order by project;
view into_sums to summed as
SELECT project, any(toDate(timestamp)) AS day, max(size) AS size, count() AS n, sumIf(size, size > 1) AS bytes, any(project) AS last
FROM pypi GROUP BY project;
view into_chosen to chosen as SELECT project, count() AS n, max(size) AS top FROM pypi GROUP BY project;
view into_states to aggregated as
SELECT project, countIf(size > 1) AS n, avgState(size) AS s, max(size) AS x FROM pypi GROUP BY project;
