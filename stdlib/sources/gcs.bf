-- History from Google Cloud Storage, with an HMAC key (Cloud Storage > Settings > Interoperability):
--
--     secret gcs_key    from env GCS_KEY;
--     secret gcs_secret from env GCS_SECRET;
--     use std.sources.gcs as archive (
--         url = 'https://storage.googleapis.com/bucket/2024/{000..099}.parquet',
--         key = {gcs_key:String}, secret = {gcs_secret:String});

param url String;                       -- one file, or a {000..099} or {a,b} range for `chunk by files`
param format String default 'Parquet';  -- a name of https://clickhouse.com/docs/interfaces/formats
param structure String default 'auto';  -- 'time DateTime, page String'; auto: read from the first file
secret key;                             -- the HMAC key's access id
secret secret;                          -- and its secret

source gcs from gcs({url:String}, {key:String}, {secret:String}, {format:String}, {structure:String});
