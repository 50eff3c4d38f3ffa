

-- Every statement, badly laid out.
MIGRATION   m   'What it is for'
   AFTER first ,second;   -- trailing


use   std . tuning ;USE './parts/more.bf';DataBase   shop;


   -- a line of its own


PARAM  p Array( String ) DEFAULT  'x' ;
param n Int64 default  - 5;
secret key FROM ENV  KEY;
secret   password  FROM FILE '/run/password'  ; -- the second of two
Secret k from env K;

secret alone  from env ALONE;
Profile small Settings max_threads=1,max_memory_usage = 2Gi , other=word;
profile long settings
  a=1,
      b='two',   -- why two
c
  ;
TABLE t(a  Int64,  b String)ENGINE=Null;
table   if  NOT exists shop . `a table`
  (
    a Int64
  )
  ENGINE = MergeTree
  ORDER BY ( a )
  ;
EXTERNAL TABLE   u;
external table w(a Int64)  ;
VIEW v
TO t(a Int64)
DEFINER = alice@host  SQL SECURITY DEFINER
AS
  SELECT  a  FROM u -- the end
;
MATERIALIZED VIEW w TO t AS SELECT  a
FROM u   ;
IGNORE   VIEW shop . x ;
source s FROM   s3( 'x' ,  'y' );
SOURCE q as -- why
   -- more of it
   SELECT 1;
CHECK   $$it's there$$  AS
SELECT  1;
;
