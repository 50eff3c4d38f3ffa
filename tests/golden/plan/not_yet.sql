-- bfc ended with exit code 1
not_yet.bf:10:58: error[BF019]: 'publish at end' is not supported by this version
   10 | backfill table copy from old split on at at '2024-12-17' publish at end;
      |                                                          ^^^^^^^^^^^^^^
        hint: leave it out, or write `publish each chunk`: every chunk is seen when it is verified
not_yet.bf:11:38: error[BF019]: 'chunk by files over a *' is not supported by this version
   11 | backfill table all_files from listed chunk by files 10;
      |                                      ^^^^^^^^^^^^^^^^^
        hint: name the files with a brace range: '/part-{000..100}.parquet'
not_yet.bf:13:34: error[BF019]: 'using direct' is not supported by this version
   13 | backfill table straight from one using direct unsafe;
      |                                  ^^^^^^^^^^^^^^^^^^^
        hint: use `using duplicate`, which can be repeated after a failure
not_yet.bf:14:44: warning[BF223]: a row from before the split that comes in after history was read is counted nowhere
   14 | backfill view per_day_mv using null_engine split on at at now + 2 minutes publish at end;
      |                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        hint: add `settle 30 seconds`, or as long as rows are ever late
not_yet.bf:14:75: error[BF019]: 'publish at end' is not supported by this version
   14 | backfill view per_day_mv using null_engine split on at at now + 2 minutes publish at end;
      |                                                                           ^^^^^^^^^^^^^^
        hint: leave it out, or write `publish each chunk`: every chunk is seen when it is verified
4 errors, 1 warning
