-- No word of the language is reserved: each is a name, and plain SQL inside SQL.
migration migration 'and a text' ;
DATABASE DATABASE;
param param String default 'x';
secret secret from env FROM;
profile settings settings settings = 1, workers = 2, profile = 'x';

table if not exists table
(
    source String, view String, chunk String, `table` UInt64, at DateTime, backfill Int64, every Int8
)
engine = MergeTree order by (source, at);
table `to` (source String, view UInt64) engine = SummingMergeTree order by source;
view view to `to` as
SELECT source, count() AS view
FROM table
WHERE chunk != 'check; backfill table x from y'
GROUP BY source;
source source as
SELECT source, view, chunk, at, backfill, every, `table`
FROM s3(concat({param:String}, '.parquet'), {secret:String}, {secret:String}, 'Parquet');

BACKFILL TABLE Table FROM Source
  using duplicate
  where (chunk = {param:String} AND at > '2020-01-01' /* where workers 2 */)
  split on at at '2025-01-01 00:00:00' overlap is fine
  chunk by at every 1 month from '2024-01-01' to '2025-01-01'
  workers auto
  publish each chunk
  settings settings, max_memory_usage = 10Gi, max_insert_block_size = 1_000_000
  verify content;

check $$all 'is' there$$ as SELECT 1;
