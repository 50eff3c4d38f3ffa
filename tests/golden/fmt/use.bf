USE  std . sources.s3   AS archive(url='https://b.example.com/{000..099}.parquet' ,key = {s3_key:String},
secret={s3_secret:String} );
use std.sources.http as other (
        url = 'https://b.example.com/a',   -- a comment
   -- another one
  format = 'CSV'
)
;
use './mine.bf' as mine( );
use './mine.bf'
  as Mine2 ( rows = - 5 , Table = shop . clicks, exact=True
  );
SECRET  key  ;
secret longer_key FROM ENV X;
