-- History from a bucket that everybody may read:
--
--     use std.sources.s3_public as archive (url = 'https://bucket.s3.eu-west-1.amazonaws.com/{000..099}.parquet');
--
-- Nothing is signed. A server that has credentials of its own for S3 does not use them here.

param url String;                       -- one file, or a {000..099} or {a,b} range for `chunk by files`
param format String default 'Parquet';  -- a name of https://clickhouse.com/docs/interfaces/formats
param structure String default 'auto';  -- 'time DateTime, page String'; auto: read from the first file

source s3_public from s3({url:String}, NOSIGN, {format:String}, {structure:String});
