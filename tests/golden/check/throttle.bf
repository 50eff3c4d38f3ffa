-- What stands in `throttle when`, and where.
use './_live.bf';
param day Date;
secret key from env KEY;
backfill table live from files chunk by files 5 throttle when (SELECT {key:String} = {nope:UInt8} OR {day:String} = '');
backfill table live from files throttle when (count() > 3);
