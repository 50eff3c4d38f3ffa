-- History from S3, or from a store that speaks its protocol, with an access key:
--
--     secret s3_key    from env S3_KEY;
--     secret s3_secret from env S3_SECRET;
--     use std.sources.s3 as archive (
--         url = 'https://bucket.s3.eu-west-1.amazonaws.com/2024/{000..099}.parquet',
--         key = {s3_key:String}, secret = {s3_secret:String});
--
-- A bucket that everybody may read: std.sources.s3_public.

param url String;                       -- one file, or a {000..099} or {a,b} range for `chunk by files`
param format String default 'Parquet';  -- a name of https://clickhouse.com/docs/interfaces/formats
param structure String default 'auto';  -- 'time DateTime, page String'; auto: read from the first file
secret key;                             -- the access key's id
secret secret;                          -- and its secret

source s3 from s3({url:String}, {key:String}, {secret:String}, {format:String}, {structure:String});
