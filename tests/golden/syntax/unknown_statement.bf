backfil table pypi from archive;
insert into t values (1);
frobnicate everything;
'text';
(1);
