-- Without a name a library's params are the program's, and using it twice is using it once.
use './_params.bf';
use './_params.bf';
use './_params.bf' as named (size = 5);
table t (id UInt64) engine = MergeTree order by id;
backfill table t from sized;
