-- PREWHERE, FINAL and SAMPLE of the trigger table are errors; on other tables they are fine.
database web;
external table hits (day Date, site String, n UInt64);
external table names (site String, n UInt64);
external table per_day (day Date, n UInt64);
view pre to per_day as SELECT day, count() AS n FROM hits PREWHERE n > 1 GROUP BY day;
view final_one to per_day as SELECT day, count() AS n FROM web.hits AS h FINAL GROUP BY day;
view sampled to per_day as SELECT day, count() AS n FROM hits SAMPLE 1/10 OFFSET 1/2 GROUP BY day;
view deep to per_day as SELECT day, count() AS n FROM (SELECT day FROM (SELECT day FROM hits FINAL PREWHERE n > 1)) GROUP BY day;
view with_one to per_day as WITH h AS (SELECT day FROM hits PREWHERE n > 1) SELECT day, count() AS n FROM h GROUP BY day;
view again to per_day as SELECT day, count() AS n FROM hits WHERE site IN (SELECT site FROM web.hits PREWHERE n > 5) GROUP BY day;
view joined to per_day as
-- bfc: allow join-in-view
SELECT day, count() AS n FROM hits JOIN (SELECT site FROM names FINAL PREWHERE n > 1) AS x USING site GROUP BY day;
view asked to per_day as SELECT day, count() AS n FROM hits WHERE site IN (SELECT site FROM names SAMPLE 1/2 PREWHERE n > 5) GROUP BY day;
view named to per_day as SELECT day, count() AS n FROM hits WHERE site = 'PREWHERE x FINAL' GROUP BY day;
