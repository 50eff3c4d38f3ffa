-- A view's comment and definer are declared, created and compared; one without may have any.
database shop;
table clicks (page String) engine = MergeTree order by page;
table totals (page String, n UInt64) engine = SummingMergeTree order by page;

view with_comment to totals
comment 'what it''s for'
as SELECT page, count() AS n FROM clicks GROUP BY page;

CREATE MATERIALIZED VIEW pasted TO totals AS SELECT page, count() AS n FROM clicks GROUP BY page
COMMENT 'Clicks of a page';

view of_alice to totals
definer = alice sql security definer
as SELECT page, count() AS n FROM clicks GROUP BY page;

view of_nobody to totals sql security none as SELECT page, count() AS n FROM clicks GROUP BY page;

view without to totals as SELECT page, count() AS n FROM clicks GROUP BY page;

-- A default reads a Join table: that is made first.
table looked_up (k String, v String) engine = Join(ANY, LEFT, k);
table a_looker (k String, v String default joinGet('shop.looked_up', 'v', k)) engine = MergeTree order by k;
