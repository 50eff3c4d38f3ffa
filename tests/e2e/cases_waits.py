"""Chunks that wait, for the migration's own reasons or the server's, with the reason shown; then each row once."""
import json

from bfc import EXIT_DONE, EXIT_INTERRUPTED, EXIT_STOPPED
from cases_engine import wait_for
from engine import ServerError
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
    assert not staged(scene), staged(scene)
    busy(scene)
    run.wait()
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
