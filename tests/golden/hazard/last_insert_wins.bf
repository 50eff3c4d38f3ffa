table users (id UInt64, at DateTime, name String) engine = ReplacingMergeTree order by id;
table latest (id UInt64, name String) engine = ReplicatedReplacingMergeTree('/t', '{replica}') order by id;
table balance (id UInt64, amount Int64, sign Int8) engine = CollapsingMergeTree(sign) order by id;
table filled (id UInt64, name Nullable(String))
-- bfc: allow last-insert-wins
engine = CoalescingMergeTree order by id;
view latest_mv to latest as SELECT id, name FROM users;
view balance_mv to balance as SELECT id, 1 AS amount, 1 AS sign FROM users;
view filled_mv to filled as SELECT id, name FROM users;
source s as SELECT id, at, name FROM url('https://example.com/a.parquet');
backfill table users from s split on at at '2024-12-17 00:00:00';
