-- History from Azure Blob Storage, with an account key:
--
--     secret azure_key from env AZURE_KEY;
--     use std.sources.azure as archive (
--         url = 'https://account.blob.core.windows.net', container = 'clicks', path = '2024/{000..099}.parquet',
--         account = 'account', key = {azure_key:String});
--
-- A connection string would hold the key in the middle of a text; that is why this takes the account's URL.

param url String;                       -- of the storage account
param container String;
param path String;                      -- one blob, or a {000..099} or {a,b} range for `chunk by files`
param account String;                   -- the account's name
param format String default 'Parquet';  -- a name of https://clickhouse.com/docs/interfaces/formats
param structure String default 'auto';  -- 'time DateTime, page String'; auto: read from the first blob
secret key;                             -- the account's key

source azure from azureBlobStorage(
    {url:String}, {container:String}, {path:String}, {account:String}, {key:String},
    {format:String}, 'auto', {structure:String});
