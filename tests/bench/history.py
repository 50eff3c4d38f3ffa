"""The history that the sections of the guide share: one table ordered by time, made once by numbers().

It stands in a database of its own and is only read. A run of bfc has its views, targets and journal in `bench`,
which is dropped before each. Thirty hours, of which the first twenty-four are one partition of two:
four fifths of the rows.
"""
import os
import shlex
import time

import byhand

ROWS = 50_000_000
BEGIN = "2024-12-17 00:00:00"
SECONDS = 30 * 3600
SPLIT = "2025-01-01 00:00:00"
COLUMNS = "timestamp DateTime('UTC'), project String, country_code LowCardinality(String), bytes UInt32"


class History:
    def __init__(self, bench):
        self.bench, self.server, self.rows = bench, bench.start_server(), bench.history_rows
        self.answers = {}  # what plain queries say, asked once
        self.make("by_time", self.rows)
        self.part("a_day", "by_time", "'20241217'")
        self.make("few", min(self.rows, 5000))

    def count(self, table):
        return int(self.server.query(f"SELECT count() FROM history.{table}").rows[0][0])

    def make(self, table, rows):
        """About 4.8 million pairs of hour and project a day, where there are so many rows."""
        self.create(table)
        if self.count(table) == rows:
            return
        print(f"making history.{table} of {rows:,} rows")
        self.server.query(f"TRUNCATE TABLE history.{table} SYNC")
        self.server.query(
            f"INSERT INTO history.{table} SELECT toDateTime('{BEGIN}', 'UTC') + intDiv(number * {SECONDS}, {rows}) AS timestamp, "
            f"concat('project-', toString(cityHash64(number) % 200000)) AS project, "
            f"['DE', 'FR', 'US', 'JP', 'BR', 'IN'][cityHash64(number, 1) % 6 + 1] AS country_code, "
            f"cityHash64(number, 2) % 1000 AS bytes FROM numbers({rows})", settings={"max_insert_threads": 1})
        self.settle()

    def part(self, table, of, partition):
        """Hard links: no room."""
        self.create(table)
        self.server.query(f"ALTER TABLE history.{table} REPLACE PARTITION ID {partition} FROM history.{of}")

    def create(self, table):
        self.server.query("CREATE DATABASE IF NOT EXISTS history")
        self.server.query(f"CREATE TABLE IF NOT EXISTS history.{table} ({COLUMNS}) ENGINE = MergeTree "
                          "PARTITION BY toYYYYMMDD(timestamp) ORDER BY timestamp")

    def settle(self):
        """Merges that still run would be measured, too."""
        while self.server.query("SELECT count() FROM system.merges").rows[0][0] != "0":
            time.sleep(0.5)

    def clear(self, before=()):
        for database in ("bench", "bfc"):
            self.server.query(f"DROP DATABASE IF EXISTS {database} SYNC")
        # Of a run that was broken off: its journal, which would have told, is gone.
        for name, in self.server.query("SELECT name FROM system.tables WHERE database = 'history' AND startsWith(name, 'bfc_') "
                                       "ORDER BY engine LIKE '%View' DESC").rows:
            self.server.query(f"DROP TABLE history.`{name}` SYNC")
        self.server.query("CREATE DATABASE bench")
        for sql in before:
            self.server.query(sql)
        self.settle()

    def same(self, got, want):
        """Stops where a target is not what a plain query over the history says."""
        def digest(sql):
            return self.server.query(f"SELECT count(), sum(cityHash64(*)) FROM ({sql})").rows[0]

        if want not in self.answers:
            self.answers[want] = digest(want)
        if digest(got) != self.answers[want]:
            raise SystemExit(f"{got}\n  is {digest(got)}, and not what {want}\n  gives: {self.answers[want]}")


class Cost:
    """Seconds of a whole process, and what its statements took of the server's memory."""

    def __init__(self, seconds, load_seconds, statement_mib, peak_mib, statements):
        self.seconds, self.load_seconds = seconds, load_seconds
        self.statement_mib, self.peak_mib, self.statements = statement_mib, peak_mib, statements


def timed(history, command, environment=None):
    server = history.server
    began = server.query("SELECT now64(6)").rows[0][0]
    seconds, _ = history.bench.measured(command, environment)
    server.query("SYSTEM FLUSH LOGS query_log")
    rows = server.query(
        "SELECT toUnixTimestamp64Micro(query_start_time_microseconds), toUnixTimestamp64Micro(event_time_microseconds), "
        "memory_usage, query_kind = 'Insert' AND NOT has(databases, 'bfc') FROM system.query_log "
        f"WHERE type = 'QueryFinish' AND query_start_time_microseconds >= '{began}' "
        "AND NOT startsWith(query, 'SELECT now64(6)') AND NOT startsWith(query, 'SYSTEM')").rows
    spans = [(int(a), int(b), int(memory)) for a, b, memory, _ in rows]
    loads = [(int(b) - int(a)) / 1e6 for a, b, _, load in rows if load == "1"]
    # At once: as if each statement had its peak for as long as it ran.
    peak = max((sum(m for a, b, m in spans if a <= at < b) for at, _, _ in spans), default=0)
    return Cost(seconds, sum(loads), max((m for _, _, m in spans), default=0) / 2**20, peak / 2**20, len(rows))


def apply(history, name, text, before=(), words=()):
    """A migration from nothing to done."""
    path = os.path.join(history.bench.folder, f"{name}.bf")
    with open(path, "w") as out:
        out.write(text)
    history.clear(before)
    return timed(history, [history.bench.bfc, "apply", path, "--yes", *words], history.server.environment())


def by_hand(history, statements, before=(), at_once=1):
    """The statements, one after the other, by one curl; or dealt out to several that run at once."""
    class Recorded:
        server, settings = history.server, {"async_insert": "0"}

    sessions = []
    for number in range(at_once):
        Recorded.statements = [byhand.Statement(sql, {}) for sql in statements[number::at_once]]
        folder = os.path.join(history.bench.folder, f"hand-{number}")
        os.makedirs(folder, exist_ok=True)
        sessions.append(byhand.Session(Recorded, folder).command)
    history.clear(before)
    if at_once == 1:
        return timed(history, sessions[0])
    script = " & ".join(shlex.join(command) for command in sessions)
    return timed(history, ["bash", "-c", f"{script} & for _ in {' '.join(map(str, range(at_once)))}; do wait -n || exit; done"])
