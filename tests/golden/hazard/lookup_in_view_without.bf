use './_pypi.bf';
external table t (project String, owner String);
view fixed to t as SELECT project, 'dictGet(1)' AS owner FROM pypi WHERE project IN ('a', 'b');
view computed to t as
WITH (SELECT max(number) FROM numbers(5)) AS most, top AS (SELECT project FROM pypi)
SELECT project, toString(most) AS owner FROM top;
