-- `throttle when (SELECT …)`, once.
external table t;
source s as SELECT 1 AS a;
backfill table t from s throttle when (SELECT 2) throttle when (SELECT 1);
backfill table t from s throttle (SELECT 1);
backfill table t from s throttle when SELECT 1;
backfill table t from s throttled when (SELECT 1);
