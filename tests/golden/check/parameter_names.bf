-- A parameter's name may begin with a digit, where it is no number: those are none of it.
param 2nd String;
table t (a String) engine = MergeTree order by a;
source s as SELECT concat({2nd:String}, {2aram:String}, {1e5:String}, {0x1f:String}, {2:String}) AS a;
backfill table t from s;
