backfill view a, db.b
  using null_engine
  split on timestamp at now + 2 minutes settle 30 seconds
  chunk by timestamp every 1 day
  keep filter;
