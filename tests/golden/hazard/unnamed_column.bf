use './_pypi.bf';
external table t (project String, n UInt64, `max(size)` UInt64);
view nameless to t as SELECT project, count() FROM pypi GROUP BY project;
