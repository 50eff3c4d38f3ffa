create table t as u;
create table t (a Int64) engine = Null as SELECT 1 AS a;
