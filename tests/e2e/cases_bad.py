"""Bad input at run time: a clear message, the right exit code, nothing lost, and the next run goes on."""
import os
import shutil
import socket
import subprocess
import threading

from bfc import Bfc
from cases_runs import SLOW, slow, wait_for_load
from cases_shapes import MAIN, simple
from engine import Engine, free_port
from scene import Scene

USUAL = "split on ts at earliest chunk by files 1"


def refused(run, code, *words):
    assert run.code == code, f"exit {run.code}, not {code}\n{run.text}"
    for word in words:
        assert word in run.text, f"does not say '{word}'\n{run.text}"
    for line in run.text.splitlines():
        assert len(line) < 2000, "a line that nobody reads"


def after_mending(scene):
    scene.apply()
    scene.check()


class FakeServer(threading.Thread):
    """Answers every connection with the same bytes, or with none."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.start()

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                if self.answer:
                    client.recv(65536)
                    client.sendall(self.answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def against(world, name, url, **how):
    scene = simple(world, name, USUAL)
    return Bfc(scene.directory, url, **how).run("apply", scene.bf, "--yes", "--patience", "1"), scene


def case_not_a_clickhouse(world):
    page = b"<html><body>It works!</body></html>"
    for number, head in enumerate((b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 404 Not Found\r\n")):
        with FakeServer(head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(page) + page) as server:
            run, scene = against(world, f"not_clickhouse_{number}", server.url)
            refused(run, 3, "ClickHouse")
    after_mending(scene)


def case_closes_at_once(world):
    with FakeServer(b"") as server:
        run, _ = against(world, "closes_at_once", server.url)
    refused(run, 3, "127.0.0.1")


def case_garbage(world):
    with FakeServer(b"\x00\xff\x1b[2J garbage\n\n") as server:
        run, _ = against(world, "garbage", server.url)
    refused(run, 3, "127.0.0.1")
    assert "\x1b" not in run.text, "a server's control characters reach the terminal"


def case_nobody_listens(world):
    run, _ = against(world, "nobody_listens", f"http://127.0.0.1:{free_port()}/")
    refused(run, 3, "127.0.0.1")


def case_wrong_password(world):
    run, scene = against(world, "wrong_password", world.engine.url, password="wrong")
    refused(run, 3, "password")
    after_mending(scene)


def case_credentials_in_the_url(world):
    run, _ = against(world, "url_credentials", world.engine.url.replace("//", "//bfc:right@"))
    refused(run, 2)
    assert "right" not in run.text


def case_missing_grant(world):
    run, scene = against(world, "missing_grant", world.engine.url, user="reader")
    refused(run, run.code)
    assert run.code in (3, 6), f"exit {run.code}\n{run.text}"
    assert "grant" in run.text.lower() or "privileges" in run.text.lower(), run.text
    after_mending(scene)


def case_missing_file_of_a_range(world):
    """ClickHouse skips missing files of a brace range silently; bfc does not."""
    scene = simple(world, "missing_file", USUAL)
    os.rename(scene.file(2), scene.file(2) + ".away")
    refused(scene.apply(expect=6), 6, "3", "4")
    os.rename(scene.file(2) + ".away", scene.file(2))
    after_mending(scene)


def case_file_vanishes_in_the_middle(world):
    scene = slow(world, "file_vanishes")
    run = scene.bfc.start("apply", scene.bf, "--yes", "--patience", "2")
    wait_for_load(scene, chunks=1)
    os.rename(scene.file(3), scene.file(3) + ".away")
    run.wait()
    refused(run, run.code)
    assert run.code in (3, 6), f"exit {run.code}\n{run.text}"
    os.rename(scene.file(3) + ".away", scene.file(3))
    after_mending(scene)


def case_file_changes_in_the_middle(world):
    """The rows of a chunk come from the files as they were listed, or not at all."""
    scene = slow(world, "file_changes")
    run = scene.bfc.start("apply", scene.bf, "--yes", "--patience", "2")
    wait_for_load(scene)
    shutil.copy(scene.file(0), scene.file(0) + ".kept")
    shutil.copy(scene.file(1), scene.file(0) + ".new")
    os.replace(scene.file(0) + ".new", scene.file(0))
    run.wait()
    os.replace(scene.file(0) + ".kept", scene.file(0))
    assert run.code in (0, 3, 6), f"exit {run.code}\n{run.text}"
    after_mending(scene)


def case_other_schema(world):
    scene = simple(world, "other_schema", USUAL)
    shutil.copy(scene.file(3), scene.file(3) + ".kept")
    scene.client.sql(f"INSERT INTO FUNCTION file('{scene.file(3)}', 'Parquet') "
                     "SELECT number AS id, 'x' AS something_else FROM numbers(10)", engine_file_truncate_on_insert="1")
    run = scene.apply(expect=None)
    assert run.code in (3, 6), f"exit {run.code}\n{run.text}"
    refused(run, run.code)
    os.replace(scene.file(3) + ".kept", scene.file(3))
    # ClickHouse keeps the schema of a file that is not newer than what it looked at last.
    os.utime(scene.file(3))
    after_mending(scene)


def case_no_source_at_all(world):
    scene = simple(world, "no_source", "split on ts at earliest")
    scene.migration("split on ts at earliest", source="SELECT * FROM file('/nowhere/at/all.parquet', 'Parquet')")
    run = scene.apply(expect=None)
    assert run.code in (3, 6), f"exit {run.code}\n{run.text}"


def case_empty_live_table(world):
    scene = simple(world, "empty_live", USUAL, live=False)
    refused(scene.apply(expect=6), 6, "earliest")
    scene.live()
    after_mending(scene)


def case_view_that_is_not_declared(world):
    scene = simple(world, "undeclared_view", USUAL)
    scene.client.script("CREATE TABLE other (n UInt64) ENGINE = SummingMergeTree ORDER BY tuple();\n"
                        "CREATE MATERIALIZED VIEW other_mv TO other AS SELECT count() AS n FROM main;\n",
                        database=scene.database)
    refused(scene.apply(expect=6), 6, "other_mv", "ignore view")
    # Another plan: the one that was begun (and did nothing) is given up first.
    scene.ddl += "ignore view other_mv;\n"
    scene.migration(USUAL)
    assert scene.bfc.run("abort", scene.name).code == 0
    after_mending(scene)


def case_table_that_differs(world):
    scene = simple(world, "differs", USUAL)
    scene.client.sql("ALTER TABLE main ADD COLUMN surprise UInt8", database=scene.database)
    refused(scene.apply(expect=6), 6, "surprise")
    scene.client.sql("ALTER TABLE main DROP COLUMN surprise", database=scene.database)
    after_mending(scene)


def case_view_that_differs(world):
    scene = simple(world, "view_differs", USUAL)
    scene.client.sql("ALTER TABLE sums_mv MODIFY QUERY SELECT project, count() * 2 AS n, sum(value) AS total "
                     "FROM main GROUP BY project", database=scene.database)
    refused(scene.apply(expect=6), 6, "sums_mv")


def case_full_disk(world):
    """The engine's directory is a file system of its own, which fills up in the middle of a load."""
    place = world.scratch("full_disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "none", place],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        world.skip("no right to mount a small file system")
    engine = Engine(os.path.join(place, "engine"))
    try:
        with engine:
            full_disk(world, engine, place)
    finally:
        engine.kill()
        subprocess.run(["umount", "-l", place], check=False)


def full_disk(world, engine, place):
    filler = os.path.join(place, "filler")
    scene = Scene(engine, world.directory, "full_disk_scene")
    scene.tables(f"{MAIN} ORDER BY (project, ts);\n")
    scene.history()
    scene.live()
    scene.migration(USUAL, source=SLOW.format(pattern=scene.pattern))
    run = scene.bfc.start("apply", scene.bf, "--yes", "--patience", "2")
    wait_for_load(scene, chunks=1)
    with open(filler, "wb") as file:
        try:
            while True:
                file.write(b"\0" * 65536)
                file.flush()
        except OSError:
            pass
    run.wait()
    assert run.code in (3, 6), f"exit {run.code}\n{run.text}"
    refused(run, run.code)
    assert "space" in run.text or "disk" in run.text, run.text
    # As long as it is full: said before anything is staged.
    again = scene.bfc.run("apply", scene.bf, "--yes", "--patience", "1")
    assert again.code in (3, 6), f"exit {again.code}\n{again.text}"
    os.unlink(filler)
    scene.apply()
    scene.check()


def case_files_that_cannot_be_read(world):
    place = world.scratch("unreadable")
    bfc = Bfc(place, world.engine.url)
    for name, words in (("missing.bf", ("missing.bf",)), (".", ("folder", "no migration"))):
        run = bfc.run("apply", name, "--yes")
        refused(run, 1, *words)
    with open(os.path.join(place, "binary.bf"), "wb") as file:
        file.write(bytes(range(256)) * 100)
    refused(bfc.run("check", "binary.bf"), 1, "binary.bf")


def case_very_large_input(world):
    """100 MB of one bracket, and a statement on a line of 1 MB: an answer, and soon."""
    place = world.scratch("large")
    bfc = Bfc(place)
    with open(os.path.join(place, "brackets.bf"), "wb") as file:
        file.write(b"(" * (100 << 20))
    refused(bfc.run("check", "brackets.bf", timeout=60), 1, "brackets.bf:1:")
    os.unlink(os.path.join(place, "brackets.bf"))
    with open(os.path.join(place, "line.bf"), "w", encoding="utf-8") as file:
        columns = ", ".join(f"column_{number} UInt64" for number in range(50000))
        file.write(f"database d; table t ({columns}) engine = MergeTree order by column_1; backfill table nothing;")
    refused(bfc.run("check", "line.bf", timeout=60), 1, "line.bf:1:")
