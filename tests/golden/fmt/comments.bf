#!/usr/bin/env bfc
# Comments stay: on the line of what they follow, or on a line of their own.
/* lead */ database pypi /* inside */ ; /* behind */ use std.fast; -- last

/* a long one
     keeps its lines */

   /* and
    * its margin */
BACKFILL TABLE pypi FROM archive -- head
      -- bfc: allow something
  SPLIT   ON timestamp AT earliest    -- these three
  NULLS   ARE skipped                 -- stand in
  CHUNK   BY files  10                -- a column
  WORKERS 2--close
    # with a hash

  -- after an empty line
  settings -- which
     fast, -- that
     slow  -- and this
  -- before the end
  ;  -- behind the end
backfill table a . /* the name */ b from c chunk by id /* by number */ every 10 -- why ten
  verify /* them */ rows
     /* all */ ;
source s as SELECT  1 -- of SQL
  -- and of SQL

  , 2
  -- not of SQL any more
  ;


-- the end


