use './_pypi.bf';
table per_day (day Date, country String, size UInt64, n UInt64) engine = SummingMergeTree order by day;
table per_month (month Date, project String, s AggregateFunction(avg, UInt64))
engine = ReplicatedAggregatingMergeTree('/t', 'r') partition by toYear(month) order by tuple();
view days to per_day as
SELECT toDate(timestamp) AS day, upper(project) AS country, p.size AS size, count() AS n
FROM pypi AS p GROUP BY day, upper( project ), 3;
view months to per_month as
SELECT toStartOfMonth(timestamp) AS month, project, avgState(size) AS s FROM pypi GROUP BY month, `project`;
view allowed to per_day as SELECT toDate(timestamp) AS day, count() AS n,
-- bfc: allow group-outside-key
project AS country FROM pypi GROUP BY day, country;
