-- Clauses that are for something else.
use './_views.bf';
backfill view per_page_mv using null_engine split on at at earliest settle 1 minute;
backfill view per_day_mv using pause_and_attach split on at at '2024-12-17' pause ingest by hand 'stop' keep filter;
backfill view per_hour_mv using duplicate split on at at '2024-12-17' overlap is fine chunk by files 10
  pause ingest by hand 'stop' within 5 minutes;
backfill view per_year_mv using direct unsafe split on hour at '2024-12-17' publish at end verify rows nulls are skipped;
