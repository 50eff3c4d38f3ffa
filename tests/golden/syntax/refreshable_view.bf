create materialized view v refresh every 1 hour to t as SELECT a FROM s;
view v to t empty as SELECT a FROM s;
