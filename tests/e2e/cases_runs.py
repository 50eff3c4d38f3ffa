"""What happens around a run: twice, two at once, interrupted, given up, changed in between, checked."""
import json
import os
import time

from cases_shapes import SUMS_GOT, SUMS_WANT, simple

# Reads 0.5 ms a row: a run that lasts long enough to do something in its middle.
SLOW = "SELECT * FROM file('{pattern}', 'Parquet') WHERE sleepEachRow(0.0005) = 0"
DUPLICATE_TABLES = "SELECT count() FROM system.tables WHERE database = '{}' AND startsWith(name, 'bfc_')"


def slow(world, name, clauses="split on ts at earliest chunk by files 1"):
    scene = simple(world, name, clauses)
    scene.migration(clauses, source=SLOW.format(pattern=scene.pattern))
    return scene


def wait_for_load(scene, chunks=0):
    """Until `chunks` are published and the next is under way."""
    end = time.monotonic() + 30
    # Whole files: 1000 rows of history each, live rows beside them. A view's table is moved last.
    viewed = scene.client.one("EXISTS TABLE sums", database=scene.database) == "1"
    count = "SELECT sum(n) FROM sums" if viewed else "SELECT count() FROM main"
    while time.monotonic() < end:
        rows = int(scene.client.one(count, database=scene.database)) - scene.live_rows
        loading = scene.client.one("SELECT count() FROM system.processes WHERE query_kind = 'Insert' "
                                   f"AND query LIKE '%{scene.database}%' AND read_rows > 0")
        if rows >= 1000 * chunks and loading != "0":
            return
        time.sleep(0.005)
    raise AssertionError("no load was seen under way")


def case_two_at_once(world):
    scene = slow(world, "two_at_once")
    first = scene.bfc.start("apply", scene.bf, "--yes")
    wait_for_load(scene)
    second = scene.bfc.run("apply", scene.bf, "--yes")
    assert second.code == 5, f"exit {second.code}\n{second.text}"
    assert str(first.child.pid) in second.text, f"does not name the holder\n{second.text}"
    first.wait()
    assert first.code == 0, first.text
    scene.check()


def case_lock_of_a_killed_run(world):
    """The holder is dead: no waiting for a heartbeat to go stale."""
    scene = slow(world, "killed_holder")
    first = scene.bfc.start("apply", scene.bf, "--yes")
    wait_for_load(scene)
    first.kill()
    first.wait()
    began = time.monotonic()
    scene.apply()
    assert time.monotonic() - began < 20
    scene.check()


def case_interrupt(world):
    scene = slow(world, "interrupt")
    run = scene.bfc.start("apply", scene.bf, "--yes")
    wait_for_load(scene, chunks=1)
    run.interrupt()
    run.wait(30)
    assert run.code == 130, f"exit {run.code}\n{run.text}"
    running = scene.client.one(
        f"SELECT count() FROM system.processes WHERE query_kind = 'Insert' AND query LIKE '%{scene.database}%'")
    assert running == "0", "a statement runs on"
    assert "bfc apply" in run.text, f"does not say how to go on\n{run.text}"
    locks = scene.client.one("SELECT count() FROM system.tables WHERE database = 'bfc' AND name LIKE 'lock_%'")
    assert locks == "0", "the lock is still held"
    again = scene.apply()
    assert again.code == 0
    scene.check()


def case_abort_before_anything(world):
    scene = simple(world, "abort_nothing", "split on ts at earliest chunk by files 1")
    run = scene.bfc.run("abort", scene.name)
    assert run.code in (0, 1), run.text
    scene.apply()
    scene.check()


def case_abort_in_the_middle(world):
    """What was published stays; what was staged goes; nothing runs on."""
    scene = slow(world, "abort_middle")
    run = scene.bfc.start("apply", scene.bf, "--yes")
    wait_for_load(scene, chunks=1)
    run.kill()
    run.wait()
    done = scene.bfc.run("abort", scene.name)
    assert done.code == 0, f"exit {done.code}\n{done.text}"
    assert not scene.leftovers(), scene.leftovers()
    rows = int(scene.client.one("SELECT count() FROM main", database=scene.database)) - scene.live_rows
    assert rows in (1000, 2000, 3000), rows
    counted = int(scene.client.one("SELECT sum(n) FROM sums", database=scene.database)) - scene.live_rows
    assert counted == rows, f"{rows} rows in the table, {counted} in the view"


def case_abort_of_a_live_run(world):
    scene = slow(world, "abort_live")
    run = scene.bfc.start("apply", scene.bf, "--yes")
    wait_for_load(scene)
    refused = scene.bfc.run("abort", scene.name)
    assert refused.code == 5, f"exit {refused.code}\n{refused.text}"
    run.wait()
    assert run.code == 0, run.text
    scene.check()


def case_another_plan(world):
    """A migration that has begun goes on with the plan that it began with."""
    scene = slow(world, "another_plan")
    run = scene.bfc.start("apply", scene.bf, "--yes")
    wait_for_load(scene, chunks=1)
    run.kill()
    run.wait()
    before = open(scene.bf, encoding="utf-8").read()
    scene.migration("split on ts at earliest chunk by files 2", source=SLOW.format(pattern=scene.pattern))
    refused = scene.apply(expect=1)
    assert "plan" in refused.text, refused.text
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(before)
    scene.apply()
    scene.check()


