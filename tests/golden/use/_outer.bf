-- A library that uses others.
param folder String;

use std.sources.http as files (url = {folder:String});
use std.checks.rows as no_dim (table = elsewhere.dim, rows = 0);
