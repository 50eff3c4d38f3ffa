use './_pypi.bf';
external table t (a UInt8);
param day Date;
secret key from env KEY;
-- bfc: allow unused
param kept String;
profile slow settings max_threads = 1;
source archive as SELECT 1 AS a;
source other as SELECT 1 AS a;
backfill table t from other;
