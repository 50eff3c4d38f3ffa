-- Column lists and engine clauses.
table twice (a Int64, b String, a String) engine = MergeTree order by a;
table gap (a Int64,, b String) engine = MergeTree order by a;
table two_orders (a Int64) engine = MergeTree order by a order by b;
table empty () engine = Null;
external table fine;
external table also_fine (a Int64);
