database pypi
table t (a Int64) engine = Null;
