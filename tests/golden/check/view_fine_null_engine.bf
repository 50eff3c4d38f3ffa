-- Several views in one pass, every clause that goes with it.
migration per_page after first, second;
use './_views.bf';
backfill view per_page_mv, per_day_mv
  workers auto
  chunk by day every 1 month from '2024-01-01' to '2025-01-01'
  using null_engine
  verify content
  keep filter
  publish at end
  split on at at now + 2 minutes settle 30 seconds
  where (page != '')
  settings max_threads = 1, max_insert_block_size = 64Ki;
backfill view per_hour_mv using null_engine split on number at 1000 chunk by partition;
