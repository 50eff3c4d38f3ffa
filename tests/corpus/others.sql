-- What views use and bfc never looks at: run on the engine alone.

CREATE DATABASE other;
CREATE TABLE other.events (id UInt64) ENGINE = MergeTree ORDER BY id;
INSERT INTO other.events SELECT number FROM numbers(11);
CREATE TABLE names (user_id UInt32, name String) ENGINE = Join(ANY, LEFT, user_id);
INSERT INTO names SELECT user_id, name FROM users;
CREATE DICTIONARY people (user_id UInt64, country String) PRIMARY KEY user_id
SOURCE(CLICKHOUSE(TABLE 'users' DB 'corpus' USER 'bfc' PASSWORD 'right')) LAYOUT(FLAT()) LIFETIME(0);
