-- bfc ended with exit code 1
not_yet.bf:4:27: error[BF019]: 'using pause_and_attach' is not supported by this version
    4 | backfill view per_page_mv using pause_and_attach pause ingest by hand 'stop the loader';
      |                           ^^^^^^^^^^^^^^^^^^^^^^
        hint: use `using null_engine` with a `split on` a column of time
1 error
