use './_pypi.bf';
table kept (project String, n UInt64) engine = ReplacingMergeTree order by project;
table logged (project String, n UInt64) engine = Log;
table states (project String, n AggregateFunction(count)) engine = MergeTree order by project;
view groups to kept as SELECT project, count() AS n FROM pypi GROUP BY project;
view whole_block to logged as SELECT 'all' AS project, count() AS n FROM pypi;
view inner to kept as SELECT project, n FROM (SELECT project, sum(size) AS n FROM pypi GROUP BY project);
-- States can be merged when they are read.
view of_states to states as SELECT project, countState() AS n FROM pypi GROUP BY project;
view allowed to kept as SELECT project, count() AS n FROM pypi
-- bfc: allow partial-groups
GROUP BY project;
