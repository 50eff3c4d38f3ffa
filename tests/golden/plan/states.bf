migration states 'States of aggregate functions, two views into one target, months and integers';
database sensors;

table readings (time DateTime64(3, 'America/New_York'), sensor Int64, value Float64)
engine = MergeTree partition by toYYYYMM(time) order by (sensor, time);

table summary
(
    sensor  Int64,
    values  AggregateFunction(count),
    average AggregateFunction(avg, Float64),
    highest SimpleAggregateFunction(max, Float64)
)
engine = AggregatingMergeTree order by sensor;

view summary_low to summary as
SELECT sensor, countState() AS values, avgState(r.value) AS average, max(r.value) AS highest
FROM readings AS r WHERE r.value < 0 OR r.value = 1 GROUP BY sensor;
view summary_high to summary as
SELECT sensor, countState() AS values, avgState(readings.value) AS average, max(readings.value) AS highest
FROM readings WHERE readings.value >= 0 GROUP BY sensor;

source by_time as SELECT * FROM sensors_old.readings;

backfill table readings from by_time
  split on time at '2024-03-15 12:00:00'
  nulls are skipped
  chunk by time every 1 month
  verify content;

table measures (id Int64, kind String) engine = MergeTree order by id;
source by_id as SELECT id, kind FROM sensors_old.measures;

backfill table measures from by_id
  split on id at 1000
  nulls are skipped
  chunk by id every 250
  workers auto;
