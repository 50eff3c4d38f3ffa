-- A library with checks needs a name.
use std.checks.rows;
secret mine;
