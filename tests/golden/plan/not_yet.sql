-- bfc ended with exit code 1
not_yet.bf:6:44: error[BF019]: 'split on a column whose type is not declared' is not supported by this version
    6 | backfill view per_day_mv using null_engine split on at at '2024-12-17';
      |                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^
        hint: list the columns of the external table, all of them with their types
1 error
