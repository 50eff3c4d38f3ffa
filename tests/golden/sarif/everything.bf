-- An error, a warning and a note; related places; columns behind characters of several bytes.
migration everything 'ä ö ü';
table hits (at DateTime, page String) engine = MergeTree order by at;
table per_page (page String, n UInt32) engine = SummingMergeTree order by page;
view per_page_mv to per_page as SELECT /* „ä“ */ page, count() AS n FROM hits GROUP BY page;
view old to per_page sql security definer as SELECT page, 1 AS n FROM hits;
source archive from s3('https://b.example.com/a.parquet', 'KEY', 'HUSH', 'Parquet');
backfill table hits from archive;
