table t (at DateTime, id UInt64) engine = MergeTree order by at;
table u (at DateTime, id UInt64) engine = MergeTree order by at;
table v (at DateTime, id UInt64) engine = MergeTree order by at;
source numbered as SELECT at, id FROM file('{0..99}.parquet', 'Parquet');
source one as SELECT at, id FROM file('one.parquet', 'Parquet');
source old as SELECT at, id FROM v;
backfill table t from numbered chunk by files 10;
backfill table u from old chunk by at every 1 day;
backfill table v from one chunk by at every 1 day;
