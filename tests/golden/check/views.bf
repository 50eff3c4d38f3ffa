-- Trigger tables, targets and their columns.
use './_live.bf';
database web;
external table per_day (day Date, n UInt64);
view no_target to nowhere as SELECT day, count() AS n FROM default.live GROUP BY day;
view misspelt to per_day as SELECT day, count() AS m FROM default.live GROUP BY day;
view listed to per_day (day Date, cnt UInt64) as SELECT day, count() AS cnt FROM default.live GROUP BY day;
view to_view to listed as SELECT day FROM default.live;
view from_view to per_day as SELECT day FROM listed;
view undeclared to per_day as SELECT day FROM live;
view no_from to per_day as SELECT today() AS day;
view from_function to per_day as SELECT number AS n FROM numbers(10);
view union_of to per_day as SELECT day FROM default.live UNION ALL SELECT day FROM default.live;
view passed_on to per_day as SELECT * FROM (SELECT day, id AS x FROM default.live);
view through_with to per_day as WITH l AS (SELECT * FROM default.live) SELECT day, count() AS n FROM l GROUP BY day;
