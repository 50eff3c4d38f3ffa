"""`bfc plan`, `bfc status --watch` and folders, on the engine."""
import http.server
import json
import os
import threading
import time

from bfc import Bfc, EXIT_CHECK, EXIT_DONE, EXIT_INPUT, EXIT_INTERRUPTED, EXIT_LOCKED, EXIT_STOPPED, EXIT_USAGE
from cases_direct import broken, filled
from engine import ServerError
from pause_scene import PauseScene
from view_scene import ViewScene, two_views

PER_PROJECT = """CREATE TABLE per_project (project LowCardinality(String), n UInt64)
ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW per_project_mv TO per_project AS
SELECT project, count() AS n FROM main GROUP BY project;
"""
MAIN = """CREATE TABLE main (ts DateTime('UTC'), project LowCardinality(String), id UInt64, value Int64,
country LowCardinality(String)) ENGINE = MergeTree ORDER BY (project, ts);
"""
CLAUSES = "split on ts at earliest nulls are skipped chunk by files 1"


def scene_of(world, name, clauses=CLAUSES, **how):
    scene = world.scene(name)
    scene.tables(MAIN + PER_PROJECT)
    scene.history(rows=4000, files=4, split=1)
    scene.live()
    scene.migration(clauses, **how)
    return scene


def plan(scene, *words, expect=EXIT_DONE, user="bfc"):
    run = Bfc(scene.directory, scene.client.url, user=user).run("plan", scene.bf, "--format", "json", *words)
    assert run.code == expect, f"bfc plan: exit {run.code}, not {expect}\n{run.text}"
    return json.loads(run.out)


def failing(report):
    return [check["step"] for check in report["checks"] if check["state"] == "fails"]


def server_state(client):
    """Everything that a statement could have changed."""
    return client.rows("SELECT database, name, create_table_query, total_rows FROM system.tables "
                       "WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema') ORDER BY 1, 2")


def quiet_state(client):
    """When statements of runs that were killed by the cases before are over."""
    state, before = server_state(client), None
    while state != before:
        time.sleep(0.5)
        state, before = server_state(client), state
    return state


def case_before_and_after(world):
    scene = scene_of(world, "plan_simple")
    before = quiet_state(scene.client)
    report = plan(scene)
    after = server_state(scene.client)
    assert after == before, f"plan changed something: {[row for row in after if row not in before]}"
    (load,) = report["loads"]
    assert report["state"] == "new" and not failing(report) and not report["unseen"], report
    assert (load["chunks_total"], load["chunks_done"], load["rows"]) == (4, 0, 4000), load
    assert load["estimated_by"] == "Parquet metadata" and 0 < load["bytes"] and not load["bytes_at_most"], load
    assert load["first"][0]["chunk"] == 1 and "000" in load["first"][0]["files"], load
    assert report["pins"][0]["value"] == f"split = {scene.split}" and not report["pins"][0]["pinned"], report["pins"]
    scene.apply()
    report = plan(scene)
    assert report["state"] == "finished" and report["rows_done"] == 4000 and not failing(report), report
    assert report["pins"][0]["pinned"], report["pins"]
    text = scene.bfc.run("plan", scene.bf).out
    assert "nothing is left to do" in text, text
    scene.client.sql("ALTER TABLE per_project ADD COLUMN late Int8", database=scene.database)
    report = plan(scene, expect=EXIT_CHECK)
    assert failing(report) == ["ensure.tables.same"] and "column late" in report["checks"][0]["message"], report


def case_interrupted_run(world):
    """Chunks that are done, a dead run's lock, and a plan that is not the one begun."""
    scene = scene_of(world, "plan_killed", CLAUSES + " workers 1")
    run = scene.bfc.start("apply", scene.bf, "--yes", "--log", "json")
    while not any('"chunk_done"' in line for line in run.parts["err"]) and run.child.poll() is None:
        time.sleep(0.002)
    run.kill()
    run.wait()
    report = plan(scene)
    (load,) = report["loads"]
    # The last word on a chunk may not have been written yet.
    assert report["state"] == "begun" and load["chunks_done"] < 4, load
    assert load["chunks_done"] + load["chunks_under_way"] >= 1, load
    assert load["rows"] == (4 - load["chunks_done"]) * 1000, load
    assert report["lock"]["dead"], report["lock"]
    with open(scene.bf, encoding="utf-8") as file:
        text = file.read()
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(text.replace("files 1", "files 2"))
    report = plan(scene, expect=EXIT_INPUT)
    assert report["other_plan"] and "step 'b1." in report["reason"], report
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(text)
    scene.apply()
    scene.check()


