database pypi;
check 'café' as SELECT 1;
