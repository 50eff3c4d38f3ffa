-- bfc ended with exit code 1
at_end.bf:5:7: error[BF100]: 'per_page' is declared twice
    5 | table per_page (page String, n UInt64) engine = SummingMergeTree order by page;
      |       ^^^^^^^^
../check/_views.bf:13:7: note: the first declaration
   13 | table per_page (page String, hits UInt64) engine = SummingMergeTree order by page;
      |       ^^^^^^^^
at_end.bf:6:59: error[BF122]: target 'per_page' has no column 'n'
    6 | view copy_per_page to per_page as SELECT page, count() AS n FROM copy GROUP BY page;
      |                                                           ^
        hint: ClickHouse would drop the column silently; add it to the target or take it out of the view
../check/_views.bf:13:7: note: the target
   13 | table per_page (page String, hits UInt64) engine = SummingMergeTree order by page;
      |       ^^^^^^^^
2 errors
