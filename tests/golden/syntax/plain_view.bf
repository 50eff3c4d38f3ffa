create view v as SELECT a FROM s;
