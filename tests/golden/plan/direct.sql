-- bfc ended with exit code 1
direct.bf:10:27: warning[BF164]: a chunk that breaks off may leave a part of its rows: the run stops there, and a person has to look
   10 | backfill view per_page_mv using direct unsafe split on day at now + 2 minutes settle 30 seconds chunk by partition;
      |                           ^^^^^^^^^^^^^^^^^^^
        hint: `using duplicate` can be repeated; `-- bfc: allow unsafe-direct` on the line before says that this is known
direct.bf:10:69: error[BF147]: 'day' has type Date and nothing below a day
   10 | backfill view per_page_mv using direct unsafe split on day at now + 2 minutes settle 30 seconds chunk by partition;
      |                                                                     ^^^^^^^^^
        hint: now + 1 day
1 error, 1 warning
