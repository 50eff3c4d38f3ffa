"""`using pause_and_attach`: a table without a column of time, and a writer that is paused."""
import contextlib
import os
import re
import signal
import threading
import time

from bfc import Bfc, EXIT_CHECK, EXIT_GATE, EXIT_INTERRUPTED, EXIT_LOCKED, EXIT_STOPPED
from engine import ServerError
from pause_scene import PauseScene, Writer
from proxy import Proxy

STRATEGIES = ("null_engine", "duplicate")


def pause_scene(world, name, *words, **more):
    return PauseScene(world.engine, world.directory, name, *words, **more)


def case_writer(world):
    """Rows come all along, but in the pause."""
    for strategy in STRATEGIES:
        for chunks in ("chunk by partition workers 2", "chunk by ts every 1 day", ""):
            scene = pause_scene(world, f"pause_{strategy}_{len(chunks)}", strategy, chunks)
            with Writer(scene):
                run = scene.apply()
                time.sleep(0.2)
            scene.check()
            assert scene.log() == ["stop", "resume"], scene.log()
            assert "the loader rests" in run.text and "ingest is paused: for" in run.text, run.text
            with open(scene.path("env"), encoding="utf-8") as file:
                assert file.read().split() == ["0"], "the command has the password"


def case_where_and_content(world):
    scene = pause_scene(world, "pause_content", "duplicate", "verify content")
    with Writer(scene):
        scene.apply()
    scene.check()


def case_detach(world):
    scene = pause_scene(world, "pause_detach", "duplicate", pause="by detach queue",
                        more="external table queue;\n")
    scene.client.sql("CREATE TABLE queue (a UInt8) ENGINE = MergeTree ORDER BY a", database=scene.database)
    scene.killed_at("REPLACE PARTITION", "call-answered")
    assert scene.client.one("SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'queue'",
                            database=scene.database) == "0"
    aborted = scene.bfc.run("abort", scene.name)
    assert aborted.code == 0, aborted.text
    assert scene.client.one("SELECT count() FROM queue", database=scene.database) == "0"
    scene.apply()
    assert scene.client.one("SELECT count() FROM queue", database=scene.database) == "0"
    scene.check()


def said(scene, *words):
    """What `bfc status` says of it; each of the words is there."""
    run = scene.bfc.run("status", scene.name)
    missing = [word for word in words if word not in run.text]
    assert run.code == 0 and not missing, f"no {missing} in\n{run.text}"
    return run.text


def case_by_hand(world):
    """Without a terminal: exit 4 and the command that goes on."""
    scene = pause_scene(world, "pause_by_hand", pause="by hand 'stop the loader on host 7'")
    with Writer(scene):
        run = scene.apply(expect=EXIT_GATE)
        assert "stop the loader on host 7" in run.text and "--confirm b1.pause" in run.text.splitlines()[-1], run.text
        scene.touch("paused")
        while not scene.has("quiet"):
            time.sleep(0.01)
        assert said(scene, "by_hand: waiting", "waits for  a person", "--confirm b1.pause")
        run = scene.apply("--confirm", "b1.pause", expect=EXIT_GATE)
        last = run.text.splitlines()[-1]
        assert last.endswith("--confirm b1.resume") and last.count("--confirm") == 1, run.text
        assert said(scene, "waiting", "--confirm b1.resume", "ingest is paused since", "stop the loader on host 7")
        assert scene.view_names() == ["days_mv", "sums_mv"]
        run = scene.apply(expect=EXIT_GATE)
        assert "resume ingest" in run.text and scene.view_names() == ["days_mv", "sums_mv"], run.text
        scene.remove("paused")
        scene.apply("--confirm", "b1.resume")
    scene.check()


def case_by_hand_begun_again(world):
    """A person resumed ingest while bfc was dead: the half-made snapshot is not used."""
    scene = pause_scene(world, "pause_by_hand_again", pause="by hand 'stop the loader'")
    scene.apply(expect=EXIT_GATE)
    with Writer(scene):
        scene.touch("paused")
        time.sleep(0.1)
        killed = scene.killed_at("REPLACE PARTITION", "call-answered", words=("--confirm", "b1.pause"))
        assert killed.code == -9, killed.text
        scene.remove("paused")
        time.sleep(0.3)
        run = scene.apply(expect=EXIT_GATE)
        assert "--confirm b1.pause" in run.text and scene.view_names() == [], run.text
        scene.touch("paused")
        time.sleep(0.1)
        scene.apply("--confirm", "b1.pause", expect=EXIT_GATE)
        scene.remove("paused")
        scene.apply("--confirm", "b1.resume")
    scene.check()


