migration unpartitioned 'One table, no view, one chunk';
database shop;

table orders
(
    id    UInt64,
    time  DateTime('UTC'),
    price Decimal(10, 2)
)
engine = MergeTree
order by (id, time);

source old_orders as
SELECT id, time, price FROM shop_old.orders;

backfill table orders from old_orders
  split on time at '2024-06-01 00:00:00'
  nulls are skipped;

check 'there are orders' as SELECT count() > 0 FROM orders;
