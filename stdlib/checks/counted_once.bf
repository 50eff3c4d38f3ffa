-- A column of counts adds up to the rows that were counted: each one once, none twice.
--
--     use std.checks.counted_once as clicks_once (table = clicks_per_page, column = clicks, of = clicks);

param table Identifier;   -- the view's target
param column Identifier;  -- its counts
param of Identifier;      -- the table whose rows are counted

check 'every row is counted once' as
SELECT a = b, format('{} counted, {} rows', toString(a), toString(b))
FROM
(
    SELECT (SELECT sum({column:Identifier}) FROM {table:Identifier}) AS a,
           (SELECT count() FROM {of:Identifier}) AS b
);
