external table t (a UInt8);
secret key from env S3_KEY;
secret hush from file '/run/secrets/s3';
source of_secrets as SELECT a FROM s3('https://b.example.com/{0..9}.parquet', {key:String}, {hush:String}, 'Parquet');
source of_format from s3('https://b.example.com/{0..9}.parquet', 'Parquet', 'a UInt8');
source open from s3('https://b.example.com/{0..9}.parquet', NOSIGN, 'Parquet');
source with_port from url('https://example.com:8443/a@b.parquet', 'Parquet');
source no_password as SELECT a FROM remote('other:9000', 'd', 't');
