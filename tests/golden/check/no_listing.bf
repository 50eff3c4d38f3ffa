-- url() has no listing.
table t (a Int64) engine = MergeTree order by a;
source s as SELECT a FROM url('https://example.com/*.csv', 'CSV', 'a Int64');
backfill table t from s chunk by files 2;