def case_what_there_is_to_read(world):
    """A listing: each file once. Several views: the rows once for each. A pause: of the table as it is now."""
    scene = scene_of(world, "plan_listing", "split on ts at earliest nulls are skipped chunk by files 2",
                     source=f"SELECT * FROM file('{os.path.join(world.directory, 'plan_listing')}/*.parquet', 'Parquet')")
    (load,) = plan(scene)["loads"]
    assert (load["chunks_total"], load["rows"], load["estimated_by"]) == (2, 4000, "Parquet metadata"), load
    scene = two_views(ViewScene(world.engine, world.directory, "plan_twice"), "duplicate", "chunk by partition")
    (load,) = plan(scene)["loads"]
    assert (load["chunks_total"], load["rows"], load["estimated_by"]) == (3, 6000, "EXPLAIN ESTIMATE"), load
    for verify in ("rows", "nothing"):
        scene = two_views(ViewScene(world.engine, world.directory, f"plan_verify_{verify}"), "null_engine", f"verify {verify}")
        text = scene.bfc.run("plan", scene.bf).text
        assert "to read: 3,000 rows" in text and ("what verification reads is not counted" in text) == (verify == "rows"), text
    for chunks, count in (("chunk by partition", 3), ("chunk by ts every 1 day", 3), ("", 1)):
        scene = PauseScene(world.engine, world.directory, f"plan_pause_{len(chunks)}", "null_engine", chunks)
        report = plan(scene)
        (load,) = report["loads"]
        assert (load["chunks_total"], load["rows"]) == (count, 3000), load
        assert {check["step"] for check in report["checks"] if check["state"] == "later"} \
            == {"b1.frozen", "b1.unseen"}, report["checks"]
        assert not any("frozen" in pin["value"] for pin in report["pins"]), report["pins"]


def case_held(world):
    """publish at end: holding tables are nobody's to look for, and the last run of moves is no chunk."""
    scene = scene_of(world, "plan_held", CLAUSES + " publish at end")
    report = plan(scene)
    assert [load["chunks_total"] for load in report["loads"]] == [4, 1], report["loads"]
    assert all("_hold_" not in one["name"] for one in report["objects"]), report["objects"]
    text = scene.bfc.run("plan", scene.bf).out
    assert "apply would load 4 chunks" in text, text


def case_in_doubt(world):
    """`using direct` that was broken off: apply would stop, and says at which chunk."""
    scene = filled(world, "plan_doubt")
    broken(scene, 2, "call-before")
    report = plan(scene, expect=EXIT_STOPPED)
    (load,) = report["loads"]
    assert load["chunks_in_doubt"] == 1 and "in doubt" in report["reason"], report
    run = scene.bfc.run("plan", scene.bf)
    assert run.code == EXIT_STOPPED and "--in-doubt absent or loaded" in run.out and "(in doubt)" in run.out \
        and "apply would stop (exit code 3)" in run.out, run.text
    assert scene.bfc.run("abort", scene.name, "--in-doubt", "absent").code == EXIT_DONE
    plan(scene)


