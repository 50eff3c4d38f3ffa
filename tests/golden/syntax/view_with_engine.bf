view v to t engine = MergeTree order by a as SELECT a FROM s;
