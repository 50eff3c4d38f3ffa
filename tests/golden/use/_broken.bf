migration library;
database shop;
source s from url('x');
backfill table t from s;