def case_locked(world):
    scene = scene_of(world, "plan_locked", "split on ts at earliest nulls are skipped chunk by files 1 "
                     "settings max_block_size = 100, max_threads = 1, function_sleep_max_microseconds_per_block = 0",
                     source="SELECT * FROM file('{}', 'Parquet') WHERE sleepEachRow(0.002) = 0".format(
                         os.path.join(world.directory, "plan_locked", "{000..003}.parquet")))
    run = scene.bfc.start("apply", scene.bf, "--yes")
    while not any("chunk 1 of 4 began" in line for line in run.parts["err"]):
        assert run.child.poll() is None, run.text
        time.sleep(0.01)
    report = plan(scene, expect=EXIT_LOCKED)
    assert not report["lock"]["dead"] and "being run by" in report["reason"], report
    status = json.loads(scene.bfc.run("status", scene.name, "--format", "json").out)[0]
    assert status["state"] == "running", status
    watched = scene.bfc.start("status", "--watch", "1", scene.name)
    time.sleep(1.5)
    other = scene.bfc.start("status", "--watch", scene.name)
    time.sleep(0.5)
    other.interrupt()
    assert other.wait(10).code == EXIT_INTERRUPTED, other.text
    assert run.wait().code == EXIT_DONE, run.text
    assert watched.wait(20).code == EXIT_DONE, watched.text
    lines = watched.out.splitlines()
    assert "running" in lines[0] and "finished, 4 of 4 chunks" in lines[-1] and "\033" not in watched.out, lines
    scene.check()


def case_views(world):
    """One that the file does not know, with the declaration to paste; one that differs; one of another user's words."""
    scene = scene_of(world, "plan_views")
    scene.client.sql("CREATE MATERIALIZED VIEW other TO per_project AS SELECT project, count() AS n FROM main "
                     "WHERE id > 3 GROUP BY project", database=scene.database)
    report = plan(scene, expect=EXIT_CHECK)
    (view,) = report["unknown_views"]
    assert failing(report) == ["b1.views"] and view["view"] == f"{scene.database}.other", report
    with open(scene.bf, encoding="utf-8") as file:
        text = file.read()
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(text.replace("source archive", view["declaration"] + ";\nsource archive"))
    assert not failing(plan(scene)), "the pasted declaration does not fit"
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(text)
    scene.client.sql("DROP VIEW other", database=scene.database)
    scene.client.sql("ALTER TABLE per_project_mv MODIFY QUERY SELECT project, toUInt64(1) AS n FROM main",
                     database=scene.database)
    report = plan(scene, expect=EXIT_CHECK)
    assert failing(report) == ["ensure.views.same"], report
    scene.client.sql("ALTER TABLE per_project_mv MODIFY QUERY WITH m AS (SELECT project FROM main) "
                     "SELECT project, count() AS n FROM m GROUP BY project", database=scene.database)
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(text.replace("SELECT project, count() AS n FROM main GROUP BY project",
                                "WITH m AS (\n  SELECT project -- ours\n  FROM main)\nselect project, count(  ) n "
                                "from m group by project"))
    assert not failing(plan(scene)), "laid out in another way is not different"


# What a table is declared as, and what the server has; the same in other words, then something else.
TWINS = [
    ("(a INT, b text, c decimal(10,2)) engine = MergeTree() order by (a)",
     "(a Int32, b String, c Decimal(10, 2)) ENGINE = MergeTree ORDER BY a"),
    ("(a Int8, n Nested(x INT, y text)) engine = MergeTree primary key a order by (a, n.x)",
     "(a Int8, `n.x` Array(Int32), `n.y` Array(String)) ENGINE = MergeTree PRIMARY KEY a ORDER BY (a, n.x)"),
    ("(a Int8, l enum('x','y'), d DateTime materialized now(), index i l type minmax, constraint c check a > 0) "
     "engine = ReplacingMergeTree(a) partition by (a % 3) order by tuple()",
     "(a Int8, l Enum8('x' = 1, 'y' = 2), d DateTime MATERIALIZED now()) "
     "ENGINE = ReplacingMergeTree(a) PARTITION BY a % 3 ORDER BY tuple()"),
    ("(a Int8, b Tuple(c INT, d Map(text, Array(INT))), s AggregateFunction(uniq, UInt64)) "
     "engine = MergeTree order by a settings index_granularity = 100",
     "(a Int8, b Tuple(c Int32, d Map(String, Array(Int32))), s AggregateFunction(uniq, UInt64)) "
     "ENGINE = MergeTree ORDER BY a COMMENT 'x'"),
    ("(a Int8, b Int8) engine = MergeTree order by a", "(a Int8, b Int16) ENGINE = MergeTree ORDER BY a"),
    ("(a Int8, b Int8) engine = MergeTree order by a", "(a Int8) ENGINE = MergeTree ORDER BY a"),
    ("(a Int8, b Int8) engine = MergeTree order by a", "(a Int8, b Int8) ENGINE = MergeTree ORDER BY (a, b)"),
    ("(a Int8, b Int8) engine = MergeTree order by a", "(a Int8, b Int8) ENGINE = SummingMergeTree ORDER BY a"),
    ("(a Int8, b Int8) engine = SummingMergeTree(b) order by a",
     "(a Int8, b Int8, c Int8) ENGINE = SummingMergeTree((b, c)) ORDER BY a"),
    ("(a Int8, b Int8) engine = MergeTree partition by b order by a", "(a Int8, b Int8) ENGINE = MergeTree ORDER BY a"),
    ("(a UInt8, b Int8) engine = MergeTree order by a sample by a", "(a UInt8, b Int8) ENGINE = MergeTree ORDER BY a"),
    ("(a Int8, b Int8 default 3) engine = MergeTree order by a", "(a Int8, b Int8) ENGINE = MergeTree ORDER BY a"),
    ("(a Int8) engine = Null", "(a Int16) ENGINE = Null"),
]


