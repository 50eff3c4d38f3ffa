"""`publish at end`: chunks gather in holding tables, and the live tables see nothing before one run of moves."""
import re

from bfc import Bfc, EXIT_DONE
from proxy import Proxy
from scene import MAIN_COLUMNS
from view_scene import ViewScene, two_views

TABLES = f"""CREATE TABLE main {MAIN_COLUMNS} ENGINE = MergeTree PARTITION BY toYYYYMMDD(ts) ORDER BY (project, ts);
CREATE TABLE sums (project String, n UInt64, total Int64) ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW sums_mv TO sums AS
SELECT project, count() AS n, sum(value) AS total FROM main GROUP BY project;
"""
CLAUSES = "split on ts at earliest chunk by files 1 publish at end"


def filled(world, name, clauses=CLAUSES, **history):
    scene = world.scene(name)
    scene.tables(TABLES)
    scene.history(**history)
    scene.live(200)
    scene.migration(clauses)
    scene.expect("SELECT project, sum(n), sum(total) FROM sums GROUP BY project",
                 "SELECT project, count(), sum(value) FROM {all} GROUP BY project")
    return scene


class Watch:
    """What the live tables had before each move, by whether it goes to a holding table; `stop` breaks the run off
    before, or behind, its n-th move into a live one."""

    def __init__(self, scene, tables=("main", "sums"), stop=0, behind=False):
        self.scene, self.tables, self.stop, self.behind = scene, tables, stop, behind
        self.held, self.live = [], []
        self.run = None

    def decide(self, _, request):
        if "MOVE PARTITION" not in request.text:
            return "pass"
        held = "_hold_" in re.search(r"TO TABLE (\S+)", request.text)[1]
        query = " + ".join(f"(SELECT count() FROM {table})" for table in self.tables)
        (self.held if held else self.live).append(self.scene.client.one(f"SELECT {query}", database=self.scene.database))
        if not held and len(self.live) == self.stop:
            return "call-answered" if self.behind else "call-before"
        return "pass"

    def kill(self):
        self.run.kill()
        self.run.child.wait()

    def play(self):
        proxy = Proxy(self.scene.client.port, self.decide, self.kill)
        try:
            self.run = Bfc(self.scene.directory, proxy.url).start("apply", self.scene.bf, "--yes")
            return self.run.wait()
        finally:
            proxy.close()


def staged(scene):
    return scene.client.one(f"SELECT count() FROM system.tables WHERE database = '{scene.database}' "
                            "AND startsWith(name, 'bfc_')")


def case_table(world):
    """Live tables and views stay as they are until all chunks are in."""
    for workers in (1, 2):
        scene = filled(world, f"at_end_{workers}", f"{CLAUSES} workers {workers}", rows=4000, files=5)
        watch = Watch(scene)
        run = watch.play()
        assert run.code == EXIT_DONE, run.text
        assert len(watch.held) >= 5 and len(watch.live) >= 2, (watch.held, watch.live)
        assert len(set(watch.held)) == 1 and watch.live[0] == watch.held[0], (watch.held, watch.live)
        scene.check()
        status = scene.bfc.run("status", scene.name)
        assert "3,000 in" in status.text, status.text


def case_views(world):
    for strategy in ("null_engine", "duplicate"):
        scene = ViewScene(world.engine, world.directory, f"at_end_{strategy}")
        two_views(scene, strategy, "chunk by ts every 6 hours workers 2 publish at end verify content")
        watch = Watch(scene, ("sums", "days"))
        run = watch.play()
        assert run.code == EXIT_DONE, run.text
        assert set(watch.held) == {"0"} and watch.live[0] == "0", (watch.held, watch.live)
        scene.check()


def case_again(world):
    """A second run does nothing; so does one with another number of workers."""
    scene = filled(world, "at_end_again")
    plan = scene.bfc.run("plan", scene.bf)
    assert plan.code == EXIT_DONE and "one run of moves" in plan.text, plan.text
    scene.run()


def case_abort_before_the_moves(world):
    """What is held is dropped, and the next run loads all of it anew."""
    scene = filled(world, "at_end_abort")
    Watch(scene, stop=1).play()
    assert int(staged(scene)) >= 2
    aborted = scene.bfc.run("abort", scene.name)
    assert aborted.code == 0 and "0 chunks" in aborted.text, aborted.text
    assert staged(scene) == "0"
    assert scene.client.one("SELECT count() FROM main", database=scene.database) == "200"
    status = scene.bfc.run("status", scene.name)
    assert "4 of 4" not in status.text, status.text
    scene.run()


