-- Who makes the views has to be allowed to name their definer, and that is to be known before ingest is paused.
migration pause_definer;
database d;
table words (word String, source String) engine = MergeTree order by word;
table lengths (length UInt64, words UInt64) engine = SummingMergeTree order by length;
view lengths_mv to lengths definer = `the owner` sql security definer as
SELECT length(word) AS length, count() AS words FROM words GROUP BY length;
table sources (source String, words UInt64) engine = SummingMergeTree order by source;
view sources_mv to sources sql security none as
SELECT source, count() AS words FROM words GROUP BY source;
backfill view lengths_mv, sources_mv using pause_and_attach with null_engine pause ingest by hand 'stop it' within 1 minute;
