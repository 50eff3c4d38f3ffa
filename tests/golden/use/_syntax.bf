source _syntax as SELECT id
FROM t GROUP BY id WHERE 1;
