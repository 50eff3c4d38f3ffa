-- What `backfill view` cannot do without.
use './_views.bf';
backfill view per_page_mv;
backfill view per_day_mv using null_engine;
backfill view per_hour_mv using pause_and_attach;
backfill view per_year_mv using direct;
