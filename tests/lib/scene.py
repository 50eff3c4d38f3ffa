"""A scene: live tables with views, history in Parquet files, one migration, and the oracle.

The oracle never looks at what bfc did: it computes each table from the files and from the formula of the live rows, with
one plain query, and compares count and an order-independent checksum over all columns of every row.
"""
import os
import threading

from bfc import Bfc, EXIT_DONE
from proxy import Proxy

# Row `number` of a scene's one stream of events. History is its beginning, in files; live rows are its
# continuation from the split on. The files overlap with the live rows, as exports do.
BEGIN = "2024-12-17 00:00:00"
STEP_SECONDS = 61
COLUMNS = "ts, project, id, value, country"
GENERATOR = f"""SELECT toDateTime('{BEGIN}', 'UTC') + number * {STEP_SECONDS} AS ts,
    concat('project ', toString(cityHash64(number, 1) % 37)) AS project,
    number AS id, toInt64(cityHash64(number, 2) % 2001) - 1000 AS value,
    arrayElement(['DE', 'FR', 'US', ''], cityHash64(number, 3) % 4 + 1) AS country"""
MAIN_COLUMNS = """(ts DateTime('UTC'), project LowCardinality(String), id UInt64, value Int64, country LowCardinality(String))"""


def quoted(name):
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Scene:
    def __init__(self, client, directory, name, database=None, main="main"):
        self.client, self.name, self.main = client, name, main
        self.database = database or f"t_{name}"
        self.directory = os.path.join(directory, name)
        os.makedirs(self.directory, exist_ok=True)
        self.bfc = Bfc(self.directory, client.url)
        self.ddl, self.expected = "", []
        self.file_count = self.history_rows = self.split_row = self.live_rows = 0
        self.source_where = "1"
        self.columns, self.time, self.generator = COLUMNS, "ts", GENERATOR
        self.client.sql(f"DROP DATABASE IF EXISTS {quoted(self.database)} SYNC")
        self.client.sql(f"CREATE DATABASE {quoted(self.database)}")

    # --- what is there before ---

    def tables(self, ddl):
        """CREATE statements, run now and pasted into the migration."""
        self.ddl += ddl.strip() + "\n"
        self.client.script(ddl, database=self.database)

    def history(self, rows=4000, files=4, split=0.75):
        """Files 000.parquet … with equally many rows each."""
        self.history_rows, self.file_count = rows, files
        self.split_row = int(rows * split)
        for index in range(files):
            self.client.sql(
                f"INSERT INTO FUNCTION file({literal(self.file(index))}, 'Parquet') {self.generator} "
                f"FROM numbers({index * rows // files}, {rows // files})",
                engine_file_truncate_on_insert="1", output_format_parquet_row_group_size="1000")

    def file(self, index):
        return os.path.join(self.directory, f"{index:03d}.parquet")

    @property
    def pattern(self):
        return os.path.join(self.directory, f"{{000..{self.file_count - 1:03d}}}.parquet")

    @property
    def split(self):
        """Time of the first live row."""
        return self.client.one(f"SELECT toString(toDateTime('{BEGIN}', 'UTC') + {self.split_row * STEP_SECONDS})")

    def live(self, rows=500):
        """The next rows of the stream, as ingest brings them."""
        self.client.sql(
            f"INSERT INTO {quoted(self.main)} ({self.columns}) {self.generator} "
            f"FROM numbers({self.split_row + self.live_rows}, {rows})", database=self.database)
        self.live_rows += rows

    # --- the migration ---

    @property
    def bf(self):
        return os.path.join(self.directory, f"{self.name}.bf")

    def migration(self, clauses, source=None, after="", before="", main=None):
        source = source or f"SELECT * FROM file({literal(self.pattern)}, 'Parquet')"
        with open(self.bf, "w", encoding="utf-8") as file:
            file.write(
                f"migration {self.name};\n{before}\ndatabase {quoted(self.database)};\n{self.ddl}\n"
                f"source archive as\n{source};\n\n"
                f"backfill table {quoted(main or self.main)} from archive\n{clauses};\n{after}\n")

    def expect(self, actual, expected):
        """{all} is all rows that must be in the main table by now."""
        self.expected.append((actual, expected))

    # --- running it ---

    def apply(self, *words, expect=EXIT_DONE, timeout=120):
        run = self.bfc.run("apply", self.bf, "--yes", *words, timeout=timeout)
        if expect is not None:
            assert run.code == expect, f"bfc apply: exit {run.code}, not {expect}\n{run.text}"
        return run

    def all_rows(self):
        until = f"toDateTime('{BEGIN}', 'UTC') + {self.split_row * STEP_SECONDS}"
        # Parquet has no DateTime: what comes back is a DateTime64.
        return (f"(SELECT * REPLACE (toDateTime({self.time}, 'UTC') AS {self.time}) FROM (SELECT {self.columns} "
                f"FROM file({literal(self.pattern)}, 'Parquet') "
                f"WHERE {self.time} < {until} AND ({self.source_where})) UNION ALL "
                f"SELECT {self.columns} FROM ({self.generator} FROM numbers({self.split_row}, {self.live_rows})))")

    def content(self, query):
        """(rows, checksum), whatever the order of the rows and whatever the columns' exact types."""
        return self.client.rows(
            f"SELECT count(), sum(cityHash64(formatRow('TSV', *))) FROM ({query})", database=self.database,
            use_variant_as_common_type="1")[0]

    def check(self):
        """Every table equals the oracle, and nothing of bfc's is left but its journal."""
        wrong = []
        for actual, expected in [(f"SELECT {self.columns} FROM {quoted(self.main)}", "SELECT * FROM {all}")] + self.expected:
            want = self.content(expected.replace("{all}", self.all_rows()))
            got = self.content(actual)
            if want != got:
                wrong.append(f"{actual}\n  is (rows, checksum) {got}, should be {want}")
            elif want[0] == "0":
                wrong.append(f"{actual}\n  compared nothing")
        wrong += self.leftovers()
        assert not wrong, "\n".join(wrong)

    def leftovers(self):
        rows = self.client.rows(
            f"SELECT database, name FROM system.tables WHERE database = {literal(self.database)} "
            f"AND startsWith(name, 'bfc_') OR database = 'bfc' AND startsWith(name, 'lock_')")
        return [f"left behind: {database}.{name}" for database, name in rows]

    def run(self):
        """Apply, check, apply again: nothing may happen, in two round trips at most."""
        run = self.apply()
        self.check()
        proxy = Proxy(self.client.port)
        try:
            again = Bfc(self.directory, proxy.url).run("apply", self.bf, "--yes")
            assert again.code == EXIT_DONE, f"second apply: exit {again.code}\n{again.text}"
            assert proxy.count <= 2, f"second apply: {proxy.count} requests\n{again.text}"
            assert "already" in again.text, f"second apply does not say that it is done already\n{again.text}"
        finally:
            proxy.close()
        self.check()
        return run

    def drop(self):
        self.client.sql(f"DROP DATABASE IF EXISTS {quoted(self.database)} SYNC")


class Ingest(threading.Thread):
    """Goes on inserting live rows until stopped."""

    def __init__(self, scene, rows=20, pause=0.01):
        super().__init__(daemon=True)
        self.scene, self.rows, self.pause = scene, rows, pause
        self.stopping, self.error = threading.Event(), None

    def run(self):
        try:
            while not self.stopping.is_set():
                self.scene.live(self.rows)
                self.stopping.wait(self.pause)
        except Exception as error:  # told in __exit__
            self.error = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join()
        if self.error:
            raise self.error
