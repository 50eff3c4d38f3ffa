-- How one gets it wrong for the first time.
use std.sources.s3 (url = 'x');
use std.sources.s3 as a (url 'x');
use std.sources.s3 as a (url = 'https://x', key = s3_key);
use std.s3 as a;
use std.sources as a;
use sources.s3 as a;
use './none.bf' as x;
secret s3_key env S3;
use std.checks.rows as b (table = a.b.c, rows = 5);
use std.sources.files as f (path = concat('a', 'b'));
use std.sources.files as g (path = 'x',);
