"""A scene of `backfill view`: a live table with history in it, views that are not there yet, and the oracle.

History is what is older than the scene's split; live rows are the continuation of the stream. The oracle computes each
target from the formula of the rows.
"""
from scene import MAIN_COLUMNS, Ingest, Scene, quoted

MAIN = f"CREATE TABLE main {MAIN_COLUMNS} ENGINE = MergeTree PARTITION BY toYYYYMMDD(ts) ORDER BY (project, ts);"
SUMS = "CREATE TABLE sums (project String, n UInt64, total Int64) ENGINE = SummingMergeTree " \
       "PARTITION BY cityHash64(project) % 2 ORDER BY project;"
SUMS_VIEW = "view sums_mv to sums as\nSELECT project, count() AS n, sum(value) AS total FROM main GROUP BY project;"
SUMS_GOT = "SELECT project, sum(n), sum(total) FROM sums GROUP BY project"
SUMS_WANT = "SELECT project, count(), sum(value) FROM {all} GROUP BY project"
DAYS = "CREATE TABLE days (ts Date, n UInt64) ENGINE = SummingMergeTree ORDER BY ts;"
# Its alias hides the split column.
DAYS_VIEW = "view days_mv to days as\nSELECT toDate(main.ts) AS ts, count() AS n FROM main GROUP BY ts;"
DAYS_GOT = "SELECT ts, sum(n) FROM days GROUP BY ts"
DAYS_WANT = "SELECT toDate(ts) AS day, count() FROM {all} GROUP BY day"


class ViewScene(Scene):
    def __init__(self, *words, **more):
        super().__init__(*words, **more)
        self.view_ddl = ""
        self.live_at_end = 100

    def views(self, text):
        """Declared in the migration, and nowhere else."""
        self.view_ddl += text.strip() + "\n"

    def history(self, rows=3000):
        self.history_rows = self.split_row = rows
        self.client.sql(f"INSERT INTO {quoted(self.main)} ({self.columns}) {self.generator} FROM numbers({rows})",
                        database=self.database)

    def all_rows(self):
        return f"(SELECT {self.columns} FROM ({self.generator} FROM numbers({self.split_row + self.live_rows})))"

    def fill(self, views, clauses, before="", after=""):
        with open(self.bf, "w", encoding="utf-8") as file:
            file.write(f"migration {self.name};\n{before}\ndatabase {quoted(self.database)};\n{self.ddl}\n"
                       f"{self.view_ddl}\nbackfill view {views}\n{clauses};\n{after}\n")

    def check(self):
        """Rows that come when the run is over count too: the views are as declared."""
        if self.live_at_end:
            self.live(self.live_at_end)
        super().check()
        filtered = self.client.rows("SELECT name, as_select FROM system.tables WHERE database = currentDatabase() "
                                    "AND position(as_select, '_CAST') > 0", database=self.database)
        assert not filtered, f"not as declared: {filtered}"


def two_views(scene, strategy, clauses, split=None, rows=3000):
    """Two views of one table, one of them with an alias that hides the split column."""
    scene.tables(f"{MAIN}\n{SUMS}\n{DAYS}")
    scene.views(f"{SUMS_VIEW}\n{DAYS_VIEW}")
    scene.expect(SUMS_GOT, SUMS_WANT)
    scene.expect(DAYS_GOT, DAYS_WANT)
    scene.history(rows)
    scene.fill("sums_mv, days_mv", f"using {strategy} split on ts at " + (split or f"'{scene.split}'") + f" {clauses}")
    return scene


class NowIngest(Ingest):
    """Rows with the time at which they come; some a second late."""

    def __init__(self, scene, rows=20, pause=0.02):
        super().__init__(scene, rows, pause)
