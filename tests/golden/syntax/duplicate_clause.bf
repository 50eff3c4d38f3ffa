backfill table t from s
  using duplicate using duplicate
  split on a at 5 split on b at 6
  overlap is fine overlap is fine
  where (a > 1) where (a > 2)
  nulls are skipped nulls are history
  chunk by files 1 chunk by a every 1 day
  workers 2 workers auto
  publish each chunk publish each chunk
  settings a = 1 settings b = 2
  verify rows verify nothing;
