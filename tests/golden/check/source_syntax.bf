-- Errors of SQL structure, in every place that a SELECT stands.
external table t (a Int64);
source b as SELECT a FROM t WHERE;
source c as SELECT a FROM t GROUP a;
view v to t as SELECT a FROM (SELECT a FROM t ORDER a);
check 'c' as SELECT FROM;
