"""One fault, played on one engine: set the scene, break the run, run once more, compare."""
import os
import re
import threading
import time

from bfc import Bfc
from pause_scene import PauseScene, Writer
from proxy import Proxy
from scene import MAIN_COLUMNS, Scene
from space import play_space
from view_scene import ViewScene, two_views

REQUEST_MODES = ("kill-before", "kill-sent", "kill-answered", "cut-before", "cut-sent", "cut-answer")
# Several parts in a partition and several partitions in a table: a move has a middle.
TABLES = f"""CREATE TABLE main {MAIN_COLUMNS} ENGINE = MergeTree PARTITION BY toYYYYMMDD(ts) ORDER BY (project, ts);
CREATE TABLE sums (project String, n UInt64, total Int64) ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW sums_mv TO sums AS
SELECT project, count() AS n, sum(value) AS total FROM main GROUP BY project;
"""
CLAUSES = """split on ts at earliest chunk by files 2
settings max_block_size = 500, min_insert_block_size_rows = 500, min_insert_block_size_bytes = 1, max_threads = 1"""
# Rows that take their time, so that an INSERT has a middle.
SLOW_SOURCE = "SELECT * FROM file('{pattern}', 'Parquet') WHERE sleepEachRow(0.0005) = 0"


# What is filled, and how: a table and its view, or two views by either strategy.
# "held" and "views_held": the same with `publish at end`.
# "listed": files of a `*`.  "direct": nothing is staged, and a person looks at chunks in doubt.
SCENES = ("table", "duplicate", "null_engine", "held", "views_held", "listed", "direct",
          "pause")
VIEW_CHUNKS = {"duplicate": "chunk by ts every 1 day", "null_engine": "chunk by partition"}
VIEW_CLAUSES = """{chunks}{slow}
settings max_block_size = 500, min_insert_block_size_rows = 500, min_insert_block_size_bytes = 1, max_threads = 1"""


