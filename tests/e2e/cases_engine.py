"""`bfc engine` and `embedded:DIR`."""
import os
import re
import signal
import time

from bfc import Bfc
from engine import Client, free_port
from scene import MAIN_COLUMNS, Scene


def wait_for(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"{what}: not after {seconds} s")


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def lives(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return bool(file.read())
    except OSError:
        return False


def start(bfc, place, *words):
    run = bfc.start("engine", "--data", place, *words)
    wait_for(lambda: "url" in run.out or run.child.poll() is not None, "the engine's URL")
    return run


def client_of(run, place):
    port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", run.out).group(1))
    with open(os.path.join(place, "bfc.password"), encoding="utf-8") as file:
        return Client(port, "bfc", file.readline().strip())


def case_engine_serves_and_keeps(world):
    place = os.path.join(world.directory, "served")
    bfc = Bfc(world.directory)
    run = start(bfc, place)
    assert run.child.poll() is None, run.text
    client = client_of(run, place)
    client.script("CREATE DATABASE d;\nCREATE TABLE d.t (a UInt8) ENGINE = MergeTree ORDER BY a;\n"
                  "INSERT INTO d.t SELECT * FROM numbers(3);\n")
    try:
        Client(client.port, "default", "").sql("SELECT * FROM d.t")
        raise AssertionError("nobody needs a password")
    except AssertionError:
        raise
    except Exception as error:
        assert "ACCESS_DENIED" in str(error), error
    modes = [oct(os.stat(os.path.join(place, name)).st_mode & 0o777)
             for name in ("", "users.xml", "engine.xml", "bfc.password")]
    assert modes == ["0o700", "0o600", "0o600", "0o600"], modes
    second = bfc.run("engine", "--data", place)
    assert second.code == 3 and str(run.child.pid) in second.text, second.text
    engine = children_of(run.child.pid)[0]
    run.interrupt()
    run.wait(20)
    assert run.code in (0, 130), run.text
    assert not lives(engine), "the engine lives on"
    run = start(bfc, place, "--port", str(free_port()))
    assert client_of(run, place).one("SELECT count() FROM d.t") == "3"
    logged = "SELECT count() FROM system.query_log WHERE query LIKE '%FROM d.t'"
    client_of(run, place).sql("SYSTEM FLUSH LOGS")
    before = int(client_of(run, place).one(logged))
    assert before > 0, "nothing in the query log"
    run.kill()
    run.wait()
    run = start(bfc, place)
    client_of(run, place).one("SELECT sum(a) FROM d.t")
    client_of(run, place).sql("SYSTEM FLUSH LOGS")
    assert int(client_of(run, place).one(logged)) > before, "the query log does not go on after a restart"
    run.interrupt()
    run.wait(20)


def case_engine_ends_with_a_killed_parent(world):
    place = os.path.join(world.directory, "orphan")
    run = start(Bfc(world.directory), place)
    engine = children_of(run.child.pid)[0]
    run.kill()
    run.wait()
    wait_for(lambda: not lives(engine), "the engine's end")
    # At once, while the old one may still be giving its memory back.
    run = start(Bfc(world.directory), place)
    assert run.child.poll() is None, run.text
    run.interrupt()
    run.wait(20)


def case_engine_dies(world):
    place = os.path.join(world.directory, "dies")
    run = start(Bfc(world.directory), place)
    os.kill(children_of(run.child.pid)[0], signal.SIGKILL)
    run.wait(20)
    assert run.code == 3, f"exit {run.code}\n{run.text}"


def case_engine_cannot_start(world):
    place = os.path.join(world.directory, "cannot")
    bfc = Bfc(world.directory)
    bfc.env["BFC_LIBCHDB"] = "/nowhere/libchdb.so"
    run = bfc.run("engine", "--data", place)
    assert run.code == 3 and "BFC_LIBCHDB" in run.text, run.text
    bfc.env["BFC_LIBCHDB"] = bfc.env["XDG_CACHE_HOME"] = ""
    bfc.env["HOME"] = world.scratch("empty_home")
    if not os.path.exists(os.path.join(os.path.dirname(os.environ.get("BFC", "build/bfc")), "engine")):
        run = bfc.run("engine", "--data", place)
        assert run.code == 3 and "--target" in run.text and "make setup" in run.text, run.text
    with open(os.path.join(world.directory, "not_a_library"), "wb") as file:
        file.write(b"hello")
    bfc.env["BFC_LIBCHDB"] = os.path.join(world.directory, "not_a_library")
    run = bfc.run("engine", "--data", place)
    assert run.code == 3 and "cannot load the engine" in run.text, run.text
    run = Bfc(world.directory).run("engine", "--data", "/proc/cannot")
    assert run.code == 3 and "/proc/cannot" in run.text, run.text
    run = Bfc(world.directory).run("engine", "--data", place, "--port", str(world.engine.port))
    assert run.code == 3 and str(world.engine.port) in run.text, run.text


def case_embedded_target(world):
    """The whole way on an engine of one's own, twice; the data stays."""
    place = os.path.join(world.directory, "embedded")
    scene = Scene(world.engine, world.directory, "embedded_scene")
    scene.ddl = f"CREATE TABLE main {MAIN_COLUMNS} ENGINE = MergeTree ORDER BY (project, ts);\n"
    scene.history()
    scene.migration(f"split on ts at '{scene.split}' chunk by files 2", before="",
                    after="check 'all there' as SELECT count() = 3000 FROM main;")
    bfc = Bfc(scene.directory, f"embedded:{place}")
    # The database is declared, not made by hand.
    run = bfc.run("apply", scene.bf, "--yes")
    assert run.code == 0, run.text
    again = bfc.run("apply", scene.bf, "--yes")
    assert again.code == 0 and "already" in again.text, again.text
    # The directory is taken: said, with who has it.
    holder = start(Bfc(world.directory), place)
    refused = bfc.run("apply", scene.bf, "--yes")
    assert refused.code == 3 and str(holder.child.pid) in refused.text, f"exit {refused.code}\n{refused.text}"
    holder.interrupt()
    holder.wait(20)
    status = bfc.run("status")
    assert status.code == 0 and scene.name in status.text, status.text
