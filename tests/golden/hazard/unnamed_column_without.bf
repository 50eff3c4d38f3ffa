use './_pypi.bf';
external table t (project String, n UInt64, `max(size)` UInt64);
view named to t as SELECT project, count() AS n, max(size) FROM pypi GROUP BY project;
view listed to t (project String, n UInt64) as SELECT project, count() AS n FROM pypi GROUP BY project;
