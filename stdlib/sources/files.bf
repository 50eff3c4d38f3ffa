-- History from files on the ClickHouse server's own disk:
--
--     use std.sources.files as archive (path = 'clicks/{000..099}.parquet');
--
-- A server reads below its user_files_path alone; a relative path begins there.

param path String;                      -- one file, or a {000..099} or {a,b} range for `chunk by files`
param format String default 'Parquet';  -- a name of https://clickhouse.com/docs/interfaces/formats
param structure String default 'auto';  -- 'time DateTime, page String'; auto: read from the first file

source files from file({path:String}, {format:String}, {structure:String});
