backfill table t from s chunk by a every 1 dya;
