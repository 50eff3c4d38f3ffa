use './_pypi.bf';
external table t (project String, n UInt64);
view plain to t as SELECT project, size AS n FROM pypi WHERE size > 0;
view sides to t as SELECT project, (SELECT max(x) FROM (SELECT 1 AS x ORDER BY x LIMIT 1)) AS n FROM pypi;
view columns_called_so to t as SELECT project, limit AS n FROM (SELECT project, size AS limit FROM pypi);
view having_keys to t as SELECT project, count() AS n FROM pypi GROUP BY project HAVING project != '';