def case_compares_as_apply_does(world):
    """Without its scratch tables it comes to the same verdict, in the same words."""
    client = world.engine
    directory = world.scratch("plan_twins")
    client.sql("DROP DATABASE IF EXISTS t_twins SYNC")
    client.sql("CREATE DATABASE t_twins")
    differences = 0
    for number, (declared, present) in enumerate(TWINS):
        client.sql(f"CREATE TABLE t_twins.t{number} {present}")
        path = os.path.join(directory, f"twin_{number}.bf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"database t_twins;\ntable t{number} {declared};\n")
        for user in ("reader1", "bfc"):
            run = Bfc(directory, client.url, user=user).run("plan", path, "--format", "json")
            report = json.loads(run.out)
            assert not [text for text in report["unseen"] if "compared" in text], report
            said = [check["message"] for check in report["checks"] if check["state"] == "fails"]
            if user == "bfc":
                applied = Bfc(directory, client.url).run("apply", path, "--yes")
                assert run.code == applied.code, f"{number}: plan {run.code}, apply {applied.code}\n{applied.text}"
            else:
                first = said
        assert first == said, (first, said)
        assert all(part in applied.err for text in said for part in text.split("; ")), (said, applied.err)
        differences += bool(said)
    assert differences == 9, differences


def case_rights_to_read_alone(world):
    """readonly = 1 and 2, no right to list files: says what it could not see, and nothing wrong."""
    scene = scene_of(world, "plan_reader")
    for user, settings in (("reader", False), ("reader1", True), ("reader2", False)):
        report = plan(scene, expect=EXIT_CHECK, user=user)
        assert report["own_settings"] == settings, report
        assert "INSERT ON t_plan_reader.*" in report["missing_grants"], report["missing_grants"]
        assert "SELECT ON t_plan_reader.*" not in report["missing_grants"], report["missing_grants"]
        assert {check["kind"] for check in report["checks"] if check["state"] == "fails"} == {"grants"}, report
        assert report["loads"][0]["rows"] is None and any("READ ON FILE" in text or "TEMPORARY TABLE" in text
                                                          for text in report["unseen"]), report["unseen"]
    scene.apply()
    for user in ("reader", "reader1", "reader2"):
        assert plan(scene, user=user)["state"] == "finished"
    # What the server enforces, not only our word for it.
    for statement in ("CREATE TABLE t_plan_reader.x (a Int8) ENGINE = Memory", "DROP TABLE t_plan_reader.main"):
        try:
            scene.client.sql(statement, readonly="2")
            raise AssertionError(f"readonly = 2 let it through: {statement}")
        except ServerError as error:
            assert "readonly" in str(error).lower(), error


def case_table_and_bounds(world):
    """A table as the source: rows by EXPLAIN ESTIMATE, the bounds that apply would pin."""
    scene = world.scene("plan_ranges")
    scene.tables(MAIN + PER_PROJECT)
    scene.live()
    scene.client.sql("CREATE TABLE old ENGINE = MergeTree ORDER BY ts AS SELECT toDateTime('2024-01-01', 'UTC') + "
                     "number * 60 AS ts, 'p' AS project, number AS id, toInt64(1) AS value, 'DE' AS country, "
                     "randomString(100) AS waste FROM numbers(100000)", database=scene.database)
    scene.migration("split on ts at '2024-03-10' overlap is fine chunk by ts every 1 week",
        source=f"SELECT ts, project, id, value, country FROM {scene.database}.old")
    report = plan(scene)
    (load,) = report["loads"]
    assert load["estimated_by"] == "EXPLAIN ESTIMATE" and load["chunks_total"] == 10, load
    assert 90000 < load["rows"] < 250000 and load["bytes"] < load["rows"] * 60, load
    assert load["first"][0]["edge"] == "first" and load["last"]["chunk"] == 10, load
    bounds = [pin["value"] for pin in report["pins"]]
    assert bounds == ["split = 2024-03-10 00:00:00", "10 rows"], bounds


def case_nothing_there_yet(world):
    """No database, no table: says what would be made, and takes nothing for granted."""
    directory = world.scratch("plan_empty")
    world.engine.sql("DROP DATABASE IF EXISTS t_plan_empty SYNC")
    path = os.path.join(directory, "plan_empty.bf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"database t_plan_empty;\n{MAIN}{PER_PROJECT}source s as SELECT * FROM numbers(3);\n"
                   "source archive as SELECT now() AS ts, 'p' AS project, number AS id, 1 AS value, 'DE' AS country "
                   "FROM numbers(10);\nbackfill table main from archive split on ts at '2020-01-01';\n")
    run = Bfc(directory, world.engine.url).run("plan", path, "--format", "json")
    assert run.code == EXIT_DONE, run.text
    report = json.loads(run.out)
    assert [o["name"] for o in report["objects"] if not o["present"]] == [
        "t_plan_empty", "main", "per_project", "per_project_mv"], report["objects"]
    text = Bfc(directory, world.engine.url).run("plan", path).out
    assert "creates    database t_plan_empty, table t_plan_empty.main" in text, text
    assert world.engine.one("SELECT count() FROM system.databases WHERE name = 't_plan_empty'") == "0"


class NotClickHouse(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_):
        pass


def case_bad_servers(world):
    scene = scene_of(world, "plan_bad")
    for command in (["plan", scene.bf], ["status", "--watch"], ["apply", scene.directory, "--yes", "--patience", "0"]):
        run = Bfc(scene.directory, "http://127.0.0.1:1/").run(*command, "--target", "http://127.0.0.1:1/") \
            if command[0] != "status" else None
        if run:
            assert run.code == EXIT_STOPPED and "can't reach" in run.err and not run.out, (command, run.text)
        run = Bfc(scene.directory, scene.client.url, password="wrong").run(*command)
        assert run.code == EXIT_STOPPED and "password" in run.err, (command, run.text)
    with http.server.HTTPServer(("127.0.0.1", 0), NotClickHouse) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        run = Bfc(scene.directory, f"http://127.0.0.1:{server.server_port}/").run("plan", scene.bf)
        server.shutdown()
    assert run.code == EXIT_STOPPED and "not ClickHouse" in run.err, run.text


def case_journals(world):
    """Another journal database; one of a newer version; one of another program's."""
    scene = scene_of(world, "plan_journal")
    scene.apply("--journal-database", "t_plan_journal_j")
    assert plan(scene, "--journal-database", "t_plan_journal_j")["state"] == "finished"
    scene.client.sql("INSERT INTO t_plan_journal_j.journal (version, migration, state, epoch) "
                     "VALUES (60000, 'plan_journal', 'started', 9)")
    run = Bfc(scene.directory, scene.client.url).run("plan", scene.bf, "--journal-database", "t_plan_journal_j")
    assert run.code == EXIT_STOPPED and "newer bfc" in run.err, run.text
    scene.client.sql("DROP DATABASE t_plan_journal_j SYNC")
    scene.client.sql("CREATE DATABASE t_plan_journal_j")
    scene.client.sql("CREATE TABLE t_plan_journal_j.journal (a Int8) ENGINE = Memory")
    run = Bfc(scene.directory, scene.client.url).run("plan", scene.bf, "--journal-database", "t_plan_journal_j")
    assert run.code == EXIT_STOPPED and "can't read the journal" in run.err, run.text
    scene.client.sql("DROP DATABASE t_plan_journal_j SYNC")


def case_new_view(world):
    """A view that is not there yet: what its table says of the split holds now, what its target says does not."""
    scene = world.scene("plan_view")
    scene.tables(MAIN)
    scene.client.sql("INSERT INTO main SELECT toDateTime('2024-01-01', 'UTC') + number * 3600, 'p', number, 1, 'DE' "
                     "FROM numbers(1000)", database=scene.database)
    path = os.path.join(scene.directory, "plan_view.bf")
    for split, code in (("2024-01-10", EXIT_CHECK), ("2030-01-01", EXIT_DONE)):
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"migration plan_view;\ndatabase {scene.database};\n{scene.ddl}"
                       "table days (day Date, n UInt64) engine = SummingMergeTree order by day;\n"
                       "view days_mv to days as SELECT toDate(ts) AS day, count() AS n FROM main GROUP BY day;\n"
                       f"backfill view days_mv using null_engine split on ts at '{split}' chunk by ts every 1 week;\n")
        report = plan(scene_at(scene, path), expect=code)
        assert failing(report) == (["b1.ahead"] if code else []), report["checks"]
        (load,) = report["loads"]
        assert load["estimated_by"] == "EXPLAIN ESTIMATE" and load["bytes"] > 0, load


