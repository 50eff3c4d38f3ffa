-- The other strategies, each with what it needs.
use './_views.bf';
param since DateTime default '2024-12-17 00:00:00';
external table queue;
backfill view per_page_mv using duplicate split on seen at {since:DateTime} nulls are skipped;
backfill view per_day_mv
  using pause_and_attach with null_engine
  pause ingest by detach queue within 90 seconds;
backfill view per_hour_mv
  using pause_and_attach
  pause ingest by command 'systemctl stop loader' resume by command 'systemctl start loader'
  chunk by day every 1 week;
-- bfc: allow unsafe-direct
backfill view per_year_mv using direct unsafe split on hour at now + 1 hour settle 5 minutes verify nothing;
