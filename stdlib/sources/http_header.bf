-- History from a web server that wants a header with every request, such as a token:
--
--     secret token from env ARCHIVE_TOKEN;      -- Bearer eyJhbGciOi…, the whole value of the header
--     use std.sources.http_header as archive (
--         url = 'https://archive.example.com/clicks/{000..099}.parquet', value = {token:String});
--
-- Never write credentials into the URL: it is in the plan, in version control and in the server's logs.

param url String;                         -- one file, or a {000..099} or {a,b} range for `chunk by files`
param format String default 'Parquet';    -- a name of https://clickhouse.com/docs/interfaces/formats
param structure String default 'auto';    -- 'time DateTime, page String'; auto: read from the first file
param header String default 'Authorization';
secret value;                             -- of the header

source http_header from url({url:String}, {format:String}, {structure:String}, headers({header:String} = {value:String}));
