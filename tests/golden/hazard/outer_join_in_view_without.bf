use './_pypi.bf';
external table t (project String, owner String);
-- Told as join-in-view, and not as this one; the words are a column's and a function's here.
-- bfc: allow join-in-view
view one_line to t as SELECT project, right(owner, 1) AS owner FROM pypi LEFT JOIN owners AS full USING (project);
-- bfc: allow join-in-view
view inner to t as SELECT project, owner FROM pypi INNER JOIN (SELECT project, owner FROM a RIGHT JOIN b USING (project)) USING (project);
