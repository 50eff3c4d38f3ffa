-- Without columns the plan asks the server; what no type could mean is said here.
external table live;
external table other;
external table third;
external table fourth;
external table fifth;
source some as SELECT at, id FROM url('https://example.com/{0..9}.parquet');
source all_of from url('https://example.com/{0..9}.parquet');
param since DateTime default '2024-12-17 09:00:00';
param share Float64 default 0.5;
backfill table live from some split on at at '17.12.2024';
backfill table other from some split on at at {since:DateTime} chunk by at every 1 day from 5;
backfill table third from some split on at at {share:Float64} chunk by id every 100 to '2024-12-17';
backfill table fourth from all_of;
backfill table fifth from some split on att at '2024-12-17';
