-- Unknown and duplicate names, with suggestions.
use './_live.bf';
table live (a Int64) engine = MergeTree order by a;
database web;
table live (a Int64) engine = MergeTree order by a;
view live to hits as SELECT a FROM hits;
table hits (a Int64) engine = MergeTree order by a;
source files from url('https://example.com/{0..9}.parquet');
profile fast settings max_threads = 2;
profile fast settings max_threads = 4;
param day Date;
secret day from env DAY;
backfill table hist from files;
backfill table default.live from fils settings fats, Fast;
backfill table elsewhere.hits from nothing_like_it;
ignore view hits;
