-- A split that fits, for each type.
use './_live.bf';
param noon DateTime default '2024-12-17 12:00:00';
external table a (at DateTime);
external table b (at DateTime64(6));
external table c (at Nullable(Date32));
external table d (at Int8);
external table e (at LowCardinality(DateTime('Europe/Berlin')));
external table f (at UInt256);
source s as SELECT at FROM url('https://example.com/{0..9}.parquet');
backfill table a from s split on at at {noon:DateTime};
backfill table b from s split on at at '2024-12-17T09:00:00.123456';
backfill table c from s split on at at '1925-01-01';
backfill table d from s split on at at 127;
backfill table e from s split on at at earliest;
backfill table f from s split on at at 340282366920938463463374607431768211456;
backfill table live from files split on day at earliest;
