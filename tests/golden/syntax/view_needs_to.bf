view v t as SELECT a FROM s;
view v to t SELECT a FROM s;
view v to t as;
