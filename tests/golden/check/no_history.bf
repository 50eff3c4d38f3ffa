-- Tables that keep no rows, or have no partitions.
table pipe (at DateTime, page String) engine = Null;
table log (at DateTime, page String) engine = Log;
table kept (at DateTime, page String) engine = MergeTree order by at;
table kept_log (at DateTime, page String) engine = Log;
table queue (at DateTime, page String) engine = Kafka('broker:9092', 'hits', 'group', 'JSONEachRow');
view a to kept as SELECT at, page FROM pipe;
view b to kept as SELECT at, page FROM queue;
view c to kept as SELECT at, page FROM log;
view d to kept_log as SELECT at, page FROM log;
source elsewhere as SELECT at, page FROM url('https://example.com/{0..9}.parquet');
source unknown as SELECT at, page FROM other_table;
backfill view a using null_engine split on at at '2024-12-17';
backfill view b using duplicate split on at at now + 1 minute;
backfill view c using pause_and_attach pause ingest by hand 'stop' chunk by partition;
backfill view d using duplicate split on at at now + 1 minute;
backfill table kept from elsewhere chunk by partition;
backfill table pipe from unknown chunk by partition;
