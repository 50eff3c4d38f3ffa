migration by_files 'The guide''s case: Parquet files, ten a chunk';
database pypi;

param bucket String default 'https://datasets.example.com/pypi';
secret s3_key    from env S3_KEY;
secret s3_secret from env S3_SECRET;

table pypi
(
    timestamp    DateTime,
    country_code LowCardinality(String),
    project      String
)
engine = MergeTree
order by (project, timestamp);

table pypi_downloads (project String, count Int64) engine = SummingMergeTree order by project;

view pypi_downloads_mv to pypi_downloads as
SELECT project, count() AS count FROM pypi GROUP BY project;

source archive as
SELECT timestamp, country_code, project -- only what the table has
FROM s3(concat({bucket:String}, '/part-{000..024}.parquet'), {s3_key:String}, {s3_secret:String}, 'Parquet');

backfill table pypi from archive
  split on timestamp at earliest
  nulls are skipped
  chunk by files 10
  workers 2
  settings max_threads = 2, max_insert_block_size = 1000000;
