migration no_backfill;
database shop;

table clicks (at DateTime, page String) engine = MergeTree order by at;

check 'the table is there' as SELECT count() = 1 FROM system.tables WHERE database = 'shop' AND name = 'clicks';
