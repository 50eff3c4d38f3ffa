-- Stretches of time.
use './_views.bf';
backfill view per_page_mv using null_engine split on number at now + 2 minutes settle 1 minute;
backfill view per_day_mv using null_engine split on day at now + 2 hours settle 30;
backfill view per_hour_mv using pause_and_attach pause ingest by hand 'stop' within 2 days;
backfill view per_year_mv using duplicate split on hour at now + 5 settle 20 years;