def case_abort_twice(world):
    """The holding tables are made again each time, and a broken run after an abort goes on with what it has."""
    scene = filled(world, "at_end_twice")
    for _ in range(2):
        Watch(scene, stop=1).play()
        assert scene.bfc.run("abort", scene.name).code == 0
    Watch(scene, stop=1).play()
    watch = Watch(scene)
    run = watch.play()
    assert run.code == EXIT_DONE and not watch.held, run.text
    scene.check()


def case_abort_in_the_moves(world):
    """What is partly live is never thrown away: the run goes on."""
    scene = filled(world, "at_end_partly")
    Watch(scene, stop=2).play()
    aborted = scene.bfc.run("abort", scene.name)
    assert aborted.code == 3 and "partly published" in aborted.text, aborted.text
    run = scene.apply()
    assert "4 of 4 chunks are done" in run.text, run.text
    scene.check()


def case_abort_beside_another(world):
    """Only the backfill that is held is taken back; another one of the same migration stays."""
    scene = filled(world, "at_end_beside")
    scene.tables(f"CREATE TABLE other {MAIN_COLUMNS} ENGINE = MergeTree ORDER BY id;")
    scene.migration("split on ts at earliest chunk by files 1", after=f"""backfill table other from archive
        split on ts at '{scene.split}' chunk by files 2 publish at end;""")
    watch = Watch(scene, ("other",))
    scene.expect("SELECT * FROM other", f"SELECT * FROM {{all}} WHERE ts < '{scene.split}'")

    def decide(at, request):
        return "call-before" if "MOVE PARTITION" in request.text and "TO TABLE t_at_end_beside.other" in request.text \
            else "pass"
    watch.decide = decide
    watch.play()
    aborted = scene.bfc.run("abort", scene.name)
    assert aborted.code == 0 and "4 chunks" in aborted.text, aborted.text
    assert staged(scene) == "0"
    scene.apply()
    scene.check()
    # Once more, with what the second run has made.
    again = scene.bfc.run("apply", scene.bf, "--yes")
    assert again.code == EXIT_DONE, again.text


def case_holding_table_dropped(world):
    """Somebody drops a holding table: that is seen before anything is published."""
    scene = filled(world, "at_end_dropped")
    Watch(scene, stop=1).play()
    # The seal is there: this takes what it says away.
    name = scene.client.one(f"SELECT name FROM system.tables WHERE database = '{scene.database}' "
                            "AND name LIKE 'bfc%hold%main'")
    scene.client.sql(f"DROP TABLE {scene.database}.{name} SYNC")
    run = scene.bfc.run("apply", scene.bf, "--yes")
    assert run.code == 3, run.text
    assert scene.client.one("SELECT count() FROM main", database=scene.database) == "200"


def case_holding_table_left_over(world):
    """A table that stands in a holding table's place, and is not empty, or of another structure."""
    scene = filled(world, "at_end_left")
    plan = scene.bfc.run("compile", scene.bf).out
    name = re.search(r"bfc_[0-9a-f]+_hold_b1_1_main", plan)[0]
    scene.client.script(f"CREATE TABLE {name} (other UInt8) ENGINE = MergeTree ORDER BY other;",
                        database=scene.database)
    run = scene.bfc.run("apply", scene.bf, "--yes")
    assert run.code == 6 and name in run.text and "another structure" in run.text, run.text
    assert scene.bfc.run("abort", scene.name).code == 0
    scene.client.script(f"CREATE TABLE {name} AS main;\n"
                        f"INSERT INTO {name} SELECT * FROM main;",
                        database=scene.database)
    run = scene.bfc.run("apply", scene.bf, "--yes")
    assert run.code == 6 and name in run.text, run.text
    assert scene.bfc.run("abort", scene.name).code == 0
    scene.run()


def case_many_parts(world):
    """More parts in a partition than one MOVE takes by default, and than an INSERT waits for."""
    scene = world.scene("at_end_parts")
    scene.tables(f"CREATE TABLE main {MAIN_COLUMNS} ENGINE = MergeTree ORDER BY (project, ts);")
    scene.history(rows=4800, files=4)
    scene.live(200)
    scene.migration(CLAUSES + " settings max_block_size = 3, input_format_parquet_max_block_size = 3, min_insert_block_size_rows = 3, "
                    "min_insert_block_size_bytes = 1, max_insert_threads = 1, max_threads = 1")
    scene.run()
