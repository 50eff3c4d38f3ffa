-- Views that are not there, are none, are named twice, or read other tables.
use './_views.bf';
backfill view per_paeg_mv using null_engine split on at at now + 2 minutes;
backfill view per_day using null_engine split on at at now + 2 minutes;
backfill view per_page_mv, per_page_mv using null_engine split on at at now + 2 minutes;
backfill view per_hour_mv, per_year_mv using null_engine split on at at now + 2 minutes;
backfill view per_hour_mv using duplicate split on at at now + 2 minutes;
backfill table per_day_mv from files;
