BACKFILL TABLE pypi FROM archive USING Duplicate SPLIT ON timestamp AT '2024-01-01' OVERLAP IS FINE
  NULLS ARE SKIPPED    WHERE( a = 1
    AND   b IN (1,2) )
  CHUNK BY timestamp EVERY 1 DAY FROM - 5 TO {p:Date} WORKERS   AUTO PUBLISH EACH CHUNK
     SETTINGS fast,x = 'y',
        z=2
  VERIFY CONTENT;

backfill view a,db . b,
c using null_engine
  split  on timestamp at NOW+2 MINUTES
  settle 30 Seconds
  keep filter;

backfill table x from y using pause_and_attach
with duplicate pause ingest by command 'stop'
resume by command 'start'
within 5 minutes;
backfill table x from y using direct unsafe pause ingest by detach kafka_a,kafka_b;
backfill table split from workers workers 2;
backfill table alone from y
;
BACKFILL TABLE t FROM s   Throttle
  When (SELECT count() > 20   FROM system.merges) workers 2;
