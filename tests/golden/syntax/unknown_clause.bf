backfill table t from s worker 2;
backfill table t from s chunk by files 10 frob;
