-- One backfill a table, and tables alone.
use './_live.bf';
external table per_day (day Date, n UInt64);
view per_day_mv to per_day as SELECT day, count() AS n FROM live GROUP BY day;
backfill table live from files;
backfill table live from files;
backfill table per_day_mv from files;
