table t (a Int64);
table t engine = Null;
external table t (a Int64) engine = Null;
