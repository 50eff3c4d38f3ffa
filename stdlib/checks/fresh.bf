-- The newest row of a table is no older than that: rows came in while the migration ran.
--
--     use std.checks.fresh as still_live (table = clicks, column = time, seconds = 600);

param table Identifier;
param column Identifier;            -- a DateTime or DateTime64
param seconds UInt32 default 3600;

check 'the newest row is fresh' as
SELECT newest >= now() - {seconds:UInt32}, format('the newest row is of {}', toString(newest))
FROM (SELECT max({column:Identifier}) AS newest FROM {table:Identifier});