class Stage:
    def __init__(self, engine, directory, what="table"):
        self.engine, self.directory, self.what = engine, directory, what
        self.number = self.generation = 0
        self.trigger = engine.env["FSKILL_TRIGGER"]

    def scene(self, slow=False):
        self.number += 1
        name = f"fault_{os.path.basename(self.directory)}_{self.number}"
        if self.what == "pause":
            scene = PauseScene(self.engine, self.directory, name, "null_engine", within="60 seconds")
            # Who writes when the engine may be killed does not know what it has written.
            scene.touch("alone")
            return scene
        if self.what not in ("table", "held", "listed", "direct"):
            slowly = " where (sleepEachRow(0.0005) = 0)" if slow else ""
            strategy = "null_engine" if self.what == "views_held" else self.what
            at_end = " publish at end" if self.what == "views_held" else ""
            return two_views(ViewScene(self.engine, self.directory, name), strategy,
                             VIEW_CLAUSES.format(chunks=VIEW_CHUNKS[strategy] + at_end, slow=slowly))
        scene = Scene(self.engine, self.directory, name)
        scene.tables(TABLES)
        scene.history(rows=3000, files=4)
        scene.live(200)
        how = {"held": "publish at end ", "direct": "using direct unsafe "}.get(self.what, "")
        pattern = os.path.join(scene.directory, "*.parquet") if self.what == "listed" else scene.pattern
        source = SLOW_SOURCE if slow else "SELECT * FROM file('{pattern}', 'Parquet')"
        scene.migration(how + CLAUSES, source=source.format(pattern=pattern))
        if self.what == "direct":
            return scene
        scene.expect("SELECT project, sum(n), sum(total) FROM sums GROUP BY project",
                     "SELECT project, count(), sum(value) FROM {all} GROUP BY project")
        return scene

    # --- looking ---

    def survey(self):
        """Number of requests of a run, names of the operations of each of its moves, seconds."""
        scene, begins = self.scene(), []

        def decide(_, request):
            if "MOVE PARTITION" in request.text:
                self.arm(scene, 0)
                begins.append(len(self.operations()))
            else:
                self.disarm()
            return "pass"

        proxy = Proxy(self.engine.port, decide)
        try:
            began = time.monotonic()
            run = Bfc(scene.directory, proxy.url).run("apply", scene.bf, "--yes")
            elapsed = time.monotonic() - began
            assert run.code == 0, f"the undisturbed run fails: exit {run.code}\n{run.text}"
            scene.check()
        finally:
            proxy.close()
            self.disarm()
        names = self.operations()
        return proxy.count, [names[a:b] for a, b in zip(begins, begins[1:] + [len(names)])], elapsed

    def operations(self):
        """Names of all operations that were counted so far."""
        try:
            with open(self.trigger + ".log", encoding="utf-8") as file:
                return [line.split(" ")[1] for line in file]
        except FileNotFoundError:
            return []

    def arm(self, scene, n, length=0):
        """From now on the operations below the scene's tables count; the engine dies before the n-th, or, given a
        length, so many fail from there on for want of space."""
        self.generation += 1
        paths = scene.client.rows(
            f"SELECT arrayJoin(data_paths) FROM system.tables WHERE database = '{scene.database}'")
        text = f"{self.generation} {n} {length}\n" + "".join(path + "\n" for (path,) in paths)
        with open(self.trigger + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(self.trigger + ".new", self.trigger)

    def disarm(self):
        try:
            os.unlink(self.trigger)
        except FileNotFoundError:
            pass

    # --- playing ---

    def play(self, fault):
        kind, how, where = fault
        scene = self.scene(slow=how == "insert")
        if self.what == "pause" and kind == "requests":
            return self.play_writing(scene, how, where)
        first = getattr(self, "play_" + kind)(scene, how, where)
        return self.judge(scene, first)

    def play_writing(self, scene, how, where):
        """Every second time the writer is resumed while bfc is dead, which a person might do."""
        scene.remove("alone")
        with Writer(scene):
            first = self.play_requests(scene, how, where)
            if where % 2:
                scene.remove("paused")
                time.sleep(0.1)
            again = scene.bfc.run("apply", scene.bf, "--yes")
            # What a view has counted before its snapshot was whole can't be taken out of its target by bfc.
            if again.code == 6 and "these rows would count twice" in again.text and where % 2:
                for table in ("sums", "days"):
                    scene.client.sql(f"TRUNCATE TABLE {table}", database=scene.database)
            last = scene.bfc.run("apply", scene.bf, "--yes") if again.code else again
        return self.judge(scene, first if not again.code or again.code == 6 else again, last)

    def judge(self, scene, first, last=None):
        """One more run; then all must be as if nothing had happened."""
        last = last or scene.bfc.run("apply", scene.bf, "--yes")
        while self.what == "direct" and last.code == 3 and "in doubt: chunk" in last.text:
            self.look_at_doubts(scene, last.text)
            last = last or scene.bfc.run("apply", scene.bf, "--yes")
        problem = "" if last.code == 0 else f"one more run: exit {last.code}\n{last.text}"
        if first.code not in (0, 3, -9):
            problem += f"the broken run: exit {first.code}\n"
        try:
            scene.check()
        except AssertionError as error:
            problem += str(error)
        if not problem:
            scene.drop()
            return {}
        lost, doubled = self.count_rows(scene)
        return {"problem": f"{problem}\n--- the broken run said:\n{first.text}", "lost": lost, "doubled": doubled}

    def look_at_doubts(self, scene, text):
        """What a person does: takes out what is there of these chunks, two files each, and says so."""
        size = 2 * scene.history_rows // scene.file_count
        for chunk in re.findall(r"in doubt: chunk (\d+) of", text):
            self.engine.sql(f"ALTER TABLE main DELETE WHERE id >= {(int(chunk) - 1) * size} AND id < "
                            f"least({int(chunk) * size}, {scene.split_row})", database=scene.database)
        said = scene.bfc.run("abort", scene.name, "--in-doubt", "absent")
        assert said.code == 0, said.text

    def count_rows(self, scene):
        """Rows of the main table that are missing, and that are there too often; the same of what the view counted."""
        query = """SELECT sum(greatest(0, w - g)), sum(greatest(0, g - w)) FROM (
            SELECT sum(want) AS w, sum(got) AS g FROM (
                SELECT {key} AS k, toInt64({want}) AS want, 0 AS got FROM {all} GROUP BY k UNION ALL
                SELECT {key} AS k, 0, toInt64({got}) FROM {table} GROUP BY k) GROUP BY k)"""
        lost = doubled = 0
        tables = [("id", "count()", "count()", "main"), ("project", "count()", "sum(n)", "sums")]
        for key, want, got, table in tables[:1 if self.what == "direct" else 2]:
            text = query.format(key=key, want=want, got=got, table=table, all=scene.all_rows())
            (row,) = scene.client.rows(text, database=scene.database)
            lost, doubled = lost + int(row[0]), doubled + int(row[1])
        return lost, doubled

    # --- the faults ---

    play_space = play_space

    def play_requests(self, scene, mode, index):
        started = threading.Event()
        under_way = []

        def kill():
            started.wait(10)
            under_way[0].kill()
            under_way[0].child.wait()

        proxy = Proxy(self.engine.port, lambda at, _: mode.replace("kill", "call") if at == index else "pass", kill)
        try:
            under_way.append(Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes"))
            started.set()
            return under_way[0].wait()
        finally:
            proxy.close()

    def play_engine(self, scene, how, delay):
        run = scene.bfc.start("apply", scene.bf, "--yes")
        if how == "insert":
            self.wait_for_insert(run)
        time.sleep(delay)
        self.engine.kill()
        # An engine belongs to the thread that started it, so this can't be done elsewhere.
        self.engine.start()
        return run.wait()

    def wait_for_insert(self, run):
        while run.child.poll() is None:
            count = self.engine.one("SELECT count() FROM system.processes WHERE query_kind = 'Insert' "
                                    "AND read_rows > 0 AND position(query, 'sleepEachRow') > 0")
            if count != "0":
                return
            time.sleep(0.005)

    def play_moves(self, scene, ending, where):
        move, n = where
        moves = [0]
        armed = [False]

        def decide(_, request):
            if armed[0]:
                self.disarm()
            if "MOVE PARTITION" in request.text:
                if moves[0] == move:
                    self.arm(scene, n)
                    armed[0] = True
                moves[0] += 1
            return "pass"

        proxy = Proxy(self.engine.port, decide)
        try:
            run = Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes")
            while run.child.poll() is None and self.engine.child.poll() is None:
                time.sleep(0.002)
            self.disarm()
            if self.engine.child.poll() is None:
                return run.wait()
            if ending != "bfc-goes-on":
                run.kill()
            self.engine.start()
            run.wait()
            if ending == "merged":
                # system.parts has whole seconds, and by them bfc tells a part that was merged away from one that a
                # failed move took back; no server but this one is back within the second in which it was killed.
                time.sleep(1.1)
                for table in ("main", "sums"):
                    self.engine.sql(f"OPTIMIZE TABLE {table} FINAL", database=scene.database)
            return run
        finally:
            proxy.close()
