external table t (a UInt8);
source with_key from s3('https://b.example.com/{0..9}.parquet', 'KEY', 'HUSH', 'Parquet');
source with_key_apart as
SELECT a
FROM s3('https://b.example.com/{0..9}.parquet', 'KEY', 'HUSH');
source in_url from url('https://me:HUSH@example.com/a.parquet');
source in_database from postgresql('db:5432', 'd', 't', 'me', 'HUSH');
source in_connection from azureBlobStorage('DefaultEndpointsProtocol=https;AccountName=a;AccountKey=HUSH', 'c', 'a.parquet');
source elsewhere as SELECT a FROM remote('other:9000', 'd', 't', 'me', 'HUSH') WHERE a IN (SELECT a FROM mysql('h:3306', 'd', 't', 'me', 'HUSH'));
-- bfc: allow literal-credentials
source allowed from s3('http://127.0.0.1:4568/b/a.parquet', 'S3RVER', 'S3RVER', 'Parquet');
