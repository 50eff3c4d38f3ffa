use std.tuning;
external table t (a UInt8);
param most UInt8;
profile slow settings max_threads = 1;
profile slower settings slow;
source archive as SELECT 1 AS a WHERE 1 < {most:UInt8};
backfill table t from archive settings slower;
