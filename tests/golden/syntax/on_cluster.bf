create table t on cluster c (a Int64) engine = Null;
create materialized view v on cluster '{cluster}' to t as SELECT a FROM s;
