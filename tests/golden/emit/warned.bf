migration warned 'Hazards and literal chunks';
database shop;

param page String;
secret s3_key from env S3_KEY;
secret s3_secret from file '/run/secrets/s3';

table clicks (at DateTime, page String, n UInt64) engine = MergeTree order by at;
table pages (page String, average Float64) engine = SummingMergeTree order by page;

view pages_mv to pages as
SELECT page, avg(n) AS average FROM clicks GROUP BY page;

source archive as
SELECT at, page, n FROM s3('https://bucket.example.com/clicks-{00..04}.parquet', {s3_key:String}, {s3_secret:String}, 'Parquet');

backfill table clicks from archive
  split on at at '2024-01-01 00:00:00'
  where (page != {page:String})
  nulls are skipped
  chunk by files 2
  workers 2;
