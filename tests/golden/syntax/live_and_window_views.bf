create live view v as SELECT a FROM s;
create window view v as SELECT a FROM s;
