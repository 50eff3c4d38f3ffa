-- A person stops ingest and says so; the views' own queries over the snapshot, in ranges of an integer.
migration pause_by_hand;
database d;
table words (number UInt64, word String) engine = MergeTree order by number;
table lengths (length UInt64, words UInt64) engine = SummingMergeTree order by length;
view lengths_mv to lengths as SELECT length(word) AS length, count() AS words FROM words GROUP BY length;
backfill view lengths_mv
  using pause_and_attach
  chunk by number every 1000000
  where (word != '')
  pause ingest by hand 'stop the loader on host 7: it''s the one with the {word:String} in its name';
