-- A view of tables that the server alone knows the columns of: it says the split column's type.
migration external_view after first;
external table events;
external table per_day;
view per_day_mv to per_day as SELECT toDate(at) AS day, count() AS n FROM events GROUP BY day;
backfill view per_day_mv using null_engine split on at at now + 2 minutes settle 30 seconds verify content;
