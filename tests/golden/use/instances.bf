-- Libraries with arguments: what becomes of the SQL.
migration instances;
param day DateTime;
secret s3_key    from env S3_KEY;
secret s3_secret from env S3_SECRET;
secret azure_key from env AZURE_KEY;

use './_outer.bf' as both (folder = 'https://b.example.com/a''b\\c');

database `my shop`;

table clicks (id UInt64, time DateTime, a String) engine = MergeTree order by id;
table per_day (day Date, clicks UInt64) engine = SummingMergeTree order by day;
view per_day_mv to per_day as SELECT toDate(time) AS day, count() AS clicks FROM clicks GROUP BY day;

use './_mine.bf' as mine (
  path = 'https://mine.example.com/{1..4}.csv', format = 'CSVWithNames',
  since = {day:DateTime}, table = clicks
);
use std.sources.s3 as archive (url = 'https://b.example.com/{000..003}.parquet', key = {s3_key:String}, secret = {s3_secret:String});
use std.sources.azure as blobs (url = 'https://a.example.com', container = 'c', path = '{a,b}.csv', account = 'a', key = {azure_key:String}, format = 'CSV');
use std.checks.counted_once as once (table = per_day, column = clicks, of = `my shop`.clicks);
use std.checks.fresh as live (table = clicks, column = time);

backfill table clicks from mine chunk by files 2;