def scene_at(scene, path):
    """The same server, another file."""
    return type("Here", (), {"directory": scene.directory, "client": scene.client, "bf": path})


# --- folders ---------------------------------------------------------------------------------


class Folder:
    def __init__(self, world, name):
        self.directory = world.scratch(name)
        self.database = f"t_{name}"
        world.engine.sql(f"DROP DATABASE IF EXISTS {self.database} SYNC")
        self.bfc = Bfc(self.directory, world.engine.url)
        self.client = world.engine

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text.replace("DB", self.database))

    def apply(self, *words, expect=EXIT_DONE):
        run = self.bfc.run("apply", self.directory, "--yes", *words)
        assert run.code == expect, f"exit {run.code}, not {expect}\n{run.text}"
        return run

    def order(self):
        return [name for (name,) in self.client.rows(
            f"SELECT name FROM system.tables WHERE database = '{self.database}' ORDER BY metadata_modification_time, name")]

    def states(self, *words, expect=EXIT_DONE):
        run = self.apply("--format", "json", *words, expect=expect)
        return [(m["migration"], m["state"]) for m in json.loads(run.out)["migrations"]]


def case_folder(world):
    folder = Folder(world, "folder_order")
    table = "database DB; table {0} (a Int8) engine = MergeTree order by a;\n"
    folder.write("a.bf", "migration f_last after f_b, f_c;\nuse './_lib.bf';\nuse './shared.bf';\n" + table.format("z"))
    folder.write("m.bf", "migration f_b after f_first;\n" + table.format("b"))
    folder.write("l.bf", "migration f_c after f_first;\n" + table.format("c"))
    folder.write("z.bf", "migration f_first;\nparam p String;\n" + table.format("first")
                 + "check 'p' as SELECT {p:String} = 'right';\n")
    folder.write("_lib.bf", "profile small settings max_threads = 1;\n")
    folder.write("shared.bf", "profile large settings max_threads = 9;\n")
    folder.write("notes.txt", "not a migration\n")
    assert "'p' (String) has no value" in folder.apply(expect=EXIT_USAGE).err
    assert "--param 'q=1'" in folder.apply("--param", "p=right", "--param", "q=1", expect=EXIT_USAGE).err
    assert folder.order() == [], "something ran before all was checked"
    reports = json.loads(folder.bfc.run("plan", folder.directory, "--param", "p=x", "--format", "json").out)
    assert [(r["migration"], r["state"]) for r in reports] == [
        ("f_first", "new"), ("f_b", "new"), ("f_c", "new"), ("f_last", "new")], reports
    assert folder.states("--param", "p=wrong", expect=EXIT_CHECK) == [
        ("f_first", "failed"), ("f_b", "not reached"), ("f_c", "not reached"), ("f_last", "not reached")]
    assert folder.order() == ["first"], folder.order()
    assert folder.states("--param", "p=right") == [
        ("f_first", "applied"), ("f_b", "applied"), ("f_c", "applied"), ("f_last", "applied")]
    assert sorted(folder.order()) == ["b", "c", "first", "z"]
    assert folder.states() == [(name, "applied before") for name in ("f_first", "f_b", "f_c", "f_last")]


