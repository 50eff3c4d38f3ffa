"""A sample of all combinations of clauses (tests/lib/combinations.py), each run and compared with the oracle.

BFC_COMBINATIONS=N runs N in each case, BFC_SEED=… others; a failure names the combination.
"""
import os

from combinations import SPLIT_ROW, SPLITS, sample
from scene import Scene, literal, quoted

COLUMNS = """(ts DateTime('UTC'), project LowCardinality(String), id UInt64, value Int64, day Date,
    at DateTime64(3, 'UTC'), maybe Nullable(DateTime('UTC')))"""
GENERATOR = """SELECT toDateTime('2024-12-17 00:00:00', 'UTC') + number * 61 AS ts,
    concat('project ', toString(cityHash64(number, 1) % 37)) AS project, number AS id,
    toInt64(cityHash64(number, 2) % 2001) - 1000 AS value, toDate(ts) AS day, toDateTime64(ts, 3, 'UTC') AS at,
    if(number % 7 = 0, NULL, ts) AS maybe"""
TABLES = f"""CREATE TABLE main {COLUMNS} ENGINE = MergeTree PARTITION BY toYYYYMMDD(ts) ORDER BY (project, ts);
CREATE TABLE sums (project String, n UInt64, total Int64) ENGINE = SummingMergeTree ORDER BY project;
CREATE TABLE days (ts Date, n UInt64) ENGINE = SummingMergeTree PARTITION BY toYYYYMM(ts) ORDER BY ts;
CREATE TABLE daily (ts Date, n UInt64) ENGINE = SummingMergeTree ORDER BY ts;
"""
VIEWS = """CREATE MATERIALIZED VIEW sums_mv TO sums AS
SELECT project, count() AS n, sum(value) AS total FROM main GROUP BY project;
CREATE MATERIALIZED VIEW days_mv TO days AS
SELECT toDate(main.ts) AS ts, count() AS n FROM main GROUP BY ts;
CREATE MATERIALIZED VIEW daily_mv TO daily AS SELECT ts, sum(n) AS n FROM days GROUP BY ts;
"""
SELECT = "SELECT ts, project, id, value, day, at, CAST(maybe AS Nullable(DateTime('UTC'))) AS maybe"
PATTERNS = {"files": "{000..007}", "listing": "*"}
COUNT = int(os.environ.get("BFC_COMBINATIONS", "4"))
SEED = int(os.environ.get("BFC_SEED", "1"))
TARGETS = (("SELECT project, sum(n), sum(total) FROM sums GROUP BY project",
            "SELECT project, count(), sum(value) FROM {all} GROUP BY project"),
           ("SELECT ts, sum(n) FROM days GROUP BY ts", "SELECT toDate(ts) AS d, count() FROM {all} GROUP BY d"),
           ("SELECT ts, sum(n) FROM daily GROUP BY ts", "SELECT toDate(ts) AS d, count() FROM {all} GROUP BY d"))


def is_history(one):
    """The rows that the migration takes, as a condition on the history's columns."""
    conditions = []
    null = {"history": " OR maybe IS NULL", "skipped": " AND maybe IS NOT NULL"}.get(one.nulls, "")
    if one.split and one.split_kind != "now":
        conditions.append(f"{one.split_column} < {SPLITS[one.split_column]}" + null * (one.split_column == "maybe"))
    if one.where:
        conditions.append("value % 3 != 0")
    if one.chunk == "maybe":
        conditions.append("1" + null)
        if one.reach:
            conditions.append(f"maybe < {SPLITS['maybe']}" + null)
    elif one.by_column and one.reach:
        conditions.append(f"{one.chunk} < {SPLITS[one.chunk]}")
    return " AND ".join(f"({text})" for text in conditions) or "1"


def is_counted(one):
    """Of the rows that come when the run is over."""
    if not one.keep or not one.split:
        return "1"
    return "0" if one.split_kind == "now" else f"{one.split_column} >= {SPLITS[one.split_column]}"