def taken_back(scene, run, code, *words):
    """Ended with this code and these words, and all is as if it had not begun."""
    assert run.code == code, f"exit {run.code}, not {code}\n{run.text}"
    for word in words:
        assert word in run.text, f"no '{word}' in\n{run.text}"
    assert not scene.has("paused"), f"ingest is still paused\n{run.text}"
    assert scene.view_names() == [], run.text
    assert scene.client.one("SELECT count() FROM sums", database=scene.database) == "0"


def case_command_fails(world):
    """The stopping command fails: who knows what it did, so ingest is resumed."""
    scene = pause_scene(world, "pause_stop_fails")
    scene.touch("stop_fails")
    with Writer(scene):
        taken_back(scene, scene.apply(expect=None), EXIT_STOPPED, "exit code 3", "the loader does not answer")
        assert scene.log() == ["stop", "resume"], scene.log()
        scene.remove("stop_fails")
        scene.apply()
    scene.check()


def case_command_hangs(world):
    scene = pause_scene(world, "pause_stop_hangs", within="8 seconds")
    scene.touch("stop_hangs")
    with Writer(scene):
        taken_back(scene, scene.apply(expect=None), EXIT_STOPPED, "ingest is paused no more")
        scene.apply()
    scene.check()


def case_killed_in_a_command(world):
    """kill -9 while the stopping command runs: the next run does not meet it, nor what it has started."""
    scene = pause_scene(world, "pause_stop_killed")
    with open(scene.path("stop"), encoding="utf-8") as file:
        text = file.read()
    with open(scene.path("stop"), "w", encoding="utf-8") as file:
        file.write(text.replace("rm -f quiet", "[ -e late ] && { rm late; trap '' TERM HUP INT; (sleep 3; touch paused late_one); sleep 9; }\n"
                                "rm -f quiet"))
    scene.touch("late")
    with Writer(scene):
        run = scene.bfc.start("apply", scene.bf, "--yes")
        while scene.has("late"):
            time.sleep(0.01)
        run.kill()
        run.wait()
        scene.apply()
        time.sleep(3)
        assert not scene.has("late_one"), "the command went on without its run"
    scene.check()


def case_not_quiet(world):
    """The command says that ingest is paused, and rows go on coming: `within` ends it."""
    scene = pause_scene(world, "pause_not_quiet", within="8 seconds")
    scene.touch("stop_lies")
    with Writer(scene, pause=0.05):
        taken_back(scene, scene.apply(expect=None), EXIT_STOPPED, "ingest is paused for 8 s", "ingest is paused no more")
        assert scene.log() == ["stop", "resume"], scene.log()
        scene.remove("stop_lies")
        scene.apply()
    scene.check()


def case_rows_under_way_through_a_view(world):
    """An INSERT into another table, whose rows a view with an odd name carries on: it is waited for."""
    scene = pause_scene(world, "pause_fed", pause="by command 'true' resume by command 'true'")
    columns = "ts DateTime('UTC'), project LowCardinality(String), id UInt64, value Int64, country LowCardinality(String)"
    scene.client.script(f"CREATE TABLE `raw data` ({columns}) ENGINE = Null;\n"
                        "CREATE MATERIALIZED VIEW `fed by` TO main AS SELECT * FROM `raw data`;", database=scene.database)
    slow = threading.Thread(target=scene.client.sql, args=(
        f"INSERT INTO `raw data` SELECT ts, project, id, value, country FROM ({scene.generator} "
        f"FROM numbers({scene.split_row}, 8)) WHERE NOT sleepEachRow(0.4)",), kwargs={"database": scene.database, "max_block_size": "1"})
    slow.start()
    time.sleep(0.5)
    scene.live_rows += 8
    scene.apply()
    assert not slow.is_alive(), "the run did not wait for it"
    slow.join()
    scene.check()


