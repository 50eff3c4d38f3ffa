backfill table t from s split on a at now + 2 minutes;
backfill table t from s split on a at 5 settle 1 hour;
backfill table t from s publish at end;
backfill table t from s keep filter;
backfill table t from s chunk by partition;