def case_folder_changes(world):
    """What was applied stays; a file that says something else is told, a comment is not; its file may go."""
    folder = Folder(world, "folder_changes")
    folder.write("one.bf", "migration g_one;\ndatabase DB; table one (a Int8) engine = MergeTree order by a;\n")
    folder.apply()
    folder.write("one.bf", "-- moved\n\nmigration g_one 'with a text';\ndatabase DB;\n-- and a comment\n"
                 "table one (a Int8) engine = MergeTree order by a;\n")
    folder.write("two.bf", "migration g_two after g_one;\ndatabase DB; table two (a Int8) engine = MergeTree order by a;\n")
    assert folder.states() == [("g_one", "applied before"), ("g_two", "applied")]
    folder.write("one.bf", "migration g_one;\ndatabase DB; table one (a Int16) engine = MergeTree order by a;\n")
    folder.write("three.bf", "migration g_three;\ndatabase DB; table three (a Int8) engine = MergeTree order by a;\n")
    run = folder.apply(expect=EXIT_INPUT)
    assert "was changed since it was applied" in run.err and "ensure.table" in run.err, run.err
    assert "1 applied, 2 applied before (changed since" in run.out, run.out
    os.remove(os.path.join(folder.directory, "one.bf"))
    assert folder.states() == [("g_three", "applied before"), ("g_two", "applied before")]


