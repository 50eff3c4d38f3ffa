-- How ingest is paused.
use './_views.bf';
table queue (page String) engine = Kafka('broker:9092', 'hits', 'group', 'JSONEachRow');
backfill view per_page_mv using pause_and_attach pause ingest by detach queue, queue, hits, qeue;
backfill view per_day_mv using pause_and_attach pause ingest by hand ' ';
backfill view per_hour_mv using pause_and_attach pause ingest by command 'stop' resume by command '';
