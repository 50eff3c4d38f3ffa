-- Compares every table with a plain query over the Parquet files. Nothing of bfc is in here.
-- One row a table: rows or groups, and a checksum that does not depend on their order; expected
-- and found. Rows that demo.sh streamed in are told by their project's name and left out.
WITH archive AS
(
    -- The table's own types: seconds, and '' in place of NULL.
    SELECT toDateTime(assumeNotNull(timestamp)) AS timestamp, ifNull(country_code, '') AS country_code,
           ifNull(project, '') AS project, ifNull(file.type, '') AS type,
           ifNull(installer.name, '') AS installer,
           ifNull(arrayStringConcat(arraySlice(splitByChar('.', ifNull(python, '')), 1, 2), '.'), '') AS python_minor,
           ifNull(system.name, '') AS system, ifNull(file.version, '') AS version
    FROM file(concat({folder:String}, '/1734393600-000000000{000..099}.parquet'), 'Parquet') AS f
    WHERE f.timestamp IS NOT NULL
),
found AS
(
    SELECT 1 AS position, 'pypi' AS table, count() AS rows,
           sum(cityHash64(timestamp, toString(country_code), project, toString(type), toString(installer),
                          toString(python_minor), toString(system), version)) AS checksum
    FROM pypi.pypi WHERE NOT startsWith(project, 'stream-')
    UNION ALL
    SELECT 2, 'pypi_downloads', count(), sum(cityHash64(project, c))
    FROM (SELECT project, sum(count) AS c FROM pypi.pypi_downloads
          WHERE NOT startsWith(project, 'stream-') GROUP BY project)
    UNION ALL
    SELECT 3, 'pypi_downloads_per_hour', count(), sum(cityHash64(hour, project, c))
    FROM (SELECT hour, project, sum(count) AS c FROM pypi.pypi_downloads_per_hour
          WHERE NOT startsWith(project, 'stream-') GROUP BY hour, project)
    UNION ALL
    SELECT 4, 'pypi_versions', count(), sum(cityHash64(project, version, c, u, m))
    FROM (SELECT project, version, countMerge(downloads) AS c, uniqExactMerge(countries) AS u,
                 max(last_seen) AS m FROM pypi.pypi_versions
          WHERE NOT startsWith(project, 'stream-') GROUP BY project, version)
),
expected AS
(
    SELECT 1 AS position, count() AS rows,
           sum(cityHash64(timestamp, country_code, project, type, installer, python_minor, system, version)) AS checksum
    FROM archive
    UNION ALL
    SELECT 2, count(), sum(cityHash64(project, c))
    FROM (SELECT project, count() AS c FROM archive GROUP BY project)
    UNION ALL
    SELECT 3, count(), sum(cityHash64(hour, project, c))
    FROM (SELECT toStartOfHour(timestamp) AS hour, project, count() AS c FROM archive GROUP BY hour, project)
    UNION ALL
    SELECT 4, count(), sum(cityHash64(project, version, c, u, m))
    FROM (SELECT project, version, count() AS c, uniqExact(country_code) AS u, max(timestamp) AS m
          FROM archive GROUP BY project, version)
)
SELECT found.table AS table, expected.rows AS expected, found.rows AS found,
       hex(expected.checksum) AS expected_checksum, hex(found.checksum) AS found_checksum,
       if(expected.rows = found.rows AND expected.checksum = found.checksum, 'equal', 'DIFFERENT') AS verdict
FROM found INNER JOIN expected ON found.position = expected.position
ORDER BY found.position
FORMAT TSV