def case_folder_errors(world):
    folder = Folder(world, "folder_errors")
    check = "database DB; table {0} (a Int8) engine = MergeTree order by a;\n"
    assert "no migration" in folder.apply(expect=EXIT_INPUT).err
    folder.write("a.bf", "migration e_a after e_b;\n" + check.format("a"))
    folder.write("b.bf", "migration e_b after e_c;\n" + check.format("b"))
    folder.write("c.bf", "migration e_c after e_a;\n" + check.format("c"))
    folder.write("d.bf", "migration e_d;\n" + check.format("d"))
    for command in (["apply", folder.directory, "--yes"], ["plan", folder.directory], ["check", folder.directory]):
        run = folder.bfc.run(*command)
        assert run.code == EXIT_INPUT and "'e_a' comes after 'e_b' comes after 'e_c' comes after 'e_a'" in run.err, run.text
    folder.write("c.bf", "migration e_c after e_nobody;\n" + check.format("c"))
    run = folder.apply(expect=EXIT_INPUT)
    assert "'e_nobody', which is not in the folder and was not applied" in run.err, run.err
    run = folder.bfc.run("check", folder.directory)
    assert run.code == EXIT_DONE and "note: " in run.err and "e_nobody" in run.err, run.text
    folder.write("c.bf", "migration e_d;\n" + check.format("c"))
    assert "are both the migration 'e_d'" in folder.apply(expect=EXIT_INPUT).err
    folder.write("c.bf", "migration e_c;\ntable c (a Int8) engine;\n")
    assert "c.bf:2:" in folder.apply(expect=EXIT_INPUT).err
    assert folder.order() == [], folder.order()
    run = folder.bfc.run("fmt", "--check", folder.directory)
    assert run.code == EXIT_INPUT, run.text
