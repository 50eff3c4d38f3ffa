-- Which database the names behind the slip belong to is not known: nothing is said of them.
database web;
table hits (at DateTime, page String) engine = MergeTree order by at;
databse shop;
table hits (at DateTime, item String) engine = MergeTree order by at;
view items_mv to hits as SELECT item AS itme FROM hits;
