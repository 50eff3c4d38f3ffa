check $why$every row is there$ as SELECT 1;
