use './_pypi.bf';
external table t (project String, at DateTime);
-- bfc: allow todays-value, bf204
view used to t as SELECT project, now() AS at FROM pypi JOIN owners USING (project);
view quoted to t as SELECT '
-- bfc: allow todays-value
' AS project, timestamp AS at FROM pypi;
