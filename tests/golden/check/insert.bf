-- A source's columns go to the table's columns by name.
use './_live.bf';
external table bare;
external table other (a Int64, b Int64);
external table third (a Int64, b Int64);
external table known;
source misnamed as SELECT timestamp, day, projct, upper(project) AS shout, id + 1 FROM url('https://example.com/a.parquet');
source star from url('https://example.com/a.parquet');
source repeated as SELECT 1 AS a, 2 AS a;
source named as SELECT 1 AS a;
source star_and_more as SELECT *, 1 AS c FROM url('https://example.com/a.parquet');
backfill table live from misnamed;
backfill table bare from star;
backfill table other from repeated;
backfill table third from star_and_more;
backfill table known from named;