def beside(scene, sql):
    """A statement under way, in a database of its own."""
    other = f"{scene.database}_beside"
    scene.client.sql(f"CREATE DATABASE IF NOT EXISTS {other}")
    scene.client.sql("CREATE TABLE IF NOT EXISTS main (x UInt8) ENGINE = MergeTree ORDER BY x", database=other)

    def run():
        with contextlib.suppress(ServerError):  # killed at the end
            scene.client.sql(sql.format(other=other), database=other, max_block_size="1")

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def case_rows_under_way_elsewhere(world):
    """INSERTs into a table of the same name in another database are no ingest that is to be waited for."""
    scene = pause_scene(world, "pause_elsewhere", pause="by command 'true' resume by command 'true'")
    slow = [beside(scene, f"INSERT INTO {name} SELECT sleepEachRow(0.5) FROM numbers(40)") for name in ("main", "{other}.main", "`main` (x)")]
    slow.append(beside(scene, f"INSERT INTO main SELECT sleepEachRow(0.5) FROM numbers(40) WHERE 0 NOT IN (SELECT count() FROM {scene.database}.main)"))
    time.sleep(0.5)
    scene.apply()
    assert all(thread.is_alive() for thread in slow), "the run waited for them"
    scene.check()
    scene.client.sql(f"KILL QUERY WHERE current_database = '{scene.database}_beside' ASYNC")
    for thread in slow:
        thread.join()


def case_rows_under_way_that_may_come(world):
    """What an INSERT brings can't be told when the snapshot is whole: it is waited for as long as no row came."""
    scene = pause_scene(world, "pause_may_come", pause="by command 'true' resume by command 'true'")
    began = []

    def decide(_, request):
        if "rows came in the pause" in request.text and not began:
            began.append(beside(scene, f"INSERT INTO FUNCTION null('a UInt8') SELECT sleepEachRow(0.5) FROM numbers(6) "
                                f"WHERE 1 IN (SELECT count() >= 0 FROM {scene.database}.main)"))
            time.sleep(0.5)
        return "pass"

    proxy = Proxy(scene.client.port, decide)
    try:
        run = Bfc(scene.directory, proxy.url).run("apply", scene.bf, "--yes")
        assert run.code == 0 and began and not began[0].is_alive(), run.text
    finally:
        proxy.close()
    scene.check()


def case_resume_fails(world):
    """Loud: ingest is still paused; and the next run tries it again."""
    scene = pause_scene(world, "pause_resume_fails")
    scene.touch("resume_fails")
    with Writer(scene):
        run = scene.apply(expect=EXIT_STOPPED)
        assert "STILL: INGEST IS PAUSED; resume it by hand:" in run.text and "exit code 7" in run.text, run.text
        assert "no such loader" in run.text and scene.has("paused"), run.text
        scene.remove("resume_fails")
        scene.apply()
    scene.check()


def case_interrupted(world):
    """Ctrl-C in the pause."""
    scene = pause_scene(world, "pause_interrupted")
    with Writer(scene):
        run = scene.bfc.start("apply", scene.bf, "--yes")
        while not scene.has("quiet"):
            time.sleep(0.005)
        run.interrupt()
        taken_back(scene, run.wait(), EXIT_INTERRUPTED, "ingest is paused no more")
        scene.apply()
    scene.check()


