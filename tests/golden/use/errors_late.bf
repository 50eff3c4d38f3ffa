-- What is found when the arguments have found their places.
param place String;
param unused String;
secret key;
secret key2 from env KEY;

use std.sources.s3 as a (url = {plaec:String}, key = {place:String}, secret = {key2:String});
use std.sources.s3 as b (url = 'https://b.example.com/a', key = {key2:String}, secret = {key2:String});
use std.sources.s3 as b (url = 'https://b.example.com/b', key = {key2:String}, secret = {key2:String});
use std.sources.http as c (url = {key2:String});
