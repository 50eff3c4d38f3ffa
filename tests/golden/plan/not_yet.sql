-- bfc ended with exit code 1
not_yet.bf:6:38: error[BF019]: 'chunk by files over a *' is not supported by this version
    6 | backfill table all_files from listed chunk by files 10;
      |                                      ^^^^^^^^^^^^^^^^^
        hint: name the files with a brace range: '/part-{000..100}.parquet'
not_yet.bf:7:27: error[BF019]: 'using pause_and_attach' is not supported by this version
    7 | backfill view per_page_mv using pause_and_attach pause ingest by hand 'stop the loader';
      |                           ^^^^^^^^^^^^^^^^^^^^^^
        hint: use `using null_engine` with a `split on` a column of time
2 errors
