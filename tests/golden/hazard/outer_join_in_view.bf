use './_pypi.bf';
external table t (project String, owner String);
view every_owner to t as SELECT o.project AS project, o.owner AS owner FROM pypi AS p RIGHT JOIN owners AS o ON p.project = o.project;
view both to t as SELECT project, owner FROM pypi FULL OUTER JOIN owners USING (project);
view second to t as
SELECT p.project AS project, o.owner AS owner FROM pypi AS p
-- bfc: allow join-in-view
LEFT JOIN aliases AS a ON p.project = a.alias
GLOBAL ANY RIGHT JOIN owners AS o ON a.project = o.project;
view allowed to t as SELECT project, owner FROM pypi
-- bfc: allow outer-join-in-view
full join owners USING (project);
