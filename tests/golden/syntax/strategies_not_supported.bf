backfill table t from s using null_engine;
backfill table t from s using pause_and_attach with duplicate pause ingest by hand 'stop it' within 3 minutes;
backfill table t from s using pause_and_attach pause ingest by command 'stop' resume by command 'start';
backfill table t from s using pause_and_attach pause ingest by detach kafka_a, db.kafka_b;
backfill table t from s using direct;
backfill table t from s using direct unsafe;
