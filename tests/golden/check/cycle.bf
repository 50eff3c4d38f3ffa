-- Views that feed each other; the way into the circle is no part of it.
table a (x Int64) engine = MergeTree order by x;
table b (x Int64) engine = MergeTree order by x;
table c (x Int64) engine = MergeTree order by x;
table d (x Int64) engine = MergeTree order by x;
view into to b as SELECT x FROM a;
view b_to_c to c as SELECT x FROM b;
view c_to_b to b as SELECT x FROM c;
view out_of to d as SELECT x FROM c;
view self to d as SELECT x FROM d;
