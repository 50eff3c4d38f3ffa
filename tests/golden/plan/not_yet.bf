-- What `bfc check` takes and `bfc compile` does not make a plan of yet, all of it at once.
migration not_yet after first;
use '../check/_views.bf';
table copy (at DateTime, page String) engine = MergeTree order by at;
table all_files (page String) engine = MergeTree order by page;
table straight (page String) engine = MergeTree order by page;
source old as SELECT at, page FROM hits;
source listed as SELECT page FROM file('data/*.parquet');
source one as SELECT page FROM file('one.parquet');
backfill table copy from old split on at at '2024-12-17' publish at end;
backfill table all_files from listed chunk by files 10;
-- bfc: allow unsafe-direct
backfill table straight from one using direct unsafe;
backfill view per_day_mv using null_engine split on at at now + 2 minutes publish at end;
