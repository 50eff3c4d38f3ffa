table t (a Int64) engine = MergeTree order by a
view v to t as
SELECT a FROM s

backfill table t from s;
