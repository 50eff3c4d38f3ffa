-- A table has a number of rows that is known from elsewhere, such as the archive's own manifest:
--
--     use std.checks.rows as all_there (table = clicks, rows = 1_250_000);

param table Identifier;
param rows UInt64;

check 'the table has the number of rows that was given' as
SELECT count() = {rows:UInt64}, format('{} rows, not {}', toString(count()), toString({rows:UInt64}))
FROM {table:Identifier};
