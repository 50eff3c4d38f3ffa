create materialized view v engine = MergeTree order by a as SELECT a FROM s;
view v as SELECT a FROM s;
materialized view v (a Int64) engine = Null as SELECT a FROM s;
create materialized view v to inner uuid '1' (a Int64) engine = Null as SELECT a FROM s;
