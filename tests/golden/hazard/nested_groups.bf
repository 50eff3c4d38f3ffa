use './_pypi.bf';
table users (day Date, n UInt64, typical AggregateFunction(quantile, UInt64)) engine = AggregatingMergeTree order by day;
table counted (day Date, n UInt64) engine = SummingMergeTree order by day;
view users_mv to counted as
SELECT day, count() AS n FROM (SELECT toDate(timestamp) AS day, project FROM pypi GROUP BY day, project) GROUP BY day;
view typical_mv to users as
WITH per_project AS (SELECT toDate(timestamp) AS day, project, sum(size) AS s FROM pypi GROUP BY day, project)
SELECT day, quantileState(s) AS typical FROM per_project GROUP BY day;
view allowed to counted as
-- bfc: allow nested-groups, aggregate-type
SELECT day, avg(s) AS n FROM (SELECT toDate(timestamp) AS day, sum(size) AS s FROM pypi GROUP BY day) GROUP BY day;
