"""A resume is at work on a chunk again within five round trips, whatever it was killed in."""
import json
import re
import time

from bfc import Bfc, EXIT_DONE
from cases_publish import filled
from cases_shapes import simple
from pause_scene import PauseScene, Writer
from trips import Trips
from view_scene import ViewScene, two_views

TRIPS_MOST = 5


def killed_at(scene, words, count, mode="call-before"):
    """A run that is killed at the count-th request whose step begins so."""
    left, runs = [count], []

    def decide(index, request):
        left[0] -= bool(re.match(words, request.key))
        return mode if left[0] == 0 and re.match(words, request.key) else "pass"

    def kill():
        while not runs:
            time.sleep(0.001)
        runs[0].kill()
        runs[0].child.wait()

    proxy = Trips(scene.client.port, decide, kill, count=False)
    try:
        runs.append(Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes"))
        runs[0].wait()
        assert runs[0].code == -9, f"not killed: exit {runs[0].code}\n{runs[0].text}"
    finally:
        proxy.close()


def resume(scene, most=TRIPS_MOST):
    proxy = Trips(scene.client.port)
    try:
        run = Bfc(scene.directory, proxy.url).run("apply", scene.bf, "--yes")
    finally:
        proxy.close()
    assert run.code == EXIT_DONE, run.text
    useful = proxy.useful()
    assert useful, f"nothing was left to do\n{proxy.told()}"
    assert useful[2] <= most, f"{useful[2]} round trips before {useful[1]}\n{proxy.told()}"


def files(world, name, clauses=""):
    return simple(world, name, f"split on ts at earliest chunk by files 1 {clauses}", rows=6000, files=6)


def case_killed_in_a_load(world):
    """Its statement runs on, and has to be ended."""
    for number, mode in enumerate(("call-before", "call-sent")):
        for workers in (1, 2):
            scene = files(world, f"resume_load_{number}_{workers}", f"workers {workers}")
            killed_at(scene, r"b1\.chunk\.load", 3, mode)
            resume(scene)
            scene.check()


def case_killed_while_publishing(world):
    """What is sealed goes on by itself, and the next chunk begins."""
    for number, (words, mode) in enumerate(((r"b1\.chunk\.seal", "call-answered"), (r"b1\.chunk\.move", "call-before"),
                                            (r"b1\.chunk\.drop", "call-before"))):
        scene = files(world, f"resume_publishing_{number}")
        killed_at(scene, words, 3, mode)
        resume(scene)
        scene.check()


def case_status_of_a_published_chunk(world):
    """Killed before it cleans up after the first chunk: status counts its rows, and says where it is; so does an abort."""
    scene = files(world, "resume_status")
    killed_at(scene, r"b1\.chunk\.drop", 1)
    for state in ("killed", "aborted"):
        (status,) = json.loads(scene.bfc.run("status", scene.name, "--format", "json").out)
        assert status["state"] == state and (status["chunks_done"], status["chunks_published"]) == (0, 1), status
        assert status["rows"] == 1000 and status["chunks_under_way"] <= 2, status
        text = scene.bfc.run("status", scene.name).text
        assert "0 of 6 done, 1 published and to be cleaned up after, " in text and " 5 left" in text, text
        if state == "killed":
            assert "1 chunk that was published" in scene.bfc.run("abort", scene.name).text
    resume(scene)
    (status,) = json.loads(scene.bfc.run("status", scene.name, "--format", "json").out)
    assert (status["chunks_done"], status["chunks_published"], status["rows"]) == (6, 0, 4500), status
    scene.check()


def case_rows_of_the_start_are_lost(world):
    """The journal has heard of some of the scratch twins, and not that they were dropped: rows `done` ride along."""
    scene = two_views(ViewScene(world.engine, world.directory, "resume_rows"), "duplicate", "chunk by ts every 3 hours")
    killed_at(scene, r"b1\.split", 1)
    mine, saved = f"migration = '{scene.name}'", f"{scene.database}.saved"
    begun = f"step LIKE 'ensure.%' AND state = 'done' AND {mine}"
    world.engine.sql(f"CREATE TABLE {saved} ENGINE = MergeTree ORDER BY seq AS SELECT * FROM bfc.journal WHERE {mine}")
    places = world.engine.one(f"SELECT arrayStringConcat(arraySort(groupArray(seq)), ' ') FROM {saved} WHERE {begun}").split()
    assert len(places) > 6, places  # the views' too: they were pinned with b1.there
    for place in places:
        world.engine.sql(f"ALTER TABLE bfc.journal DELETE WHERE {mine} SETTINGS mutations_sync = 1")
        world.engine.sql(f"INSERT INTO bfc.journal SELECT * FROM {saved} WHERE NOT ({begun} AND seq > {place})")
        killed_at(scene, r"b1\.split", 1)
    world.engine.sql(f"DROP TABLE {saved} SYNC")
    run = scene.bfc.run("apply", scene.bf, "--yes")
    assert run.code == EXIT_DONE, run.text
    scene.check()


def case_killed_again(world):
    """A resume that is killed, too, before what is left of the first run is dropped, or after."""
    for number, (words, mode) in enumerate(((r"b1\.chunk\.drop", "call-before"), (r"b1\.chunk\.load", "call-before"))):
        scene = files(world, f"resume_again_{number}", "workers 2")
        killed_at(scene, r"b1\.chunk\.load", 3)
        killed_at(scene, words, 1, mode)
        resume(scene)
        scene.check()


def case_views(world):
    for strategy in ("null_engine", "duplicate"):
        scene = two_views(ViewScene(world.engine, world.directory, f"resume_{strategy}"), strategy, "chunk by ts every 3 hours")
        killed_at(scene, r"b1\.chunk\.load", 3)
        resume(scene)
        scene.check()


def case_publish_at_end(world):
    scene = filled(world, "resume_at_end", rows=4000, files=5)
    killed_at(scene, r"b1\.chunk\.load", 3)
    resume(scene)
    scene.check()


def case_pause_and_attach(world):
    """The snapshot is loaded when ingest goes on again."""
    scene = PauseScene(world.engine, world.directory, "resume_pause", chunks="chunk by ts every 3 hours")
    with Writer(scene):
        killed_at(scene, r"b1\.chunk\.load", 3)
        resume(scene)
    scene.check()
