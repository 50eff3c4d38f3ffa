-- throttle when: a gate before each chunk, for a table and for a view; its tables are the current database's.
migration throttle;
database shop;
param most UInt64 default 20;
table orders (id UInt64, day Date, total Decimal(18, 2)) engine = MergeTree partition by toYYYYMM(day) order by id;
external table old_orders (id UInt64, day Date, total Decimal(18, 2));
external table hours (busy Bool);
source old as SELECT id, day, total FROM old_orders;
backfill table orders from old
  split on day at '2025-01-01'
  throttle when (
    SELECT count() > {most:UInt64} -- merges
    FROM system.merges
  );
table per_day (day Date, n UInt64) engine = SummingMergeTree order by day;
view per_day_mv to per_day as SELECT day, count() AS n FROM orders GROUP BY day;
backfill view per_day_mv using duplicate split on day at '2025-01-01' chunk by day every 1 month
  throttle when (SELECT any(busy) FROM hours);
