external table t (a UInt8);
check 'rows' as SELECT count() > 0 FROM t FORMAT JSON;
check 'more rows' as SELECT count() > 0 FROM t INTO OUTFILE 'rows.txt';
