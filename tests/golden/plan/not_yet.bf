-- What `bfc check` takes and `bfc compile` does not make a plan of yet, all of it at once.
migration not_yet after first;
use '../check/_views.bf';
table all_files (page String) engine = MergeTree order by page;
source listed as SELECT page FROM file('data/*.parquet');
backfill table all_files from listed chunk by files 10;
backfill view per_page_mv using pause_and_attach pause ingest by hand 'stop the loader';
