-- A pause by hand; and a table whose source is a table of ours, by its partitions.
use './_views.bf';
backfill view per_page_mv using pause_and_attach with duplicate pause ingest by hand 'stop the loader';
table copy (at DateTime, moment DateTime64(3), day Date, number UInt64, page String, seen Nullable(DateTime))
engine = MergeTree partition by day order by page;
source old as SELECT * FROM hits WHERE page != '';
backfill table copy from old split on moment at '2024-12-17 09:00:00.5' overlap is fine settle 1 hour chunk by partition workers 2;
