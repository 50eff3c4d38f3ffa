use './_pypi.bf';
external table t (project String, owner String);
view named to t as SELECT project, dictGetOrDefault('owners', 'owner', project, '') AS owner FROM pypi;
view joined to t as SELECT project, joinGet(owners_join, 'owner', project) AS owner FROM pypi;
view known to t as SELECT project, 'known' AS owner FROM pypi WHERE project IN (SELECT project FROM watched);
view scalar to t as WITH (SELECT max(name) FROM names) AS latest SELECT project, latest AS owner FROM pypi;
view allowed to t as SELECT project,
-- bfc: allow lookup-in-view
dictGet('owners', 'owner', project) AS owner FROM pypi;
