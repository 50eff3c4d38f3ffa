create or replace table t (a Int64) engine = Null;
CREATE OR REPLACE VIEW v AS SELECT 1;
replace table t (a Int64) engine = Null;
