migration odd_names 'Names that are special in some format: <b>&amp; "x" `y` @team #1 | 1. {z} 表 -->';
database `my <shop>`;

param `since` DateTime default '2024-01-01 00:00:00';

table `<script>alert(1)</script>` (`a|b` UInt64, `at` DateTime, `c``d` String COMMENT '</pre>&lt;')
engine = MergeTree partition by toYYYYMM(`at`) order by `a|b`;

table `1. [end] "q" 'r' ``s`` \\n` (`day` Date, `数` UInt64) engine = SummingMergeTree order by `day`;

view `_<img src=x onerror=alert(2)>_` to `1. [end] "q" 'r' ``s`` \\n` as
SELECT toDate(`at`) AS `day`, count() AS `数` -- a comment --> with <i> and ```
FROM `<script>alert(1)</script>` GROUP BY `day`;

source `@old #1` as SELECT `a|b`, `at`, `c``d` FROM `old </script>`.`t%%{init}`;

backfill table `<script>alert(1)</script>` from `@old #1`
  split on `at` at {since:DateTime}
  chunk by `at` every 1 month from '2023-10-01' to '2024-01-01'
  workers auto;

check '<script>alert(3)</script> 100 % | `all` of @team: "1 < 2"' as SELECT $x$</pre><script>alert(4)</script>$x$ != '';
