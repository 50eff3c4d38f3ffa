-- History from a table on another ClickHouse, over TLS:
--
--     secret old_password from env OLD_PASSWORD;
--     use std.sources.clickhouse as old (
--         address = 'old.example.com:9440', table = shop.clicks,
--         user = 'reader', password = {old_password:String});
--
-- A split, chunks and a `where` are sent along: the other server reads no more than what a chunk is of, so
-- `chunk by COLUMN every …` with a column of its sorting key is what to use.

param address String;   -- host:port of the native protocol with TLS; 9440 where nothing else was configured
param table Identifier; -- database.table over there
param user String;      -- one that may only read
secret password;

source clickhouse from remoteSecure({address:String}, {table:Identifier}, {user:String}, {password:String});
