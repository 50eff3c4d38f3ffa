-- A live view can't tell on which side of a split a NULL is; of the chunks' column it need not.
use './_views.bf';
backfill view per_page_mv using null_engine split on seen at now + 1 minute settle 1 minute nulls are history;
backfill view per_day_mv using null_engine split on at at now + 1 minute settle 1 minute
  nulls are history chunk by seen every 1 day;
