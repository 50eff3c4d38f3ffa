-- publish at end: the chunks' moves go to holding tables, and one more run of moves goes to the live ones.
migration at_end;
use '../check/_views.bf';
table copy (at DateTime, page String) engine = MergeTree partition by toYYYYMM(at) order by at;
table pages (page String, n UInt64) engine = SummingMergeTree order by page;
view copy_per_page to pages as SELECT page, count() AS n FROM copy GROUP BY page;
source old as SELECT at, page FROM file('old/{0..9}.parquet');
backfill table copy from old split on at at '2024-12-17' nulls are skipped chunk by files 5 publish at end;
