"""Libraries of stdlib/ at work: history from each kind of source, and checks that pass and that fail."""
import http.server
import os
import threading

from cases_shapes import MAIN, SUMS, SUMS_GOT, SUMS_WANT
from cases_s3 import server_of
from s3 import S3
from scene import literal

FILES = 20


def library_scene(world, name, use, before="", clauses="split on ts at earliest chunk by files 5 workers 2"):
    scene = world.scene(name)
    scene.tables(f"{MAIN} PARTITION BY toDate(ts) ORDER BY (project, ts);\n{SUMS}")
    scene.history(rows=4000, files=FILES)
    scene.live()
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(f"migration {name};\n{before}\ndatabase {scene.database};\n{scene.ddl}\n{use}\n"
                   f"backfill table main from archive\n{clauses};\n")
    scene.expect(SUMS_GOT, SUMS_WANT)
    return scene


class Web(http.server.ThreadingHTTPServer):
    """A scene's files, for whoever knows the token."""

    daemon_threads = True

    def __init__(self, directory, token=None):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *words):
                super().__init__(*words, directory=directory)

            def send_head(self):
                if token and self.headers.get("X-Token") != token:
                    self.server.refused += 1
                    self.send_error(403)
                    return None
                return super().send_head()

            def log_message(self, *_):
                pass

        self.refused = 0
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def case_library_files(world):
    pattern = os.path.join(world.directory, "lib_files", "{000..019}.parquet")
    scene = library_scene(
        world, "lib_files", f"use std.sources.files as archive (path = {literal(pattern)});\n"
        "use std.checks.same_sum as values_once (table = sums, column = total, other = main, other_column = value);\n"
        "use std.checks.counted_once as rows_once (table = t_lib_files.sums, column = n, of = main);")
    scene.run()
    sql = scene.bfc.run("compile", scene.bf).text
    assert "{files:String}, 'Parquet', 'auto'" in sql and "{000..004}.parquet" in sql, sql
    assert "values_once" in sql and "rows_once" in sql, sql


def case_library_http(world):
    directory = os.path.join(world.directory, "lib_http")
    with Web(directory) as web:
        library_scene(world, "lib_http",
                      f"use std.sources.http as archive (url = '{web.url}/{{000..019}}.parquet');").run()


def case_library_http_header(world):
    directory = os.path.join(world.directory, "lib_header")
    token = "dont-show-this-5142"
    with Web(directory, token) as web:
        scene = library_scene(
            world, "lib_header",
            f"use std.sources.http_header as archive (url = '{web.url}/{{000..019}}.parquet', header = 'X-Token', "
            "value = {token:String});", before="secret token from env ARCHIVE_TOKEN;")
        scene.bfc.env.update(ARCHIVE_TOKEN="wrong")
        bad = scene.apply("--patience", "1", expect=None)
        assert bad.code in (3, 6) and web.refused, f"exit {bad.code}\n{bad.text}"
        scene.bfc.env.update(ARCHIVE_TOKEN=token)
        run = scene.apply()
        scene.check()
        texts = [bad.text, run.text, scene.bfc.run("compile", scene.bf).text, scene.bfc.run("status").text,
                 world.engine.sql("SELECT * FROM bfc.journal FORMAT TSV")]
        assert not any(token in text for text in texts)


def case_library_s3(world):
    with server_of(world) as server:
        scene = library_scene(
            world, "lib_s3",
            f"use std.sources.s3 as archive (url = '{server.url}/lib_s3/{{000..019}}.parquet', key = {{key:String}}, "
            "secret = {secret:String});", before="secret key from env S3_KEY;\nsecret secret from env S3_SECRET;")
        for index in range(FILES):
            world.engine.sql(f"INSERT INTO FUNCTION s3('{server.url}/lib_s3/{index:03d}.parquet', '{S3.KEY}', "
                             f"'{S3.SECRET}', 'Parquet') SELECT * FROM file('{scene.file(index)}', 'Parquet')",
                             s3_truncate_on_insert="1")
        scene.bfc.env.update(S3_KEY=S3.KEY, S3_SECRET=S3.SECRET)
        scene.apply()
        scene.check()


def case_library_of_ones_own(world):
    """Params of every type that become literals, two instances, and a name that needs quotes."""
    directory = os.path.join(world.directory, "lib_own")
    scene = library_scene(
        world, "lib_own", "use './mine.bf' as archive (path = '" + directory + "/{000..019}.parquet', since = '2024-12-17', "
        "above = -1_001, values = '[-5000, 5000]', sure = true, ratio = 0.5);\n"
        "use './mine.bf' as other (path = {where:String}, since = '2024-12-17 00:00:00');\n"
        "use std.checks.rows as known (table = `odd``name`, rows = 3);\n",
        before="param where String default '';")
    scene.client.sql("CREATE TABLE `odd``name` ENGINE = Log AS SELECT number FROM numbers(3)", database=scene.database)
    with open(os.path.join(scene.directory, "mine.bf"), "w", encoding="utf-8") as file:
        file.write("param path String;\nparam since DateTime('UTC');\nparam above Int32 default 0;\n"
                   "param values Array(Int64) default '[]';\nparam sure Bool default false;\n"
                   "param ratio Float64 default 1;\n"
                   "source mine as SELECT * FROM file({path:String}, 'Parquet')\n"
                   "WHERE ts >= {since:DateTime('UTC')} AND value > {above:Int32} AND {sure:Bool}\n"
                   "AND NOT has({values:Array(Int64)}, value) AND {ratio:Float64} < 1;\n")
    scene.run()


def case_library_checks_fail(world):
    """Each check says what it saw; one that fails fails the run, after the history is in."""
    for name, use, message in (
            ("rows", "use std.checks.rows as x (table = main, rows = 5);", "rows, not 5"),
            ("same_rows", "use std.checks.same_rows as x (table = main, other = sums);", " rows and "),
            ("same_sum", "use std.checks.same_sum as x (table = main, column = id, other = sums, other_column = n);", " and "),
            ("counted_once", "use std.checks.counted_once as x (table = main, column = id, of = main);", " counted, "),
            ("fresh", "use std.checks.fresh as x (table = main, column = ts, seconds = 60);", "newest row is of 2024-12-")):
        scene = library_scene(world, f"lib_{name}", use, before="source archive from file('"
                              + os.path.join(world.directory, f"lib_{name}") + "/{000..019}.parquet', 'Parquet');")
        run = scene.apply(expect=6)
        assert message in run.text and "x: " in run.text, run.text
        scene.check()


def case_library_clickhouse(world):
    """No second server with TLS here: that the statement is well formed is what can be seen."""
    scene = library_scene(
        world, "lib_remote", "use std.sources.clickhouse as archive (address = '127.0.0.1:1', table = old.events, "
        "user = 'reader', password = {password:String});", before="secret password from env OLD_PASSWORD;",
        clauses="split on ts at earliest chunk by ts every 1 day nulls are skipped")
    scene.bfc.env.update(OLD_PASSWORD="dont-show-this-7731")
    run = scene.apply("--patience", "1", expect=None)
    assert run.code == 3 and "(NETWORK_ERROR)" in run.text, run.text
    assert "dont-show-this" not in run.text
