"""Chunks that wait, for the migration's own reasons or the server's, with the reason shown; then each row once."""
import json
import os
import subprocess
import threading
import time

from bfc import EXIT_DONE, EXIT_INTERRUPTED, EXIT_STOPPED, Bfc
from cases_engine import wait_for
from engine import Engine, ServerError
from scene import Scene, literal
from view_scene import MAIN

BUSY = "CREATE TABLE busy (flag Nullable(Int64)) ENGINE = MergeTree ORDER BY tuple();"


def throttled(world, name, throttle="(SELECT count() > 0 FROM busy)", clauses="", tables=MAIN, using=""):
    scene = Scene(world.engine, world.directory, name)
    scene.tables(f"{tables}\n{BUSY}")
    scene.history()
    scene.live()
    scene.migration(f"{using} split on ts at '{scene.split}' chunk by files 1 nulls are skipped\n"
                    f"{clauses} throttle when {throttle}", before="-- bfc: allow unsafe-direct" if using else "")
    return scene


def busy(scene, value="1"):
    scene.client.sql(f"INSERT INTO busy VALUES ({value})", database=scene.database)


def quiet(scene):
    scene.client.sql("TRUNCATE TABLE busy", database=scene.database)


def staged(scene):
    return scene.client.rows("SELECT name FROM system.tables WHERE database = currentDatabase() "
                             "AND startsWith(name, 'bfc_') AND NOT startsWith(name, 'bfc_check')", database=scene.database)


def states(scene):
    """States that the chunks have in the journal."""
    try:
        return {row[0] for row in scene.client.rows(
            f"SELECT DISTINCT state FROM bfc.journal WHERE migration = {literal(scene.name)} AND chunk != ''")}
    except ServerError:
        return set()


def waiting(scene, *words, text="`throttle when"):
    run = scene.bfc.start("apply", scene.bf, "--yes", *words)
    try:
        wait_for(lambda: run.child.poll() is not None or text in run.text, "the reason", 60)
    except AssertionError:
        run.kill()
        raise
    assert run.child.poll() is None, run.text
    return run


def case_throttle(world):
    """Two workers wait, the reason is shown, nothing is there meanwhile; then it goes on by itself."""
    scene = throttled(world, "throttle", clauses="workers 2")
    busy(scene)
    run = waiting(scene)
    try:
        wait_for(lambda: run.text.count("waits:") == 2, "both workers", 30)
        assert not staged(scene) and not states(scene) & {"begun", "sealed"}, (staged(scene), states(scene))
        quiet(scene)
        run.wait()
    finally:
        run.kill()
    assert run.code == EXIT_DONE, run.text
    assert "`throttle when (SELECT count() > 0 FROM busy)` is true" in run.text, run.text
    assert "chunk 1 of 4 waits" in run.text and "chunk 2 of 4 waits" in run.text, run.text
    scene.check()


def case_throttle_patience(world):
    """It is no trouble: no patience is needed for it."""
    scene = throttled(world, "throttle_patience")
    busy(scene)
    run = waiting(scene, "--patience", "2", "--log", "json")
    try:
        wait_for(lambda: run.child.poll() is not None, "an end", 5)
    except AssertionError:
        pass
    assert run.child.poll() is None, run.text
    quiet(scene)
    run.wait()
    assert run.code == EXIT_DONE, run.text
    events = [json.loads(line) for line in run.text.splitlines() if line.startswith("{")]
    told = [event for event in events if event.get("event") == "waiting"]
    assert len(told) == 1 and told[0]["step"] == "b1.chunk.throttle" and "is true" in told[0]["what"], told
    scene.check()


def case_throttle_between_chunks(world):
    """The view of the live table itself says when it is enough: after each chunk."""
    scene = throttled(world, "throttle_between", f"(SELECT uniq(toStartOfDay(ts)) > 1 AND (SELECT count() FROM busy) = 0 "
                                                 "FROM main)")
    run = waiting(scene)
    assert len(scene.client.rows("SELECT DISTINCT chunk FROM bfc.journal WHERE state = 'sealed' AND migration = "
                                 f"{literal(scene.name)}")) in (0, 1), run.text
    try:
        # What the first chunk staged may still be dropped beside it.
        wait_for(lambda: not staged(scene), "nothing staged", 30)
        busy(scene)
        run.wait()
    finally:
        run.kill()
    assert run.code == EXIT_DONE, run.text
    scene.check()


