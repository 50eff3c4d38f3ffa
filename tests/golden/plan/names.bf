migration names 'Names that have to be quoted';
database `my shop`;

table `order's "list"` (`select` UInt64, `from time` DateTime64(3), `a.b` String, `x``y` Nullable(String))
engine = ReplacingMergeTree(`select`) partition by toYYYYMM(`from time`) order by (`select`, `a.b`);

external table `per day`;
ignore view `somebody's view`;

view `the view` to `per day` as
SELECT toDate(`from time`) AS `from time`, count() AS `n n` FROM `order's "list"` GROUP BY `from time`;

source `old one` as SELECT `select`, `from time`, `a.b`, `x``y` FROM `old shop`.`order's "list"`;

backfill table `order's "list"` from `old one`
  split on `from time` at earliest
  nulls are skipped
  verify content;
