-- Rows come out of queues: these are detached, and attached again whatever happens.
migration pause_by_detach;
database d;
external table queue;
external table `other queue`;
table words (word String) engine = MergeTree order by word;
table lengths (length UInt64, words UInt64) engine = SummingMergeTree order by length;
view lengths_mv to lengths as SELECT length(word) AS length, count() AS words FROM words GROUP BY length;
backfill view lengths_mv
  using pause_and_attach with duplicate
  pause ingest by detach queue, `other queue`;