def case_undo_comes_late(world):
    """What takes the views back is held up until another run has made them again, and filled them: it does nothing."""
    for step in ("b1.undo.views", "b1.undo.view.sums_mv", "b1.undo.snapshot"):
        scene = pause_scene(world, "pause_late_" + step.replace(".", "_"))
        runs, held = [], []

        def decide(_, request, step=step, scene=scene, runs=runs, held=held):
            if request.key == "b1.whole" and not held:
                while not runs:
                    time.sleep(0.001)
                runs[0].interrupt()
                return "cut-before"
            if request.key == step and not held:
                held.append(step)
                # As when it has slept for longer than its lock lives.
                for (lock,) in scene.client.rows("SELECT name FROM system.tables WHERE database = 'bfc' AND startsWith(name, 'lock_')"):
                    scene.client.sql(f"DROP TABLE bfc.{lock} SYNC")
                scene.apply()
            return "pass"

        proxy = Proxy(scene.client.port, decide)
        try:
            with Writer(scene):
                runs.append(Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes"))
                run = runs[0].wait()
                assert held and run.code in (EXIT_INTERRUPTED, EXIT_LOCKED), run.text
        finally:
            proxy.close()
        scene.check()


def sleeper(scene):
    """A run that sleeps with its pausing command, for longer than its lock lives."""
    with open(scene.path("stop"), encoding="utf-8") as file:
        text = file.read()
    with open(scene.path("stop"), "w", encoding="utf-8") as file:
        file.write(text.replace("echo stop", "[ -e sleepy ] && { rm sleepy; while [ ! -e wake ]; do sleep 0.02; done; }\necho stop", 1))
    scene.touch("sleepy")
    run = scene.bfc.start("apply", scene.bf, "--yes")
    while scene.has("sleepy"):
        time.sleep(0.005)
    os.kill(run.child.pid, signal.SIGSTOP)
    for (lock,) in scene.client.rows("SELECT name FROM system.tables WHERE database = 'bfc' AND startsWith(name, 'lock_')"):
        scene.client.sql(f"DROP TABLE bfc.{lock} SYNC")
    return run


def case_pause_comes_late(world):
    """A run sleeps before it pauses; when it does, another one has taken over, and resumed: the sleeper resumes, too."""
    scene = pause_scene(world, "pause_comes_late")
    with Writer(scene):
        run = sleeper(scene)
        scene.apply()
        assert scene.log() == ["stop", "resume"] and not scene.has("paused"), scene.log()
        scene.touch("wake")
        while not scene.has("paused"):
            time.sleep(0.005)
        os.kill(run.child.pid, signal.SIGCONT)
        run.wait()
        assert run.code == EXIT_LOCKED and not scene.has("paused"), run.text
        assert "this run's pause came when another one's was over: ingest is paused no more" in run.text, run.text
    scene.check()


def case_pause_in_a_pause(world):
    """The same, but who has taken over was killed in its own pause: that is open, and the next run's."""
    scene = pause_scene(world, "pause_in_a_pause")
    with Writer(scene):
        run = sleeper(scene)
        assert scene.killed_at("REPLACE PARTITION").code == -9
        scene.touch("wake")
        while len(scene.log()) < 2:
            time.sleep(0.005)
        os.kill(run.child.pid, signal.SIGCONT)
        run.wait()
        assert run.code == EXIT_LOCKED and scene.has("paused") and "the run that has it puts that right" in run.text, run.text
        scene.apply()
        assert not scene.has("paused")
    scene.check()


def case_server_died_in_undo(world):
    """Between the renames: the snapshot is not under its own name, and one view is aside."""
    for ended_by in ("apply", "abort"):
        scene = pause_scene(world, f"pause_undo_died_{ended_by}")
        with Writer(scene):
            assert scene.killed_at("rows came in the pause").code == -9
            (name,), = scene.client.rows("SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, '_s1_[0-9a-f]{32}_main$')",
                                         database=scene.database)
            aside = name.replace("_s1_", "_u1_")[:-len("main")]
            scene.client.sql(f"RENAME TABLE {name} TO {aside}0, sums_mv TO {aside}1", database=scene.database)
            if ended_by == "abort":
                aborted = scene.bfc.run("abort", scene.name, "--yes")
                assert aborted.code == 0 and not scene.leftovers() and scene.view_names() == [], aborted.text
            scene.apply()
        scene.check()


def case_killed_and_aborted(world):
    """kill -9 in the pause; abort shows the command, and runs it only when it may."""
    for number, text in enumerate(("MATERIALIZED VIEW IF NOT EXISTS", "REPLACE PARTITION")):
        scene = pause_scene(world, f"pause_aborted_{number}")
        with Writer(scene):
            assert scene.killed_at(text, "call-answered").code == -9
            assert scene.has("paused")
            said(scene, "killed", "ingest is paused since", f"bfc abort {scene.name}", scene.path("resume"))
            run = scene.bfc.run("abort", scene.name)
            assert run.code == EXIT_GATE and f"bfc abort {scene.name} --yes" in run.text and "STILL: INGEST IS PAUSED" in run.text and scene.has("paused"), run.text
            run = scene.bfc.run("abort", scene.name, "--yes")
            taken_back(scene, run, 0)
            assert "paused" not in said(scene, "aborted")
            assert not scene.leftovers(), scene.leftovers()
            scene.apply()
        scene.check()


def case_abort_broken_off(world):
    """What it may have dropped is needed by apply, which says so and changes nothing."""
    scene = pause_scene(world, "pause_abort_broken")
    with Writer(scene):
        assert scene.killed_at('"state":"sealed"').code == -9
        assert scene.killed_at(f"DROP TABLE IF EXISTS {scene.database}.", "call-answered", count=2, verb="abort").code == -9
        left = [name for name in scene.leftovers() if "lock_" not in name]
        run = scene.apply(expect=1)
        assert "was broken off while it dropped" in run.text and f"bfc abort {scene.name}" in run.text, run.text
        assert left == scene.leftovers(), (left, scene.leftovers())
        assert scene.bfc.run("abort", scene.name).code == 0
        assert not scene.leftovers(), scene.leftovers()


def case_killed_and_resumed_by_a_person(world):
    """Rows came while bfc was dead: the snapshot begins again; where a view has counted them, it says so and stops."""
    scene = pause_scene(world, "pause_person_early")
    with Writer(scene):
        assert scene.killed_at("REPLACE PARTITION", "call-answered").code == -9
        scene.remove("paused")
        time.sleep(0.3)
        scene.apply()
    scene.check()
    scene = pause_scene(world, "pause_person_late")
    with Writer(scene):
        assert scene.killed_at("rows came in the pause").code == -9
        assert scene.view_names() == ["days_mv", "sums_mv"]
        scene.remove("paused")
        time.sleep(0.3)
        run = scene.apply(expect=EXIT_CHECK)
        assert "these rows would count twice" in run.text and scene.view_names() == [], run.text
        assert not scene.has("paused") and "is taken back;" not in run.text, run.text
        assert "is paused since" not in said(scene, "not all taken back")
        for table in ("sums", "days"):
            scene.client.sql(f"TRUNCATE TABLE {table}", database=scene.database)
        scene.apply()
    scene.check()


def change(scene, before="20", after="21"):
    """Another plan: a pause may take as long as this."""
    with open(scene.bf, encoding="utf-8") as file:
        text = file.read()
    assert f"within {before} seconds" in text
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(text.replace(f"within {before} seconds", f"within {after} seconds"))


def case_other_plan(world):
    """A changed file does not forget that ingest is paused."""
    scene = pause_scene(world, "pause_other_plan")
    with Writer(scene):
        assert scene.killed_at("REPLACE PARTITION").code == -9
        change(scene)
        run = scene.apply(expect=1)
        assert "has ended while ingest is paused" in run.text and scene.has("paused"), run.text
        assert scene.bfc.run("abort", scene.name, "--yes").code == 0
        scene.apply()
    scene.check()


def case_other_plan_of_a_whole_snapshot(world):
    """Killed when the views stand, resumed by a person, then a changed file: refused, and the first plan goes on as it was."""
    scene = pause_scene(world, "pause_other_late")
    with Writer(scene):
        assert scene.killed_at('"step":"b1.resume"', "call-answered").code == -9
        scene.remove("paused")
        time.sleep(0.3)
        change(scene)
        run = scene.apply(expect=1)
        assert "has ended while ingest is paused" in run.text and scene.view_names() == ["days_mv", "sums_mv"], run.text
        change(scene, "21", "20")
        run = scene.apply()
        assert "ingest is paused: for" in run.text, run.text
        assert scene.log().count("stop") == 1, scene.log()
    scene.check()


def case_gates_of_a_folder(world):
    """A gate is confirmed for the migration that waits, not for one of the same name behind it."""
    scenes = [pause_scene(world, f"pause_folder_{i}", pause="by hand 'stop it'") for i in range(2)]
    folder = world.scratch("pause_folder")
    for i, scene in enumerate(scenes):
        with open(scene.bf, encoding="utf-8") as file:
            text = file.read()
        with open(f"{folder}/{i}.bf", "w", encoding="utf-8") as file:
            file.write(text.replace(";", f" after {scenes[0].name};", 1) if i else text)
    bfc, words = scenes[0].bfc, ()
    for gate in ("b1.pause", "b1.resume", "b1.pause", "b1.resume"):
        run = bfc.run("apply", folder, "--yes", *words)
        assert run.code == EXIT_GATE and run.text.splitlines()[-1].endswith(f"/pause_folder --confirm {gate}"), run.text
        words = ("--confirm", gate)
        if gate == "b1.resume":
            words = ("--confirm", "b1.pause", *words)
    assert bfc.run("apply", folder, "--yes", "--confirm", "b1.pauze").code == 2
    assert bfc.run("apply", folder, "--yes", *words).code == 0


def case_journal_away(world):
    """The snapshot is whole, but the journal can't be told: ingest is not paused for longer than `within`."""
    scene = pause_scene(world, "pause_journal", within="5 seconds")

    def decide(_, request):
        return "cut-before" if '"step":"b1.resume"' in request.text else "pass"

    proxy = Proxy(scene.client.port, decide)
    try:
        with Writer(scene):
            run = Bfc(scene.directory, proxy.url).run("apply", scene.bf, "--yes", "--patience", "7")
            assert run.code == EXIT_STOPPED and "paused for 5 s" in run.text, run.text
            assert not scene.has("paused") and "ingest is paused no more" in run.text, run.text
            assert 5 <= float(re.search(r"paused no more: it was for ([0-9.]+) s", run.text)[1]) < 9.5, run.text
    finally:
        proxy.close()


def case_interrupted_again(world):
    """A server that does not answer any more: the second Ctrl-C resumes ingest without it; the third ends at once, and says so."""
    for times in (2, 3):
        scene = pause_scene(world, f"pause_interrupted_{times}", within="60 seconds")
        with open(scene.path("resume"), encoding="utf-8") as file:
            text = file.read()
        with open(scene.path("resume"), "w", encoding="utf-8") as file:
            file.write(text.replace("[ -e resume_hangs ] &&", "[ -e resume_hangs ] && rm resume_hangs && touch resume_hung &&"))
        away = []

        def decide(_, request, away=away):
            if request.key == "b1.whole":
                away.append(True)
            return "cut-before" if away else "pass"

        proxy = Proxy(scene.client.port, decide)
        try:
            with Writer(scene):
                if times == 3:
                    scene.touch("resume_hangs")
                run = Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes")
                while not away:
                    time.sleep(0.005)
                began = time.monotonic()
                for _ in range(2):
                    run.interrupt()
                    time.sleep(0.3)
                if times == 3:
                    while not scene.has("resume_hung"):
                        time.sleep(0.01)
                    run.interrupt()
                run.wait()
                assert run.code == EXIT_INTERRUPTED and time.monotonic() - began < 6, run.text
                assert "is being put back; once more leaves it as it is" in run.text, run.text
                assert scene.has("paused") == (times == 3), run.text
                assert (f"STILL: ingest is paused; resume it by hand: {scene.path('resume')}" in run.text) == (times == 3), run.text
                if times == 2:  # the views have counted what came since
                    run = scene.apply(expect=EXIT_CHECK)
                    assert "these rows would count twice" in run.text, run.text
                    scene.client.script("TRUNCATE TABLE sums;\nTRUNCATE TABLE days;\n", database=scene.database)
                scene.apply()
        finally:
            proxy.close()
        scene.check()


def case_secret_in_output(world):
    """A command finds a secret's value somewhere, and says it."""
    scene = pause_scene(world, "pause_secret", more="secret key from file 'key';\n")
    scene.touch("alone")
    for name in ("key", "stop"):
        with open(scene.path(name), "r+" if name == "stop" else "w", encoding="utf-8") as file:
            text = "hunter2secret" if name == "key" else file.read().replace("echo stop", "cat key; echo; echo stop")
            file.seek(0)
            file.write(text)
    run = scene.apply()
    assert "***" in run.text and "hunter2secret" not in run.text, run.text


def case_endless_output(world):
    """A command that never ends what it says is ended in time, and the lock is kept."""
    scene = pause_scene(world, "pause_endless", within="3 seconds")
    stop = scene.path("stop")
    with open(stop, encoding="utf-8") as file:
        text = file.read()
    with open(stop, "w", encoding="utf-8") as file:
        file.write(text.replace("rm -f quiet", "[ -e endless ] && { rm endless; yes; }\nrm -f quiet"))
    scene.touch("endless")
    with Writer(scene):
        taken_back(scene, scene.apply(expect=None), EXIT_STOPPED, "ingest is paused no more")
        scene.apply()
    scene.check()


def case_view_is_there(world):
    scene = pause_scene(world, "pause_view_there")
    scene.client.sql("CREATE MATERIALIZED VIEW sums_mv TO sums AS SELECT project, count() AS n, sum(value) AS total "
                     "FROM main GROUP BY project", database=scene.database)
    run = scene.apply(expect=EXIT_CHECK)
    assert "already there" in run.text and scene.log() == [], run.text
    assert scene.view_names() == ["sums_mv"]
