use './_views.bf';
backfill view per_page_mv using null_engin split on at at now + 2 minuts;
backfill view per_day_mv using null_engine split on at at nwo + 2 minutes;
backfill view per_hour_mv using pause_and_atach;
backfill view per_hour_mv using pause_and_attach pause ingest by detatch t;
backfill view per_hour_mv using null_engine kep filter;
backfill view per_hour_mv using null_engine setle 5 seconds;
