-- Three tunings of the load statements: `use std.tuning;`, then `settings low_memory` in a backfill, with
-- settings of your own behind it (later ones win): `settings fast, max_memory_usage = '8Gi'`.
--
-- An INSERT collects rows into blocks before it writes them: the larger the blocks, the fewer the parts to
-- merge afterwards and the more memory. ClickHouse's guide to bulk loading reckons with a peak of about three
-- blocks for each inserting thread, beside what reading the source takes.
--
-- Peak memory and parts, measured on ClickHouse 26.7 with 2 cores: 4 million rows out of 4 Parquet files of
-- 1 million rows each, into a MergeTree and through a view that groups by hour and project:
--
--                    peak memory   parts
--   low_memory          180 MB       18
--   (server's own)      362 MB        4
--   balanced            490 MB        2
--   fast                444 MB        1      (all 4 million rows fit into its first blocks)
--
-- More memory at work does not mean more speed: 40 million rows through a Null table and a view took 9.1 s and
-- 253 MB with the server's own settings, and 5.1 s and 92 MB with one thread and blocks of 10 MB. Several
-- chunks at once (`workers 2`) with low_memory often beat one large statement; measure your own case.

-- A server that is busy or small. Many small parts: merges have more to do afterwards.
profile low_memory settings
    max_threads = 1,
    max_insert_threads = 1,
    max_block_size = 8192,
    min_insert_block_size_bytes = 10Mi,
    min_insert_block_size_rows = 0,
    input_format_parquet_max_block_size = 8192,
    max_parsing_threads = 1,
    max_download_threads = 1;

-- A production server with some room: about 0.5 to 1 GB a worker.
profile balanced settings
    max_threads = 2,
    max_insert_threads = 1,
    min_insert_block_size_bytes = 128Mi,
    min_insert_block_size_rows = 0;

-- A server that has nothing else to do: all cores read, four threads insert, up to about 3 GB a worker.
profile fast settings
    max_insert_threads = 4,
    min_insert_block_size_bytes = 256Mi,
    min_insert_block_size_rows = 0;
