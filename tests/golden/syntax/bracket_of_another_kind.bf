check 'kinds' as SELECT [1, 2), 3];
