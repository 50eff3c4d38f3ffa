-- One Parquet file of the PyPI example, in the schema of the public data set: nested and
-- nullable. Every value is a hash of (row, seed, salt), so the same parameters give the same
-- rows on every machine. generate.sh sends this once a file, with
--   path   where the file goes            rows   how many rows it gets
--   first  the number of its first row    seed   another seed, other rows
INSERT INTO FUNCTION file(
    {path:String}, 'Parquet',
    'timestamp Nullable(DateTime64(6)),
     country_code Nullable(String),
     url Nullable(String),
     project Nullable(String),
     file Tuple(filename Nullable(String), project Nullable(String), version Nullable(String), type Nullable(String)),
     installer Tuple(name Nullable(String), version Nullable(String)),
     python Nullable(String),
     implementation Tuple(name Nullable(String), version Nullable(String)),
     distro Tuple(name Nullable(String), version Nullable(String), id Nullable(String),
                  libc Tuple(lib Nullable(String), version Nullable(String))),
     system Tuple(name Nullable(String), release Nullable(String)),
     cpu Nullable(String),
     openssl_version Nullable(String),
     setuptools_version Nullable(String),
     rustc_version Nullable(String),
     tls_protocol Nullable(String),
     tls_cipher Nullable(String)')
SETTINGS engine_file_truncate_on_insert = 1
WITH
    -- A few projects get most downloads, as on PyPI: the rank is an exponential of an even hash.
    toUInt32(floor(exp(cityHash64(number, {seed:UInt64}, 'project') / 18446744073709551616 * log(4000)))) AS rank,
    ['boto3', 'urllib3', 'requests', 'certifi', 'idna', 'numpy', 'packaging', 'setuptools', 'six',
     'python-dateutil', 'pyyaml', 's3transfer', 'pandas', 'cryptography', 'wheel', 'attrs'] AS famous,
    if(rank <= length(famous), famous[rank], concat('package-', toString(rank))) AS name,
    concat(toString(rank % 5), '.', toString(cityHash64(number, {seed:UInt64}, 'minor') % 12), '.',
           toString(cityHash64(number, {seed:UInt64}, 'patch') % 4)) AS release,
    if(cityHash64(number, {seed:UInt64}, 'type') % 4 = 0, 'sdist', 'bdist_wheel') AS kind,
    concat(name, '-', release, if(kind = 'sdist', '.tar.gz', '-py3-none-any.whl')) AS filename,
    cityHash64(number, {seed:UInt64}, 'installer') % 20 AS tool,
    cityHash64(number, {seed:UInt64}, 'python') % 60 AS py,
    concat('3.', toString(7 + py % 7), '.', toString(py % 20)) AS python_version,
    cityHash64(number, {seed:UInt64}, 'system') % 10 AS os
SELECT
    -- One row in 10,000 has no time, as happens in logs: such a row is neither history nor live.
    if(cityHash64(number, {seed:UInt64}, 'no time') % 10000 = 0, NULL,
       toDateTime64('2024-12-17 00:00:00', 6, 'UTC')
           + toIntervalMicrosecond(cityHash64(number, {seed:UInt64}, 'time') % 86400000000)) AS timestamp,
    if(cityHash64(number, {seed:UInt64}, 'no country') % 50 = 0, NULL,
       ['US', 'US', 'US', 'DE', 'IN', 'GB', 'FR', 'JP', 'CN', 'BR', 'NL', 'SG']
           [1 + cityHash64(number, {seed:UInt64}, 'country') % 12]) AS country_code,
    concat('/packages/', lower(hex(cityHash64(name, release))), '/', filename) AS url,
    name AS project,
    (filename, name, release, kind) AS file,
    (if(tool = 0, NULL, if(tool < 14, 'pip', if(tool < 18, 'uv', 'poetry'))),
     if(tool = 0, NULL, concat('24.', toString(tool % 4)))) AS installer,
    if(tool = 0, NULL, python_version) AS python,
    (if(tool = 0, NULL, if(py = 0, 'PyPy', 'CPython')), if(tool = 0, NULL, python_version)) AS implementation,
    (if(os < 8, ['Ubuntu', 'Debian GNU/Linux', 'Alpine Linux', 'Amazon Linux'][1 + os % 4], NULL),
     if(os < 8, ['22.04', '12', '3.20', '2023'][1 + os % 4], NULL),
     if(os < 8, ['jammy', 'bookworm', NULL, NULL][1 + os % 4], NULL),
     (if(os < 8, if(os % 4 = 2, 'musl', 'glibc'), NULL), if(os < 8, '2.36', NULL))) AS distro,
    (if(os < 8, 'Linux', if(os = 8, 'Darwin', 'Windows')), if(os < 8, '6.1.0', NULL)) AS system,
    if(tool = 0, NULL, if(os % 3 = 0, 'aarch64', 'x86_64')) AS cpu,
    if(tool = 0, NULL, 'OpenSSL 3.0.15 3 Sep 2024') AS openssl_version,
    if(tool % 3 = 0, NULL, concat('7', toString(tool % 6), '.0.0')) AS setuptools_version,
    if(tool % 2 = 0, NULL, '1.83.0') AS rustc_version,
    if(py % 5 = 0, 'TLSv1.2', 'TLSv1.3') AS tls_protocol,
    if(py % 5 = 0, 'ECDHE-RSA-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256') AS tls_cipher
FROM numbers({first:UInt64}, {rows:UInt64})
