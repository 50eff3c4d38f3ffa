use std.tunning;
use lib.tuning;
use std;