class CombinationScene(Scene):
    def __init__(self, world, name, one):
        super().__init__(world.engine, world.directory, name)
        self.one = one
        self.columns, self.generator = "ts, project, id, value, day, at, maybe", GENERATOR
        self.tables(TABLES)
        if not one.of_view:
            self.tables(VIEWS)
        else:
            self.ddl += VIEWS
        for got, want in TARGETS:
            self.expect(got, want)

    def prepare(self):
        one = self.one
        if one.of_view:
            self.client.sql(f"INSERT INTO main ({self.columns}) {GENERATOR} FROM numbers({SPLIT_ROW})",
                            database=self.database)
            self.split_row = SPLIT_ROW
        else:
            rows = 4000 if one.split else SPLIT_ROW - 1  # equally many in each of 8 files
            self.history(rows=rows, files=8)
            self.split_row = SPLIT_ROW
            self.live(300)
            self.source = f"{SELECT} FROM file({literal(self.pattern_of())}, 'Parquet')"
            if one.chunk == "partition":
                old = f"CREATE TABLE old {COLUMNS} ENGINE = MergeTree PARTITION BY day ORDER BY ts;\n"
                self.tables(old)
                self.client.sql(f"INSERT INTO old SELECT {self.columns} FROM ({GENERATOR} FROM numbers({rows}))",
                                database=self.database)
                self.source = f"{SELECT} FROM old"

    def pattern_of(self):
        return os.path.join(self.directory, PATTERNS.get(self.one.chunk, "{000..007}") + ".parquet")

    def write(self):
        one = self.one
        head = "backfill view sums_mv, days_mv" if one.of_view else \
            f"source archive as\n{self.source};\n\nbackfill table main from archive"
        allow = "-- bfc: allow unsafe-direct\n" if one.direct else ""
        with open(self.bf, "w", encoding="utf-8") as file:
            file.write(f"migration {self.name};\nuse std.tuning;\ndatabase {quoted(self.database)};\n{self.ddl}\n"
                       f"{allow}{head}\n  {self.text()};\n")

    def text(self):
        return self.one.text.replace("command 'stop'", "command 'true'").replace("command 'start'", "command 'true'")

    def all_rows(self):
        one = self.one
        history = self.history_rows or SPLIT_ROW
        counted = is_counted(one) if one.of_view else "1"
        return (f"(SELECT * FROM ({GENERATOR} FROM numbers({history})) WHERE {is_history(one)} UNION ALL "
                f"SELECT * FROM ({GENERATOR} FROM numbers({SPLIT_ROW}, {self.live_rows})) WHERE {counted})")

    def check(self):
        if self.one.of_view and not self.live_rows:
            self.live(300)
        main = (f"SELECT {self.columns} FROM main",
                f"{GENERATOR} FROM numbers({SPLIT_ROW + self.live_rows})" if self.one.of_view else "SELECT * FROM {all}")
        wrong = []
        for actual, expected in [main] + self.expected:
            want, got = self.content(expected.replace("{all}", self.all_rows())), self.content(actual)
            if want != got:
                wrong.append(f"{actual}\n  is (rows, checksum) {got}, should be {want}")
        wrong += self.leftovers()
        assert not wrong, "\n".join(wrong)


def runs_here(one):
    """Not a day's wait, no person, no queue."""
    return not one.refusals() and one.split not in ("day now", "maybe now") \
        and (not one.pauses or "command" in one.pause)


def play(world, of_view, part):
    failures = []
    chosen = list(sample(COUNT, f"{SEED}.{part}", of_view, runs_here))
    for number, one in enumerate(chosen):
        scene = CombinationScene(world, f"combination_{'view' if of_view else 'table'}_{part}_{number}", one)
        try:
            scene.prepare()
            scene.write()
            scene.run()
        except AssertionError as error:
            failures.append(f"{one}\n{error}")
        else:
            scene.drop()
    assert not failures, f"{len(failures)} of {len(chosen)}:\n" + "\n\n".join(failures)


def case_table_1(world):
    play(world, False, 1)


def case_table_2(world):
    play(world, False, 2)


def case_view_1(world):
    play(world, True, 1)


def case_view_2(world):
    play(world, True, 2)
