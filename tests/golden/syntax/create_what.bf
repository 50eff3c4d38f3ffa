create tabel t (a Int64) engine = Null;
create;
