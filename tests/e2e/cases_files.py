"""`chunk by files` over a `*`: the files are listed and pinned when the run begins, and matched by their very names."""
import os
import shutil

from bfc import Bfc, EXIT_CHECK, EXIT_DONE, EXIT_INPUT
from cases_s3 import s3_scene, server_of
from proxy import Proxy
from scene import MAIN_COLUMNS, literal

TABLES = f"""CREATE TABLE main {MAIN_COLUMNS} ENGINE = MergeTree ORDER BY (project, ts);
CREATE TABLE sums (project String, n UInt64, total Int64) ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW sums_mv TO sums AS
SELECT project, count() AS n, sum(value) AS total FROM main GROUP BY project;
"""
ODD = ("a 1", "b*x", "c{1,2}", "d'q", "e\\back", "f?y", "g,h", "häß", "i[1]", "j\tk", "l\"m", "n%20o", "{000..003}", "z")


def filled(world, name, names, pattern="*.parquet", clauses="split on ts at earliest chunk by files 3", source=None):
    """The oracle reads files with plain names; what bfc reads are others with the same bytes."""
    scene = world.scene(name)
    scene.tables(TABLES)
    scene.history(rows=len(names) * 100, files=len(names))
    scene.live(200)
    scene.folder = os.path.join(scene.directory, "odd")
    for index, odd in enumerate(names):
        path = os.path.join(scene.folder, odd + ".parquet")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(scene.file(index), path)
    files = f"file({literal(os.path.join(scene.folder, pattern))}, 'Parquet')"
    scene.migration(clauses, source=(source or "SELECT * FROM {files}").replace("{files}", files))
    scene.expect("SELECT project, sum(n), sum(total) FROM sums GROUP BY project",
                 "SELECT project, count(), sum(value) FROM {all} GROUP BY project")
    return scene


def broken(scene, chunk=2):
    """A run that is killed before its `chunk`-th load."""
    seen, under_way = [0], []

    def decide(_, request):
        seen[0] += "optimize_on_insert" in request.text and "INSERT INTO" in request.text
        return "call-before" if seen[0] == chunk else "pass"

    def kill():
        under_way[0].kill()
        under_way[0].child.wait()

    proxy = Proxy(scene.client.port, decide, kill)
    try:
        under_way.append(Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes"))
        return under_way[0].wait()
    finally:
        proxy.close()


def case_odd_names(world):
    scene = filled(world, "files_odd", ODD, clauses="split on ts at earliest chunk by files 3 workers 2 verify content")
    run = scene.run()
    assert "5 of 5" in run.text, run.text


def case_direct_and_at_end(world):
    for number, how in enumerate(("using direct unsafe", "publish at end")):
        filled(world, f"files_how_{number}", ODD, clauses=f"{how} split on ts at earliest chunk by files 3").run()


def case_with_braces_and_folders(world):
    names = ("x1/a0", "x1/a1", "x2/b0", "x2/b1", "x3/a0", "x2/c0", "x1/a00")
    scene = filled(world, "files_mixed", names, "x{1,2}/{a,b}?.parquet")
    # Of seven files four match, and they hold rows 0 to 399: all others are no history.
    scene.source_where = "id < 400"
    scene.run()


def case_joins_and_subqueries(world):
    sources = ("SELECT * EXCEPT one FROM {files} AS f CROSS JOIN (SELECT 1 AS one) AS j WHERE id >= 0 OR one = 2",
               "SELECT f.* FROM (SELECT 1 AS one) AS j RIGHT JOIN {files} AS f ON j.one = f.id",
               "WITH w AS (SELECT *, upper(_path) AS _path FROM {files}) SELECT * EXCEPT _path FROM w WHERE _path != ''",
               "SELECT * FROM (SELECT * FROM {files} WHERE 1 OR 0)")
    for number, source in enumerate(sources):
        filled(world, f"files_source_{number}", ODD[:5], source=source,
               clauses="split on ts at earliest chunk by files 2").run()


def case_later_files(world):
    """What comes when the run has begun is not its history."""
    scene = filled(world, "files_later", ("a", "c", "e", "g", "i", "k"), clauses="split on ts at earliest chunk by files 2")
    broken(scene)
    for name in ("a0", "zz"):
        shutil.copy(scene.file(0), os.path.join(scene.folder, name + ".parquet"))
    scene.apply()
    scene.check()


def case_vanished_file(world):
    """A file that is gone is told by its name, and the run goes on when it is back."""
    scene = filled(world, "files_gone", ("a", "c's", "e", "g", "i", "k"), clauses="split on ts at earliest chunk by files 2")
    broken(scene, chunk=3)
    path, away = os.path.join(scene.folder, "k.parquet"), os.path.join(scene.directory, "away")
    os.rename(path, away)
    run = scene.apply(expect=EXIT_CHECK)
    assert "k.parquet" in run.text and "1 of 2" in run.text and "c's" not in run.text, run.text
    os.rename(away, path)
    scene.apply()
    scene.check()


def case_nothing_matches(world):
    scene = filled(world, "files_none", ("a",), "*.csv")
    scene.migration("split on ts at earliest chunk by files 3",
                    source=f"SELECT * FROM file({literal(os.path.join(scene.folder, '*.csv'))}, 'Parquet', "
                           f"{literal(MAIN_COLUMNS[1:-1])})")
    run = scene.apply(expect=EXIT_CHECK)
    assert "no file matches" in run.text and "*.csv" in run.text, run.text


def case_line_break_in_a_name(world):
    run = filled(world, "files_break", ("a", "b\nc")).apply(expect=3)
    assert "line break" in run.text, run.text


def case_too_long_a_list(world):
    """A server takes 128 KiB in a parameter: said before anything is staged."""
    scene = filled(world, "files_long", ("a",), "**.parquet", clauses="split on ts at earliest chunk by files 5000")
    for index in range(1000):
        os.link(scene.file(0), os.path.join(scene.folder, f"{index:0150d}.parquet"))
    run = scene.apply(expect=EXIT_INPUT)
    assert "fewer files a chunk" in run.text, run.text
    assert scene.client.one("SELECT count() FROM main", database=scene.database) == "200"


def case_s3(world):
    with server_of(world) as server:
        scene = s3_scene(world, server, "s3_listed", "0*.parquet",
                         "split on ts at earliest chunk by files 3 workers 2 verify content")
        run = scene.apply("--param", f"bucket={server.url}")
        assert run.code == EXIT_DONE and "7 of 7" in run.text, run.text
        scene.check()


def case_s3_odd_names(world):
    with server_of(world) as server:
        scene = s3_scene(world, server, "s3_odd", "{a,b}*.parquet", "split on ts at earliest chunk by files 3")
        for index, name in enumerate(("a,1", "a+b", "b,x", "b=1", "b(2)", "a'q")):
            world.engine.sql(f"INSERT INTO FUNCTION s3({literal(f'{server.url}/s3_odd/{name}.parquet')}, 'S3RVER', "
                             f"'S3RVER', 'Parquet') SELECT * FROM file('{scene.file(index)}', 'Parquet')",
                             s3_truncate_on_insert="1")
        scene.source_where = "id < 1200"
        scene.apply("--param", f"bucket={server.url}")
        scene.check()
