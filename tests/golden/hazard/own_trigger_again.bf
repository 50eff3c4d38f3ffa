use './_pypi.bf';
database default;
external table t (project String, share Float64);
view shares to t as SELECT project, count() / (SELECT count() FROM default.pypi) AS share FROM pypi GROUP BY project;
view pairs to t as
SELECT a.project AS project, 1 AS share
FROM pypi AS a
JOIN pypi AS b ON a.project = b.project;
view inside to t as WITH big AS (SELECT project FROM pypi WHERE size > 5) SELECT project, 1 AS share FROM pypi WHERE project IN (SELECT project FROM big);
view allowed to t as SELECT project, 1 AS share FROM pypi WHERE project IN (
-- bfc: allow own-trigger-again
SELECT project FROM pypi);
source s as SELECT timestamp, project, size FROM url('https://example.com/a.parquet');
backfill table pypi from s;
