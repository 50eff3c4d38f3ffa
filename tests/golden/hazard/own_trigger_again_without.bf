use './_pypi.bf';
external table t (project String, share Float64);
view through_with to t as WITH pypi AS (SELECT project FROM default.pypi) SELECT project, 1 AS share FROM pypi;
-- bfc: allow lookup-in-view
view other to t as SELECT project, 1 AS share FROM pypi WHERE project IN (SELECT project FROM other.pypi);
-- Nothing loads history through this one.
external table live (project String);
view no_copy to t as SELECT project, 1 AS share FROM live WHERE project IN (SELECT project FROM live);
source s as SELECT timestamp, project, size FROM url('https://example.com/a.parquet');
backfill table pypi from s;
