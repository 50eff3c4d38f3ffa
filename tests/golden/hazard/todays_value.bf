use './_pypi.bf';
external table t (project String, at DateTime, id UUID);
view stamped to t as SELECT project, now() AS at FROM pypi;
view numbered to t as SELECT project, generateUUIDv4() AS id FROM pypi WHERE rand() % 2 = 0;
source s as
SELECT project, toDateTime(today()) AS timestamp,
       -- bfc: allow todays-value
       rand64() AS size
FROM url('https://example.com/a.parquet');
source short from url(concat('https://example.com/', toString(yesterday()), '.parquet'));
backfill table pypi from s;
backfill table t from short;
