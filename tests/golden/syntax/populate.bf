create materialized view v engine = MergeTree order by a populate as SELECT a FROM s;
create materialized view v to t populate as SELECT a FROM s;