def case_throttle_ends(world):
    """Interrupted, and killed, while it waits: nothing is staged, and the same command goes on."""
    scene = throttled(world, "throttle_ends")
    busy(scene)
    run = waiting(scene)
    run.interrupt()
    run.wait(20)
    assert run.code == EXIT_INTERRUPTED, run.text
    assert not scene.leftovers(), scene.leftovers()
    run = waiting(scene)
    run.kill()
    run.wait()
    assert not staged(scene), staged(scene)
    quiet(scene)
    scene.run()


def case_throttle_direct(world):
    """A chunk that waits is in no doubt, also where one that was begun would be."""
    scene = throttled(world, "throttle_direct", using="using direct unsafe")
    busy(scene)
    run = waiting(scene)
    run.kill()
    run.wait()
    quiet(scene)
    scene.apply()
    scene.check()


def case_throttle_answers(world):
    """NULL and no row let a chunk pass; several rows, a text and a missing table stop the run, with nothing staged."""
    for number, passes in enumerate(("(SELECT flag FROM busy)", "(SELECT flag FROM busy WHERE flag = 3)",
                                     "(SELECT sum(flag) FROM busy WHERE flag > 5)", "(SELECT false)")):
        scene = throttled(world, f"throttle_passes{number}", passes)
        busy(scene, "NULL")
        scene.apply()
        scene.check()
    for number, fails in enumerate(("(SELECT arrayJoin([1, 2]))", "(SELECT 'no')", "(SELECT 1 FROM not_there)", "(SELECT 1, 2)")):
        scene = throttled(world, f"throttle_fails{number}", fails)
        run = scene.apply(expect=EXIT_STOPPED)
        assert "b1.chunk.throttle" in run.text, run.text
        assert not scene.leftovers() and not states(scene), (scene.leftovers(), states(scene))


# --- what the server has no room for now -------------------------------------------------------

FEW = "CREATE TABLE main (ts DateTime('UTC'), project LowCardinality(String), id UInt64, value Int64, " \
      "country LowCardinality(String)) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) ORDER BY id " \
      "SETTINGS parts_to_delay_insert = 12, parts_to_throw_insert = 18;"


def parts(scene):
    return int(scene.client.one("SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'main' "
                                "AND active", database=scene.database))


def case_merges_behind(world):
    """Merges stop: chunks go on as long as inserts are let in at full speed, then wait, sealed; and then go on."""
    scene = Scene(world.engine, world.directory, "merges_behind")
    scene.tables(FEW)
    scene.history(rows=4000, files=20, split=0.9)
    scene.client.sql("SYSTEM STOP MERGES main", database=scene.database)
    scene.live(100)
    scene.migration(f"split on ts at '{scene.split}' chunk by files 1 nulls are skipped workers 2")
    run = waiting(scene, text="merges of t_merges_behind.main are behind: 11 of 12 parts in partition 202412")
    try:
        # Ingest goes on: the door is not shut, whatever waits.
        time.sleep(2)
        assert parts(scene) == 11, parts(scene)
        scene.live(100)
        run.kill()
        run.wait()
        run = waiting(scene, "--patience", "1", text="merges of t_merges_behind.main are behind: 12 of 12")
        time.sleep(2)
        assert run.child.poll() is None, run.text
        scene.client.sql("SYSTEM START MERGES main", database=scene.database)
        scene.client.sql("OPTIMIZE TABLE main", database=scene.database)
        run.wait()
    finally:
        run.kill()
        scene.client.sql("SYSTEM START MERGES main", database=scene.database)
    assert run.code == EXIT_DONE, run.text
    scene.check()


def case_large_chunk_does_not_wait(world):
    """More parts than the limit, and nothing to merge: waiting would change nothing."""
    scene = Scene(world.engine, world.directory, "large_chunk")
    scene.tables(FEW.replace("toYYYYMM(ts)", "tuple()"))
    scene.history(rows=4000, files=4, split=0.9)
    scene.client.sql("SYSTEM STOP MERGES main", database=scene.database)
    scene.live(100)
    scene.migration(f"split on ts at '{scene.split}' chunk by files 4 nulls are skipped settings max_threads = 1, "
                    "max_block_size = 100, min_insert_block_size_rows = 200, max_insert_block_size = 100, "
                    "input_format_parquet_max_block_size = 100, min_insert_block_size_bytes = 0")
    scene.apply()
    assert parts(scene) > 12, parts(scene)
    scene.check()


