use './_pypi.bf';
external table t (project String, at DateTime);
-- bfc: allow todays-values
view misspelt to t as SELECT project, timestamp AS at FROM pypi;
view trailing to t as SELECT project, timestamp AS at FROM pypi; -- bfc: allow todays-value
-- bfc: allow todays-value, BF204
-- why it is fine
view half_used to t as SELECT project, now() AS at FROM pypi;
-- bfc: allow unknown-table
view an_error to t as SELECT project, timestamp AS at FROM pypi;
-- bfc: allow unused-allow
-- bfc: allow join-in-view
view kept to t as SELECT project, timestamp AS at FROM pypi;
