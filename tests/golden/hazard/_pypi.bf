table pypi (timestamp DateTime, project String, size UInt64) engine = MergeTree order by (project, timestamp);
