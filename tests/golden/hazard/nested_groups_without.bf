use './_pypi.bf';
table counted (day Date, n UInt64) engine = SummingMergeTree order by day;
table users (day Date, u AggregateFunction(uniq, String)) engine = AggregatingMergeTree order by day;
-- Sums of sums and sets of sets are what they would be in one piece.
view sums to counted as
SELECT day, sum(s) AS n FROM (SELECT toDate(timestamp) AS day, project, count() AS s FROM pypi GROUP BY day, project) GROUP BY day;
view users_mv to users as
SELECT day, uniqState(project) AS u FROM (SELECT toDate(timestamp) AS day, project FROM pypi GROUP BY day, project) GROUP BY day;
view plain to counted as
SELECT day, count() AS n FROM (SELECT toDate(timestamp) AS day FROM pypi WHERE size > 0) GROUP BY day;