class Busy:
    """Queries that hold the server's places."""

    def __init__(self, client, count, **settings):
        self.client, self.settings = client, settings
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.hold, args=(number,), daemon=True) for number in range(count)]

    def hold(self, number):
        while not self.stopping.is_set():
            try:
                self.client.sql("SELECT sleep(0.3) FROM numbers(1000) SETTINGS max_block_size = 1, "
                                "function_sleep_max_microseconds_per_block = 0", query_id=f"busy {number}", **self.settings)
            except (ServerError, OSError):
                time.sleep(0.001)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.client.sql("KILL QUERY WHERE query_id LIKE 'busy %' SYNC")
        for thread in self.threads:
            thread.join()


def case_too_many_queries(world):
    """Other queries of the user fill its places: what is refused at the door is asked again, and nothing is thrown away."""
    for name, using in (("too_many_queries", ""), ("too_many_queries_direct", "using direct unsafe")):
        scene = throttled(world, name, using=using, clauses="workers 2")
        scene.bfc = Bfc(scene.directory, scene.client.url, user="few")
        busy(scene)
        run = waiting(scene)
        try:
            with Busy(world.few, 4):
                quiet(scene)
                wait_for(lambda: "Too many simultaneous queries" in run.text, "the reason", 60)
                time.sleep(1)
                assert run.child.poll() is None, run.text
            run.wait()
        finally:
            run.kill()
        assert run.code == EXIT_DONE, run.text
        assert "discarded" not in states(scene), run.text
        scene.check()


class SmallDisk:
    """A server on a disk of its own."""

    def __init__(self, world, name, size):
        self.directory = world.scratch(name)
        if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "none", self.directory],
                                          capture_output=True, check=False).returncode:
            world.skip("a small disk takes the right to mount one")
        self.engine = Engine(self.directory)

    def __enter__(self):
        self.engine.start()
        return self

    def fill(self, leave):
        """… but for so many MiB."""
        info = os.statvfs(self.directory)
        with open(self.filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, info.f_bavail * info.f_frsize - leave * 2**20)

    @property
    def filler(self):
        return os.path.join(self.directory, "filler")

    def __exit__(self, *_):
        self.engine.kill()
        subprocess.run(["umount", "-l", self.directory], check=True)


def case_disk_is_full(world):
    """Full in the middle of a load: what is staged is dropped, no chunk begins until there is room, then it goes on."""
    with SmallDisk(world, "small_disk", 400) as disk:
        scene = Scene(disk.engine, world.directory, "disk_is_full")
        scene.tables(f"{MAIN}\n{BUSY}".replace("ORDER BY (project, ts)", "ORDER BY id"))
        scene.history(rows=8000, files=4, split=0.9)
        scene.live(100)
        # Text that no codec makes smaller: some 30 MB a chunk.
        text = "concat(project, arrayStringConcat(arrayMap(i -> hex(cityHash64(id, i)), range(1000))))"
        scene.migration(f"split on ts at '{scene.split}' chunk by files 1 nulls are skipped\nthrottle when "
                        "(SELECT count() > 0 FROM busy)", source=f"SELECT ts, substring({text}, 1) AS project, id, value, country "
                        f"FROM file({literal(scene.pattern)}, 'Parquet')")
        busy(scene)
        run = waiting(scene)
        try:
            disk.fill(leave=12)
            quiet(scene)
            wait_for(lambda: "needed:" in run.text or run.child.poll() is not None, "the reason", 60)
            assert run.child.poll() is None, run.text
            assert "space" in run.text, run.text
            assert not staged(scene), staged(scene)
            time.sleep(1)
            os.unlink(disk.filler)
            run.wait()
        finally:
            run.kill()
        assert run.code == EXIT_DONE, run.text
        assert "discarded" in states(scene)
        got = scene.client.one(f"SELECT (count(), sum(cityHash64(ts, project, id, value, country))) FROM main WHERE id < {scene.split_row}",
                               database=scene.database)
        want = scene.client.one(f"SELECT (count(), sum(cityHash64(ts, {text}, id, value, country))) FROM ({scene.generator} "
                                f"FROM numbers({scene.split_row}))")
        assert got == want, (got, want)
        assert not scene.leftovers(), scene.leftovers()
