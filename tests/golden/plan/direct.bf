-- using direct unsafe, for a table and for a view: one INSERT a chunk, straight into what is live.
migration direct;
use '../check/_views.bf';
table straight (page String, at DateTime) engine = MergeTree order by page;
source one as SELECT page, at FROM file('one.parquet');
-- bfc: allow unsafe-direct
backfill table straight from one using direct unsafe split on at at '2024-12-17' nulls are skipped
  chunk by at every 1 month from '2024-01-01' settings max_threads = 2;
ignore view elsewhere.watch_mv;
backfill view per_page_mv using direct unsafe split on at at now + 2 minutes settle 30 seconds chunk by partition;
