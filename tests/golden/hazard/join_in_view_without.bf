use './_pypi.bf';
external table t (project String, owner String);
view plain to t as SELECT project, 'dict' AS owner FROM pypi, numbers(3) AS n;
view unrolled to t as SELECT project, owner FROM pypi ARRAY JOIN ['a', 'b'] AS owner;
