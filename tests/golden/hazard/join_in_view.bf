use './_pypi.bf';
external table t (project String, owner String);
view joined to t as SELECT p.project AS project, o.owner AS owner FROM pypi AS p LEFT JOIN owners AS o ON p.project = o.project;
view joined_inside to t as SELECT project, owner FROM (SELECT project, owner FROM pypi JOIN owners USING (project));
view allowed to t as SELECT p.project AS project, o.owner AS owner FROM pypi AS p
-- bfc: allow join-in-view
LEFT JOIN owners AS o ON p.project = o.project;
