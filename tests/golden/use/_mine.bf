-- A library as users write them.
param path String;
param format String default 'CSV';
param since DateTime default '2024-01-01 00:00:00';
param ids Array(UInt8) default '[1, 2]';
param exact Bool default true;
param most Int32 default -1_000;
param table Identifier;
param column Identifier default id;
secret token from env MINE_TOKEN;

source _mine as
SELECT {column:Identifier}, time, 'a {path:String} in a string' AS a /* {path:String} */
FROM url({path:String}, {format:String}, 'auto', headers('Authorization' = {token:String}))
WHERE time >= {since:DateTime} AND id IN ({ids:Array(UInt8)}) AND id > {most:Int32} AND {exact:Bool};

source rest from url({path:String}, {format:String});

external table elsewhere.dim (id UInt64, name String);

check 'there are rows' as
SELECT count() > 0 FROM {table:Identifier};
