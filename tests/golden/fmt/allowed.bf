-- What stands below an allowing comment stays allowed.
-- bfc: allow unused
param a String; PARAM  b String;
param c String; param d String;

-- bfc: allow ttl-deletes-history, unused
-- for a reason
backfill table t from s split on time at '2024-01-01'   chunk by files 5
  workers 2 verify nothing; param e String;
-- bfc: allow unused

param f String; param g String;
