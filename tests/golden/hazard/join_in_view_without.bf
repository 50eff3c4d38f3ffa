use './_pypi.bf';
external table t (project String, owner String);
view plain to t as SELECT project, dictGet('owners', 'owner', project) AS owner FROM pypi;
view unrolled to t as SELECT project, owner FROM pypi ARRAY JOIN ['a', 'b'] AS owner;
