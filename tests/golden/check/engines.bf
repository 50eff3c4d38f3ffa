-- Every table that history lands in must have parts; Null keeps nothing and is fine.
table feed (a Int64) engine = Null;
table kept (a Int64) engine = Log;
table sums (a Int64) engine = ReplicatedSummingMergeTree('/t', 'r') order by a;
view feed_sums to sums as SELECT a FROM feed;
view sums_kept to kept as SELECT a FROM sums;
source s as SELECT 1 AS a;
backfill table feed from s;
