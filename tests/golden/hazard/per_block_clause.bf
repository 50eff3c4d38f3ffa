use './_pypi.bf';
external table t (project String, n UInt64);
view sorted to t as SELECT project, size AS n FROM pypi ORDER BY size;
view few to t as SELECT project, size AS n FROM pypi LIMIT 10;
view few_each to t as SELECT project, size AS n FROM pypi LIMIT 1 BY project;
view distinct_ones to t as SELECT DISTINCT project, 1 AS n FROM pypi;
view windows to t as SELECT project, sum(size) OVER (PARTITION BY project ORDER BY timestamp) AS n FROM pypi;
view inner to t as SELECT project, n FROM (SELECT DISTINCT project, size AS n FROM pypi);
view in_with to t as WITH top AS (SELECT project, size AS n FROM pypi ORDER BY n LIMIT 5) SELECT project, n FROM top;
view large_groups to t as SELECT project, count() AS n FROM pypi GROUP BY project HAVING n > 10 AND project != '';
view numbered to t as SELECT project, rowNumberInAllBlocks() AS n FROM pypi;
-- bfc: allow per-block-clause
view allowed to t as SELECT project, size AS n FROM pypi LIMIT 10;
