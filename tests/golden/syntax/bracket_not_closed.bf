table t (a Array(Int64) engine = Null;
table u (a Int64) engine = Null;
