-- chunk by files over a `*`: listed and pinned, a condition on _path in the chunk's copy of the source.
migration by_listing;
database pypi;
param bucket String default 'https://datasets.example.com/pypi';
table pypi (timestamp DateTime, project String, file String) engine = MergeTree order by (project, timestamp);
source archive as
SELECT timestamp, project, _file AS file -- as the table has them
FROM s3(concat({bucket:String}, '/{2023,2024}/part-*.parquet'), 'Parquet') WHERE project != '' OR file = '';
backfill table pypi from archive split on timestamp at earliest nulls are skipped chunk by files 10 workers 2;
