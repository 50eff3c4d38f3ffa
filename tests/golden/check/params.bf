-- Declarations and uses of parameters.
use './_live.bf';
param day Date default '2024-13-01';
param most UInt8 default 256;
param word String default today;
param fine DateTime64(3) default '2024-12-17 09:00:00.123';
param moment DateTime;
secret key from env KEY;
external table t (a String, b DateTime);
view v to t as SELECT {key:String} AS a FROM live;
source s as
SELECT {dya:Date} AS a, {fine : DateTime64( 3 )} AS b FROM url('https://example.com/a.parquet', headers('k' = {key:String}))
WHERE '{word:String}' = '' OR b < {moment:Date} OR a = {word:FixedString(3)} OR {most:UInt8} = {unheard_of:UInt8};
backfill table t from s where (a = {key:String});
