param size UInt64 default 10;
source sized as SELECT number AS id FROM numbers({size:UInt64});
