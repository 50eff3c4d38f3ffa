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
source with_header from url('https://example.com/a.csv', 'CSV', 'a UInt8', headers('Authorization'='Bearer HUSH', 'Accept'='text/csv'));
source named_argument from s3(bucket, secret_access_key = 'HUSH', filename = 'a.parquet');
source half_secret from s3('https://b.example.com/a.parquet', {key:String}, 'HUSH', 'Parquet');
source short_remote from remote('other:9000', d.t, 'me', 'HUSH');
source signed from url('https://example.com/a.csv?X-Amz-Date=1&X-Amz-Signature=HUSH&x=1');
source cached from redis('h:6379', 'k', 'k String, a UInt8', 0, 'HUSH');
source in_lake as SELECT a FROM icebergS3('https://b.example.com/t', 'KEY', 'HUSH', 'SESSIONHUSH');
secret key from env KEY;
table queue (a UInt8) engine = Kafka settings kafka_broker_list = 'k:9092', kafka_sasl_password = 'HUSH';
table outside (a UInt8) engine = MySQL('h:3306', 'd', 't', 'me', 'HUSH');
check 'same as there' as SELECT count() = (SELECT count() FROM postgresql('db:5432', 'd', 't', 'me', 'HUSH')) FROM t;
