create temporary table t (a Int64) engine = Memory;
create dictionary d (a Int64) primary key a;
create database pypi;
