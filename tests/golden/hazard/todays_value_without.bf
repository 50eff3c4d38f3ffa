use './_pypi.bf';
external table t (project String, at DateTime);
view named_so to t as SELECT project, timestamp AS at FROM pypi AS now WHERE now.project != 'now()' /* now() */;
source s as SELECT project, toDateTime('2024-12-17 00:00:00') AS timestamp, size AS size FROM url('https://example.com/rand().parquet');
backfill table pypi from s;
