migration lib;
database pypi;
backfill table t from s;
check 'x' as SELECT 1;
