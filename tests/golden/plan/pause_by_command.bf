-- A table without a column of time; a loader that two commands stop and start. All rows go through a Null table.
migration pause_by_command;
database d;
table words (word String, source LowCardinality(String)) engine = MergeTree partition by source order by word;
table lengths (length UInt64, words UInt64) engine = SummingMergeTree order by length;
table sources (source String, words UInt64) engine = SummingMergeTree order by source;
view lengths_mv to lengths as SELECT length(word) AS length, count() AS words FROM words GROUP BY length;
view sources_mv to sources as SELECT source, count() AS words FROM words GROUP BY source;
backfill view lengths_mv, sources_mv
  using pause_and_attach with null_engine
  chunk by partition workers 2
  pause ingest by command 'systemctl stop loader' resume by command 'systemctl start loader' within 90 seconds;
