-- Two tables have equally many rows:
--
--     use std.checks.same_rows as all_copied (table = clicks, other = old_clicks);
--
-- A table whose engine combines rows (SummingMergeTree and the like) has as many as it has not merged yet: for
-- those, std.checks.same_sum.

param table Identifier;
param other Identifier;

check 'both tables have the same number of rows' as
SELECT a = b, format('{} rows and {}', toString(a), toString(b))
FROM (SELECT (SELECT count() FROM {table:Identifier}) AS a, (SELECT count() FROM {other:Identifier}) AS b);
