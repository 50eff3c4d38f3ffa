-- `using duplicate` has to know the names of what a view's query gives.
external table open;
table target (at DateTime, page String) engine = MergeTree order by at;
table known (at DateTime, page String) engine = MergeTree order by at;
view all_mv to target as SELECT * FROM open;
view unnamed_mv to target as SELECT at, upper(page) FROM known;
view fine_mv to target as SELECT * FROM known;
backfill view all_mv using duplicate split on at at now + 1 minute;
backfill view unnamed_mv using duplicate split on at at now + 1 minute;
backfill view fine_mv using duplicate split on at at now + 1 minute;
