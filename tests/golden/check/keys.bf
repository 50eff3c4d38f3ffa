-- A key that is a plain name is one of the table's columns.
table hits (`at time` DateTime, page String, n Nested(x UInt8), d Date ALIAS toDate(`at time`))
engine = MergeTree partition by toYYYYMM(`at time`) primary key pag order by (pag, "at tim", cityHash64(page), n.x, d);
table sums (page String, n UInt64) engine = SummingMergeTree(n) order by page partition by month;
table all_of_it (page String) engine = MergeTree order by tuple();
table other (page String, n UInt64) engine = MergeTree order by (page DESC, n);
