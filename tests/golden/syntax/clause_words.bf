backfill table t from s verify row;
backfill table t from s publish every chunk;
backfill table t from s nulls are ignored;
backfill table t from s using duplicates;
backfill table t source s;
