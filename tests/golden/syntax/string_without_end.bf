database pypi;
check 'it\'s done as SELECT 1;
