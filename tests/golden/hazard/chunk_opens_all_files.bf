table t (at DateTime, id UInt64) engine = MergeTree order by at;
table u (at DateTime, id UInt64) engine = MergeTree order by at;
table v (at DateTime, id UInt64) engine = MergeTree order by at;
source numbered as SELECT at, id FROM file('{0..99}.parquet', 'Parquet');
source listed as SELECT at, id FROM s3('https://example.com/bucket/*.csv', 'CSVWithNames');
backfill table t from numbered chunk by at every 1 day;
backfill table u from listed chunk by id every 1000;
backfill table v from numbered
  -- bfc: allow chunk-opens-all-files
  chunk by at every 1 day;
