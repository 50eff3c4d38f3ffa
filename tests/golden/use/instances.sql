-- bfc ended with exit code 1
instances.bf:8:19: error[BF013]: expected ';', not 'as'
    8 | use './_outer.bf' as both (folder = 'https://b.example.com/a''b\\c');
      |                   ^^
instances.bf:16:18: error[BF013]: expected ';', not 'as'
   16 | use './_mine.bf' as mine (
      |                  ^^
instances.bf:20:9: error[BF021]: no library is called 'std.sources'
   20 | use std.sources.s3 as archive (url = 'https://b.example.com/{000..003}.parquet', key = {s3_key:String}, secret = {s3_secret:String});
      |         ^^^^^^^
        hint: there are: std.tuning
instances.bf:20:16: error[BF013]: expected ';', not '.'
   20 | use std.sources.s3 as archive (url = 'https://b.example.com/{000..003}.parquet', key = {s3_key:String}, secret = {s3_secret:String});
      |                ^
instances.bf:21:9: error[BF021]: no library is called 'std.sources'
   21 | use std.sources.azure as blobs (url = 'https://a.example.com', container = 'c', path = '{a,b}.csv', account = 'a', key = {azure_key:String}, format = 'CSV');
      |         ^^^^^^^
        hint: there are: std.tuning
instances.bf:21:16: error[BF013]: expected ';', not '.'
   21 | use std.sources.azure as blobs (url = 'https://a.example.com', container = 'c', path = '{a,b}.csv', account = 'a', key = {azure_key:String}, format = 'CSV');
      |                ^
instances.bf:22:9: error[BF021]: no library is called 'std.checks'
   22 | use std.checks.counted_once as once (table = per_day, column = clicks, of = `my shop`.clicks);
      |         ^^^^^^
        hint: there are: std.tuning
instances.bf:22:15: error[BF013]: expected ';', not '.'
   22 | use std.checks.counted_once as once (table = per_day, column = clicks, of = `my shop`.clicks);
      |               ^
instances.bf:23:9: error[BF021]: no library is called 'std.checks'
   23 | use std.checks.fresh as live (table = clicks, column = time);
      |         ^^^^^^
        hint: there are: std.tuning
instances.bf:23:15: error[BF013]: expected ';', not '.'
   23 | use std.checks.fresh as live (table = clicks, column = time);
      |               ^
_outer.bf:4:9: error[BF021]: no library is called 'std.sources'
    4 | use std.sources.http as files (url = {folder:String});
      |         ^^^^^^^
        hint: there are: std.tuning
_outer.bf:4:16: error[BF013]: expected ';', not '.'
    4 | use std.sources.http as files (url = {folder:String});
      |                ^
_outer.bf:5:9: error[BF021]: no library is called 'std.checks'
    5 | use std.checks.rows as no_dim (table = elsewhere.dim, rows = 0);
      |         ^^^^^^
        hint: there are: std.tuning
_outer.bf:5:15: error[BF013]: expected ';', not '.'
    5 | use std.checks.rows as no_dim (table = elsewhere.dim, rows = 0);
      |               ^
_mine.bf:21:1: error[BF025]: a 'check' statement in a library
   21 | check 'there are rows' as
      | ^^^^^^^^^^^^^^^^^^^^^^^^^
        hint: move it into the migration that uses the library
15 errors
