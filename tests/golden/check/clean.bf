-- Everything that is right, in one program: nothing to say.
migration clean 'History for live';
use './_live.bf';
database web;
param since Date default '2024-12-01';
param host String default 'https://example.com';
secret key from env HTTP_KEY;
profile small settings max_threads = 1, max_insert_block_size = 10Ki;
profile smaller settings small, min_insert_block_size_bytes = '1.5Mi', max_threads = 2;

-- A view may stand before its target and its trigger table.
view per_day_mv to per_day as
SELECT toDate(timestamp) AS day, count() AS n FROM hits GROUP BY day;

table hits (timestamp DateTime, project String, n UInt64 DEFAULT 1) engine = MergeTree order by timestamp;
table per_day (day Date, n UInt64) engine = SummingMergeTree order by day;
external table default.elsewhere;
ignore view other_mv;

source archive as
SELECT timestamp, project FROM url(concat({host:String}, '/{0..9}.parquet'), 'Parquet', headers('X-Key' = {key:String}));

backfill table hits from archive
  split on timestamp at '2024-12-17 09:00:00' overlap is fine
  nulls are skipped
  where (timestamp >= {since: Date})
  chunk by timestamp every 6 hours from '2024-12-01' to '2024-12-17 09:00:00'
  workers 2
  settings smaller, max_memory_usage = 2Gi
  verify content;

backfill table default.live from files
  split on id at 1_000
  chunk by files 4
  workers auto;

check 'every hit is counted' as SELECT (SELECT sum(n) FROM per_day) = (SELECT count() FROM hits);