def case_check_fails(world):
    scene = simple(world, "check_fails", "split on ts at earliest chunk by files 2")
    scene.migration("split on ts at earliest chunk by files 2",
                    after="check 'there are many rows' as SELECT count() > 1000000 FROM main;")
    run = scene.apply(expect=6)
    assert "there are many rows" in run.text, run.text
    scene.check()


def case_plan_from_json(world):
    scene = simple(world, "from_json", "split on ts at earliest chunk by files 2")
    plan = scene.bf.replace(".bf", ".json")
    made = scene.bfc.run("compile", "--emit", "json", "-o", plan, scene.bf)
    assert made.code == 0, made.text
    run = scene.bfc.run("apply", plan, "--yes")
    assert run.code == 0, run.text
    scene.check()
    again = scene.apply()
    assert "already" in again.text, f"the .bf file and its plan are not the same run\n{again.text}"
    # However the file is named.
    for name in (os.path.basename(scene.bf), os.path.join("..", scene.name, os.path.basename(scene.bf))):
        again = scene.bfc.run("apply", name, "--yes")
        assert again.code == 0 and "already" in again.text, f"as '{name}' it is another plan\n{again.text}"


def case_status(world):
    scene = slow(world, "status")
    run = scene.bfc.start("apply", scene.bf, "--yes")
    wait_for_load(scene, chunks=1)
    during = scene.bfc.run("status", scene.name)
    run.wait()
    after = scene.bfc.run("status", scene.name, "--format", "json")
    assert during.code == 0 and scene.name in during.text, during.text
    assert "of 4 done" in during.text, f"does not say how many there are\n{during.text}"
    assert after.code == 0, after.text
    json.loads(after.out)
    unknown = scene.bfc.run("status", "no_such_migration")
    assert unknown.code in (0, 1), unknown.text


def case_status_of_another_plan(world):
    """The chunks of a plan that was given up are none of the present one's."""
    scene = slow(world, "status_plans")
    run = scene.bfc.start("apply", scene.bf, "--yes")
    wait_for_load(scene)
    run.interrupt()
    run.wait(30)
    aborted = scene.bfc.run("abort", scene.name)
    assert aborted.code == 0, aborted.text
    scene.migration("split on ts at earliest chunk by files 2")
    scene.apply()
    status = json.loads(scene.bfc.run("status", scene.name, "--format", "json").out)
    status = status[0] if isinstance(status, list) else status
    assert status["chunks_total"] == status["chunks_done"] == 2, status
    scene.check()


def case_log_json(world):
    scene = simple(world, "log_json", "split on ts at earliest chunk by files 2")
    run = scene.apply("--log", "json", "--format", "json")
    for line in run.err.splitlines():
        json.loads(line)
    json.loads(run.out)
    scene.check()


def case_journal_database(world):
    scene = simple(world, "journal_elsewhere", "split on ts at earliest chunk by files 2")
    scene.client.sql("DROP DATABASE IF EXISTS `my journal` SYNC")
    scene.apply("--journal-database", "my journal")
    rows = scene.client.one("SELECT count() FROM `my journal`.journal")
    assert int(rows) > 0
    scene.check()
    # A journal that knows nothing would load it all again.
    run = scene.apply(expect=1)
    assert "my journal" in run.err and "--journal-database" in run.err, run.text
    scene.apply("--journal-database", "my journal")
    scene.check()


def case_two_journals_at_once(world):
    scene = slow(world, "two_journals")
    scene.client.sql("DROP DATABASE IF EXISTS other_journal SYNC")
    first = scene.bfc.start("apply", scene.bf, "--yes")
    wait_for_load(scene)
    run = scene.apply("--journal-database", "other_journal", expect=5)
    assert "'bfc'" in run.err, run.text
    assert first.wait().code == 0, first.text
    scene.check()


def case_new_boot_in_between(world):
    """bfc and the engine both killed, in the middle of a load; both started again."""
    scene = slow(world, "new_boot")
    run = scene.bfc.start("apply", scene.bf, "--yes")
    wait_for_load(scene, chunks=1)
    run.kill()
    world.engine.kill()
    world.engine.start()
    run.wait()
    scene.apply()
    scene.check()


def case_engine_away_for_a_while(world):
    """bfc waits for the server to come back, and goes on."""
    scene = slow(world, "engine_away")
    run = scene.bfc.start("apply", scene.bf, "--yes")
    wait_for_load(scene)
    world.engine.kill()
    time.sleep(1)
    world.engine.start()
    run.wait()
    assert run.code == 0, f"exit {run.code}\n{run.text}"
    scene.check()


def case_patience_ends(world):
    scene = slow(world, "patience")
    run = scene.bfc.start("apply", scene.bf, "--yes", "--patience", "1")
    wait_for_load(scene)
    world.engine.kill()
    try:
        run.wait(30)
    finally:
        world.engine.start()
    assert run.code == 3, f"exit {run.code}\n{run.text}"
    scene.apply()
    scene.expect(SUMS_GOT, SUMS_WANT)
    scene.check()
