-- Clauses of `backfill view`, and strategies for views.
use './_views.bf';
table b (at DateTime, page String) engine = MergeTree order by at;
table c (at DateTime, page String) engine = MergeTree order by at;
table d (at DateTime, page String) engine = MergeTree order by at;
table e (at DateTime, page String) engine = MergeTree order by at;
source two as SELECT at, page FROM url('https://example.com/{0..9}.parquet');
backfill table hits from files using null_engine split on at at now + 2 minutes;
backfill table b from two using pause_and_attach pause ingest by hand 'stop';
backfill table c from two using direct split on at at earliest overlap is fine settle 1 minute;
backfill table d from two keep filter nulls are history;
backfill table e from two using direct unsafe verify content publish at end;
