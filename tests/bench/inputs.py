"""Inputs that the benchmark makes up."""


def one_row_tables(chunks):
    """The server's side of one_row_chunks(): a source with one row a chunk."""
    return [
        f"CREATE TABLE bench.history ENGINE = MergeTree ORDER BY id AS "
        f"SELECT toUInt64(number) AS id, number % 7 AS kind FROM numbers({chunks})",
        "CREATE TABLE bench.events (id UInt64, kind UInt64) ENGINE = MergeTree ORDER BY id",
        "CREATE TABLE bench.per_kind (kind UInt64, c UInt64) ENGINE = SummingMergeTree ORDER BY kind",
        "CREATE MATERIALIZED VIEW bench.per_kind_mv TO bench.per_kind AS "
        "SELECT kind, count() AS c FROM bench.events GROUP BY kind",
    ]


def one_row_chunks():
    return """migration one_row_chunks 'Many chunks of one row each';
database bench;
table events (id UInt64, kind UInt64) engine = MergeTree order by id;
table per_kind (kind UInt64, c UInt64) engine = SummingMergeTree order by kind;
view per_kind_mv to per_kind as SELECT kind, count() AS c FROM events GROUP BY kind;
source history_rows as SELECT id, kind FROM history;
backfill table events from history_rows
  split on id at 1000000
  chunk by id every 1;
"""


def large(tables):
    """`tables` tables and views, a tenth of that backfills; two views a pair of tables."""
    parts = ["migration large 'Generated: how compiling grows';\ndatabase large;\n"]
    for pair in range(tables // 2):
        parts.append(f"""
table events_{pair}
(
    time DateTime,
    project LowCardinality(String),
    bytes UInt64
)
engine = MergeTree partition by toYYYYMM(time) order by (project, time);
table totals_{pair} (project LowCardinality(String), hour DateTime, c UInt64, bytes UInt64)
engine = SummingMergeTree order by (project, hour);
view by_hour_{pair} to totals_{pair} as
SELECT project, toStartOfHour(time) AS hour, count() AS c, sum(bytes) AS bytes
FROM events_{pair} GROUP BY project, hour;
view by_day_{pair} to totals_{pair} as
SELECT concat('day ', project) AS project, toDateTime(toStartOfDay(time)) AS hour, count() AS c, sum(bytes) AS bytes
FROM events_{pair} AS e WHERE e.bytes > 0 GROUP BY project, hour;
""")
        if pair % 5 == 0:
            parts.append(f"""
source archive_{pair} as
SELECT time, project, bytes FROM file('archive/{pair}/part-{{00..99}}.parquet', 'Parquet');
backfill table events_{pair} from archive_{pair}
  split on time at '2024-12-17 09:00:00'
  nulls are skipped
  chunk by files 10
  settings max_threads = 2;
""")
    return "".join(parts)
