-- What `bfc check` takes and `bfc compile` does not make a plan of yet.
migration not_yet after first;
external table events;
external table per_day;
view per_day_mv to per_day as SELECT toDate(at) AS day, count() AS n FROM events GROUP BY day;
backfill view per_day_mv using null_engine split on at at '2024-12-17';
