"""A stage: one engine on which faults are played, and what must be true after each of them."""
import collections
import os
import re
import time

from bfc import Bfc
from by_engine import BROKEN_ENDS, Gate, play_engine, play_insert, play_moves
from by_memory import play_memory, play_writes, survey_memory, survey_writes
from by_requests import kill_at, named, play_answers, play_pairs, play_requests
from pause_scene import Writer
from proxy import Proxy
from scenes import SCENES
from space import play_space

# What is found of a run that nothing disturbs: the requests' keys in their order, each MOVE's and REPLACE's key with the
# names of its file-system operations, how long it took.
Survey = collections.namedtuple("Survey", "keys operations elapsed")


class Stage:
    def __init__(self, engine, directory):
        self.engine, self.directory, self.what = engine, directory, None
        self.number = self.generation = 0
        self.trigger = engine.env["FSKILL_TRIGGER"]

    def scene(self, slow=False):
        self.number += 1
        return SCENES[self.what].scene(self.engine, self.directory, f"fault_{self.number}", slow)

    def restart(self):
        """After it was killed. system.parts has whole seconds, and by them bfc tells a part that was merged away from one that
        a failed move took back; no server but this one is back within the second in which it was killed."""
        time.sleep(1 - time.time() % 1)
        self.engine.start()

    # --- looking ---

    def survey(self):
        scene, keys, operations = self.scene(), [], {}

        def begin(request):
            self.arm(scene, request, 0)
            operations[request.key] = len(self.operations())

        def end(request):
            operations[request.key] = self.operations()[operations[request.key]:]

        def decide(_, request):
            keys.append(request.key)
            return gate.enter(request)

        gate = Gate(self, begin, end)
        proxy = Proxy(self.engine.port, decide, ended=gate.leave)
        try:
            began = time.monotonic()
            run = Bfc(scene.directory, proxy.url).run("apply", scene.bf, "--yes")
            elapsed = time.monotonic() - began
            assert run.code == 0, f"the undisturbed run fails: exit {run.code}\n{run.text}"
            scene.check()
            assert "small" not in SCENES[self.what].how or any("-c1.2" in key for key in keys), "no chunk was split"
        finally:
            proxy.close()
            self.disarm()
        scene.drop()
        return Survey(numbered(keys), list(operations.items()), elapsed)

    survey_memory = survey_memory
    survey_writes = survey_writes

    def operations(self):
        """Names of all operations that were counted so far."""
        try:
            with open(self.trigger + ".log", encoding="utf-8") as file:
                return [line.split(" ")[1] for line in file]
        except FileNotFoundError:
            return []

    def arm(self, scene, request, n, length=0):
        """From now on the operations below the tables of this MOVE or REPLACE count; the engine dies before the n-th, or,
        given a length, so many fail from there on for want of space."""
        self.generation += 1
        names = ", ".join(f"'{name}'" for name in request.names(scene.database))
        paths = scene.client.rows("SELECT arrayJoin(data_paths) FROM system.tables "
                                  f"WHERE database = '{scene.database}' AND name IN ({names})")
        assert len(paths) == 2, f"not the tables of a MOVE: {names}, {paths}"
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

    kill_at, play_requests, play_answers, play_pairs = kill_at, play_requests, play_answers, play_pairs
    play_engine, play_insert, play_moves, play_space = play_engine, play_insert, play_moves, play_space
    play_memory, play_writes = play_memory, play_writes

    def play(self, fault):
        """A list of outcomes, one for each fault that was really played."""
        kind, how, where = fault
        if kind == "requests" and self.what.startswith("pause") and self.what != "pause_detach":
            return [self.play_writing(how, where)]
        return getattr(self, "play_" + kind)(how, where)

    def play_writing(self, how, where):
        """A writer inserts all along. Every second time it is resumed while bfc is dead, which a person might do."""
        scene = self.scene()
        scene.remove("alone")
        resumed = hash_of(where) % 2
        with Writer(scene):
            first, _ = self.kill_at(scene, how, named(where))
            if resumed:
                scene.remove("paused")
                time.sleep(0.1)
            again = scene.bfc.run("apply", scene.bf, "--yes")
            # What a view has counted before its snapshot was whole can't be taken out of its target by bfc.
            if again.code == 6 and "these rows would count twice" in again.text and resumed:
                for name in ("sums", "days"):
                    scene.client.sql(f"TRUNCATE TABLE {name}", database=scene.database)
            last = scene.bfc.run("apply", scene.bf, "--yes") if again.code else again
        return self.judge(scene, first if not again.code or again.code == 6 else again, last)

    def judge(self, scene, first, last=None, ends=BROKEN_ENDS):
        """One more run; then all must be as if nothing had happened."""
        last = last or scene.bfc.run("apply", scene.bf, "--yes")
        while self.what.startswith("direct") and last.code == 3 and "in doubt: chunk" in last.text:
            self.look_at_doubts(scene, last.text)
            last = scene.bfc.run("apply", scene.bf, "--yes")
        problem = "" if last.code == 0 else f"one more run: exit {last.code}\n{last.text}"
        if first.code not in ends:
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
        """What a person does: takes out what is there of these chunks and says so."""
        for chunk in re.findall(r"in doubt: chunk (\d+) of", text):
            condition = self.rows_of_chunk(scene, int(chunk))
            self.engine.sql(f"ALTER TABLE main DELETE WHERE {condition} AND id < {scene.split_row}",
                            database=scene.database)
        said = scene.bfc.run("abort", scene.name, "--in-doubt", "absent")
        assert said.code == 0, said.text

    def rows_of_chunk(self, scene, chunk):
        if self.what == "direct":
            size = 2 * scene.history_rows // scene.file_count
            return f"id >= {(chunk - 1) * size} AND id < {chunk * size}"
        # Days, the first of which is open downwards.
        return f"toDate(ts) = toDate('2024-12-17') + {chunk - 1}"

    def count_rows(self, scene):
        """Rows of the main table that are missing, and that are there too often; the same of what the view counted."""
        query = """SELECT sum(greatest(0, w - g)), sum(greatest(0, g - w)) FROM (
            SELECT sum(want) AS w, sum(got) AS g FROM (
                SELECT {key} AS k, toInt64({want}) AS want, 0 AS got FROM {all} GROUP BY k UNION ALL
                SELECT {key} AS k, 0, toInt64({got}) FROM {table} GROUP BY k) GROUP BY k)"""
        lost = doubled = 0
        tables = [("id", "count()", "count()", "main"), ("project", "count()", "sum(n)", "sums")]
        for key, want, got, table in tables[:1 if self.what.startswith("direct") else 2]:
            text = query.format(key=key, want=want, got=got, table=table, all=scene.all_rows())
            (row,) = scene.client.rows(text, database=scene.database)
            lost, doubled = lost + int(row[0]), doubled + int(row[1])
        return lost, doubled


def hash_of(key):
    return sum(map(ord, key))


def numbered(keys):
    """Each request's key with the number of the time that it came: 'b1.chunk.load-c1', 'SELECT name … #2'."""
    seen, out = collections.Counter(), []
    for key in keys:
        seen[key] += 1
        out.append(key if seen[key] == 1 else f"{key} #{seen[key]}")
    return out
