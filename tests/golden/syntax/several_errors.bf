database;
tabel t (a Int64) engine = Null;
view v too t as SELECT 1;
backfill table t from s wrkers 2;
secret s from environment X;
