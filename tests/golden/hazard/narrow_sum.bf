use './_pypi.bf';
table per_project (project String, n UInt32, bytes Int16, k UInt8) engine = SummingMergeTree order by project;
table chosen (project String, n UInt32) engine = SummingMergeTree((n)) order by project;
view per_project_mv to per_project as
SELECT project, count() AS n, sumIf(size, size > 0) AS bytes,
-- bfc: allow narrow-sum
countIf(size = 0) AS k FROM pypi GROUP BY project;
view chosen_mv to chosen as SELECT project, count() AS n FROM pypi GROUP BY project;
