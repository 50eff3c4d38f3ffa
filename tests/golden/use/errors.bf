param place String;
param port UInt16 default 5;
secret key from env KEY;

use std.sources.s3 as a (uri = 'x', url = 'https://b.example.com/a', frmat = 'CSV', url = 'again', whatever = 1);
use std.sources.s3 as b (url = 'https://b.example.com/a');
use std.sources.s3 as c (url = 5, key = 'AKIA', secret = 'wJalr');
use std.sources.s3 as d (url = {port:UInt16}, key = {key:String}, secret = {key:String}, format = CSV);
use std.checks.rows as e (table = 'clicks', rows = '5');
use std.checks.rows as f (table = clicks, rows = -5);
use std.checks.rows as g (table = clicks, rows = 5.5);
use std.checks.fresh as h (table = {place:Identifier}, column = time, seconds = 5_000_000_000);
use './_mine.bf' as i (path = 'x', table = clicks, since = '1.1.2024', exact = maybe, ids = 5);
use std.tuning as j (threads = 5);
use std.sources.s4 as k;
use './_self.bf' as l;
use './_broken.bf' as m (path = 'x');
use './_broken.bf' as n (path = 'x');
