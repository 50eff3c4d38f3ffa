backfill table t from s split on a at earlist;
backfill table t from s split a at 5;
