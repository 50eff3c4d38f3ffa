-- Where the source's type is known, NULL must be decided; elsewhere the plan asks the server.
table events (at Nullable(DateTime), id UInt64) engine = MergeTree order by id;
table a (at DateTime, id UInt64) engine = MergeTree order by at;
table b (at DateTime, id UInt64) engine = MergeTree order by at;
table c (at DateTime, id UInt64) engine = MergeTree order by at;
table d (at DateTime, id UInt64) engine = MergeTree order by at;
source by_name as SELECT at, id FROM events;
source by_star as SELECT * FROM events;
source passed_on as SELECT * FROM (SELECT at, id FROM events);
source computed as SELECT assumeNotNull(at) AS at, id FROM events;
backfill table a from by_name split on at at '2024-12-17';
backfill table b from by_star split on id at 5 chunk by at every 1 day;
backfill table c from passed_on split on at at '2024-12-17' nulls are skipped;
backfill table d from computed split on at at '2024-12-17';
