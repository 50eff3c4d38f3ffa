-- History from a web server that asks for nothing:
--
--     use std.sources.http as archive (url = 'https://archive.example.com/clicks/{000..099}.parquet');
--
-- With a token or a password: std.sources.http_header.

param url String;                       -- one file, or a {000..099} or {a,b} range for `chunk by files`
param format String default 'Parquet';  -- a name of https://clickhouse.com/docs/interfaces/formats
param structure String default 'auto';  -- 'time DateTime, page String'; auto: read from the first file

source http from url({url:String}, {format:String}, {structure:String});
