"""`using direct unsafe`: each chunk is inserted once; one that was broken off stops the run until a person has looked."""
import re
import time

from bfc import Bfc, EXIT_CHECK, EXIT_DONE, EXIT_INTERRUPTED, EXIT_STOPPED
from proxy import Proxy
from scene import MAIN_COLUMNS
from view_scene import ViewScene, two_views

MAIN = f"CREATE TABLE main {MAIN_COLUMNS} ENGINE = MergeTree ORDER BY (project, ts);\n"
SUMS = """CREATE TABLE sums (project String, n UInt64, total Int64) ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW sums_mv TO sums AS
SELECT project, count() AS n, sum(value) AS total FROM main GROUP BY project;
"""
CLAUSES = "-- bfc: allow unsafe-direct\nusing direct unsafe split on ts at earliest chunk by files 1"


def filled(world, name, views=False, clauses=CLAUSES):
    scene = world.scene(name)
    scene.tables(MAIN + (SUMS if views else ""))
    scene.history(rows=4000, files=4)
    scene.live(200)
    scene.migration(clauses)
    if views:
        scene.expect("SELECT project, sum(n), sum(total) FROM sums GROUP BY project",
                     "SELECT project, count(), sum(value) FROM {all} GROUP BY project")
    return scene


def broken(scene, number, how, text=None):
    """A run that is broken at its `number`-th INSERT into the live table, or request with this text."""
    seen, under_way = [0], []

    def decide(_, request):
        if (text or f"INSERT INTO {scene.database}.main") not in request.text:
            return "pass"
        seen[0] += 1
        return how if seen[0] == number else "pass"

    def kill():
        under_way[0].kill()
        under_way[0].child.wait()

    proxy = Proxy(scene.client.port, decide, kill)
    try:
        under_way.append(Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes"))
        return under_way[0].wait()
    finally:
        proxy.close()


def count(scene):
    return scene.client.one("SELECT count() FROM main", database=scene.database)


def case_table(world):
    """The live views fire; several at once; nothing is staged; a second run does nothing."""
    scene = filled(world, "direct_table", views=True, clauses=CLAUSES + " workers 2")
    run = scene.run()
    assert "straight into the live tables" in run.text and "stages" not in run.text, run.text


def case_views(world):
    scene = ViewScene(world.engine, world.directory, "direct_views")
    two_views(scene, "direct unsafe", "chunk by ts every 6 hours workers 2").run()


def case_one_chunk(world):
    filled(world, "direct_one", clauses="using direct unsafe split on ts at earliest").run()


def case_killed_before_it_was_there(world):
    """The INSERT never came to the server, but nobody can know: a person says so, and it is sent again."""
    scene = filled(world, "direct_absent")
    broken(scene, 2, "call-before")
    assert count(scene) == "1200"
    for _ in range(2):
        run = scene.apply(expect=EXIT_STOPPED)
        assert "in doubt: chunk 2 of 4" in run.text and "001.parquet" in run.text, run.text
        assert "nothing is lost" not in run.text and "--in-doubt absent" in run.text, run.text
        assert count(scene) == "1200"
    status = scene.bfc.run("status", scene.name)
    assert "in doubt: chunk 2" in status.text, status.text
    refused = scene.bfc.run("abort", scene.name)
    assert refused.code == EXIT_STOPPED and "--in-doubt" in refused.text, refused.text
    assert scene.bfc.run("abort", scene.name, "--in-doubt", "perhaps").code == 2
    said = scene.bfc.run("abort", scene.name, "--in-doubt", "absent")
    assert said.code == EXIT_DONE, said.text
    run = scene.apply()
    assert "1 of 4 chunks are done" in run.text, run.text
    scene.check()


def case_told_apart(world):
    """Of two chunks under way one came in, the other did not: a person says so of each."""
    scene = filled(world, "direct_apart", clauses=CLAUSES + " workers 2")
    seen, under_way = [], []

    def decide(_, request):
        if f"INSERT INTO {scene.database}.main" not in request.text:
            return "pass"
        seen.append(re.search(r"-c(\d+)", request.key)[1])
        return "late" if len(seen) == 1 else "call-before"

    def kill():
        under_way[0].kill()
        under_way[0].child.wait()

    proxy = Proxy(scene.client.port, decide, kill)
    try:
        under_way.append(Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes"))
        under_way[0].wait()
    finally:
        proxy.close()
    run = scene.apply(expect=EXIT_STOPPED)
    assert run.text.count("in doubt: chunk") == 2 and "3=absent,5=loaded" in run.text, run.text
    assert count(scene) == "1200"
    there, absent = seen

    def abort(words):
        return scene.bfc.run("abort", scene.name, "--in-doubt", words)

    for words in ("9=absent", f"{there}=perhaps", f"{there}", f"{there}=loaded,,"):
        assert abort(words).code == (1 if words == "9=absent" else 2), words
    some = abort(f"{there}=loaded")
    assert some.code == EXIT_STOPPED and f"chunk {absent} of 'b1.direct' was broken off" in some.text, some.text
    said = abort(f"b1.direct/{there}=loaded,{absent}=absent")
    assert said.code == EXIT_DONE and "1 chunk that was published stays" in said.text, said.text
    run = scene.apply()
    assert "1 of 4 chunks are done" in run.text, run.text
    scene.check()


def case_killed_after_it_was_there(world):
    scene = filled(world, "direct_loaded")
    broken(scene, 2, "call-answered")
    assert count(scene) == "2200"
    run = scene.apply(expect=EXIT_STOPPED)
    assert "in doubt: chunk 2 of 4" in run.text, run.text
    said = scene.bfc.run("abort", scene.name, "--in-doubt", "loaded")
    assert said.code == EXIT_DONE, said.text
    run = scene.apply()
    assert "2 of 4 chunks are done" in run.text, run.text
    scene.check()


def case_aborted_behind_a_chunk(world):
    """Killed when the journal says that the last chunk is in, and not more: after an abort it is not loaded again."""
    scene = filled(world, "direct_sealed")
    broken(scene, 1, "call-before", text='"chunk":"4","attempt":1,"state":"published"')
    before = count(scene)
    said = scene.bfc.run("abort", scene.name)
    assert said.code == EXIT_DONE and "4 chunks that were published stay" in said.text, said.text
    assert count(scene) == before
    scene.apply()
    scene.check()


def case_partly_in(world):
    """What there is of it is taken out by hand."""
    scene = filled(world, "direct_partly")
    broken(scene, 2, "call-before")
    scene.client.sql(f"INSERT INTO main SELECT * FROM file('{scene.file(1)}') LIMIT 10", database=scene.database)
    scene.apply(expect=EXIT_STOPPED)
    scene.client.sql("ALTER TABLE main DELETE WHERE id BETWEEN 1000 AND 1999", database=scene.database)
    assert scene.bfc.run("abort", scene.name, "--in-doubt", "absent").code == EXIT_DONE
    scene.apply()
    scene.check()


def case_lost_connection(world):
    """An answer that is lost is not success: the run says so at once, and sends nothing again."""
    for how in ("cut-before", "cut-sent", "cut-answer"):
        scene = filled(world, "direct_" + how.replace("-", "_"))
        run = broken(scene, 2, how)
        assert run.code == EXIT_STOPPED and "in doubt: chunk 2 of 4" in run.text, run.text
        rows = count(scene)
        again = scene.apply(expect=EXIT_STOPPED)
        assert count(scene) == rows and "in doubt: chunk 2 of 4" in again.text, again.text


def case_failing_insert(world):
    """An exception may come when a part is in."""
    scene = filled(world, "direct_fails")
    scene.client.script("ALTER TABLE main ADD CONSTRAINT few CHECK id < 1500;", database=scene.database)
    scene.migration(CLAUSES.replace("files 1", "files 1 settings max_block_size = 100, "
                                    "min_insert_block_size_rows = 100, input_format_parquet_max_block_size = 100"))
    scene.ddl = ""
    run = scene.bfc.run("apply", scene.bf, "--yes")
    assert run.code == EXIT_STOPPED, run.text


def case_failing_beside_others(world):
    """One chunk fails, and another one is under way: that is awaited, for broken off it would be in doubt, too; and a
    run that finds a doubt begins nothing."""
    scene = filled(world, "direct_beside", clauses=CLAUSES + " workers 2")
    scene.client.script("ALTER TABLE main ADD CONSTRAINT few CHECK id != 1500;", database=scene.database)
    scene.ddl, sent = "", []
    scene.migration(CLAUSES + " workers 2", before="", after="")
    with open(scene.bf, encoding="utf-8") as file:
        text = file.read()
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(text.replace("source archive", f"external table main {MAIN_COLUMNS};\nsource archive"))

    def decide(_, request):
        if f"INSERT INTO {scene.database}.main" in request.text:
            sent.append(request.text)
            if "000.parquet" in request.text:
                time.sleep(1.5)
        return "pass"

    proxy = Proxy(scene.client.port, decide)
    try:
        bfc = Bfc(scene.directory, proxy.url)
        run = bfc.run("apply", scene.bf, "--yes")
        assert run.code == EXIT_STOPPED and "those under way are awaited" in run.text, run.text
        assert run.text.count("in doubt: chunk") == 1 and "in doubt: chunk 2 of 4" in run.text, run.text
        assert "1 of 4 chunks" in run.text and len(sent) == 2, run.text
        status = bfc.run("status", scene.name)
        assert "in doubt" in status.text and "1: bfc apply says which" in status.text, status.text
        again = bfc.run("apply", scene.bf, "--yes")
        assert again.code == EXIT_STOPPED and again.text.count("in doubt: chunk") == 1 and len(sent) == 2, again.text
    finally:
        proxy.close()
    scene.client.script("ALTER TABLE main DROP CONSTRAINT few;\nALTER TABLE main DELETE WHERE id BETWEEN 1000 AND 1999;",
                        database=scene.database)
    assert scene.bfc.run("abort", scene.name, "--in-doubt", "absent").code == EXIT_DONE
    scene.apply()
    scene.check()


def case_interrupted_between(world):
    """Ctrl-C while nothing is under way that could be in doubt: the same command goes on."""
    scene = filled(world, "direct_interrupted")
    seen, under_way = [0], []

    def decide(_, request):
        if "INSERT INTO" not in request.text and "sum(cityHash64" in request.text:
            seen[0] += 1
            if seen[0] == 3:
                under_way[0].interrupt()
        return "pass"

    proxy = Proxy(scene.client.port, decide)
    try:
        under_way.append(Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes"))
        run = under_way[0].wait()
    finally:
        proxy.close()
    assert run.code == EXIT_INTERRUPTED, run.text
    if "in doubt" not in run.text:
        scene.apply()
        scene.check()


def case_unwanted_views(world):
    """A view that shall not get the history would: it fires on an INSERT."""
    scene = filled(world, "direct_ignored", views=True)
    scene.ddl = MAIN
    scene.migration(CLAUSES, before="", after="ignore view sums_mv;")
    run = scene.apply(expect=EXIT_CHECK)
    assert "direct_ignored.sums_mv" in run.text and "would get the history" in run.text, run.text
    assert count(scene) == "200"
