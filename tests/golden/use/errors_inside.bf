-- Errors in what a library became, and secrets where none may be.
database shop;
secret key from env KEY;
table t (id UInt64) engine = MergeTree order by id;

use './_sql.bf' as broken (expression = {key:String});
use './_sql.bf' as hazard (expression = 'https://me:password@example.com/x');
use std.checks.same_rows as known (table = t, other = t);

backfill table t from broken;

-- bfc: allow literal-credentials
use './_sql.bf' as fine (expression = 'https://me:password@example.com/x');
