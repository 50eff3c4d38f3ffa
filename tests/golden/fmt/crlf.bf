-- Windows
DATABASE  pypi;



backfill table a from b workers 2 -- two
  where (x
    = 1);
source s as SELECT 1
 , 'größe';   -- no line end