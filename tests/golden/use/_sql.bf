param expression String;

source _sql as
SELECT {expression:String} AS id, now() AS seen
FROM t;

check 'secret' as SELECT {expression:String} = 'x';
