-- Split and chunk columns are the trigger table's, with its types and NULLs.
use './_views.bf';
backfill view per_page_mv using null_engine split on tiem at '2024-12-17' chunk by hits every 10;
backfill view per_day_mv using null_engine split on page at 'm' chunk by day every 6 hours workers 2;
backfill view per_hour_mv using null_engine split on seen at '17.12.2024' chunk by number every 1 day;
backfill view per_year_mv using null_engine split on hour at '2024-12-17' workers 4;
