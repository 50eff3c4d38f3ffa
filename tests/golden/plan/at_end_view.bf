-- publish at end of views: their filter goes when the history is published.
migration at_end_view;
use '../check/_views.bf';
backfill view per_day_mv using null_engine split on at at now + 2 minutes settle 30 seconds
  chunk by partition workers 2 publish at end verify nothing;
