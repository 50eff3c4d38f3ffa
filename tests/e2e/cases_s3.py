"""History from S3, and the secrets that this takes: they must be nowhere afterwards."""
import glob
import os
import time

from cases_shapes import MAIN, SUMS, SUMS_GOT, SUMS_WANT
from s3 import S3


def s3_scene(world, server, name, pattern, clauses):
    scene = world.scene(name)
    scene.tables(f"{MAIN} PARTITION BY toDate(ts) ORDER BY (project, ts);\n{SUMS}")
    scene.history(rows=4000, files=20)
    for index in range(20):
        world.engine.sql(f"INSERT INTO FUNCTION s3('{server.url}/{name}/{index:03d}.parquet', 'S3RVER', 'S3RVER', "
                         f"'Parquet') SELECT * FROM file('{scene.file(index)}', 'Parquet')",
                         s3_truncate_on_insert="1")
    scene.live()
    scene.bfc.env.update(S3_KEY="S3RVER", S3_SECRET="S3RVER")
    scene.migration(clauses, before="param bucket String;\nsecret s3_key from env S3_KEY;\n"
                                    "secret s3_secret from env S3_SECRET;",
                    source=f"SELECT * FROM s3(concat({{bucket:String}}, '/{name}/{pattern}'), "
                           "{s3_key:String}, {s3_secret:String}, 'Parquet')")
    scene.expect(SUMS_GOT, SUMS_WANT)
    return scene


def server_of(world):
    if os.environ.get("SKIP_S3"):
        world.skip("SKIP_S3 is set")
    return S3(world.scratch("s3"))


def case_brace_range(world):
    with server_of(world) as server:
        scene = s3_scene(world, server, "s3_braces", "{000..019}.parquet",
                         "split on ts at earliest chunk by files 4 workers 2")
        scene.apply("--param", f"bucket={server.url}")
        scene.check()


def case_star(world):
    with server_of(world) as server:
        scene = s3_scene(world, server, "s3_star", "*.parquet", "split on ts at earliest chunk by id every 1500")
        scene.apply("--param", f"bucket={server.url}")
        scene.check()


def case_missing_object(world):
    with server_of(world) as server:
        scene = s3_scene(world, server, "s3_missing", "{000..020}.parquet", "split on ts at earliest chunk by files 5")
        run = scene.apply("--param", f"bucket={server.url}", expect=6)
        assert "20" in run.text and "21" in run.text, run.text


def case_secrets_are_nowhere(world):
    """Wrong on purpose at first: errors are where secrets come out."""
    secret, key = "dont-tell-anybody-7361", "nor-that-one-8472"
    with server_of(world) as server:
        scene = s3_scene(world, server, "s3_secret", "{000..019}.parquet", "split on ts at earliest chunk by files 5")
        # s3rver looks at the key alone, so the real run can have a secret that is easy to look for.
        scene.bfc.env.update(S3_KEY=key, S3_SECRET=secret)
        bad = scene.apply("--param", f"bucket={server.url}", "--patience", "1", expect=None)
        assert bad.code in (3, 6), f"exit {bad.code}\n{bad.text}"
        texts = {"the failing run": bad.text}
        for emitted in ("sql", "json"):
            texts[f"the plan as {emitted}"] = scene.bfc.run("compile", "--emit", emitted, scene.bf).text
        scene.bfc.env.update(S3_KEY="S3RVER")
        texts["the good run"] = scene.apply("--param", f"bucket={server.url}").text
        texts["status"] = scene.bfc.run("status").text
        for _ in range(100):
            world.engine.sql("SYSTEM FLUSH LOGS")
            if world.engine.one("EXISTS system.query_log") == "1":
                break
            time.sleep(0.1)
        texts["the journal"] = world.engine.sql("SELECT * FROM bfc.journal FORMAT TSV")
        texts["the query log"] = world.engine.sql(
            f"SELECT query, formatted_query, exception, stack_trace, Settings, http_referer, http_user_agent "
            f"FROM system.query_log WHERE query_id LIKE 'bfc-%' FORMAT TSV")
        texts["the tables"] = world.engine.sql("SELECT create_table_query FROM system.tables FORMAT TSV")
    shown = [where for where, text in texts.items() if key in text]
    # ClickHouse hides the third argument of s3() in its own logs, and not the second, which is a name.
    assert shown in ([], ["the query log"]), f"the key is in {', '.join(shown)}"
    for path in glob.glob(os.path.join(world.engine.directory, "engine.*")):
        with open(path, encoding="utf-8", errors="replace") as file:
            texts[os.path.basename(path)] = file.read()
    shown = [where for where, text in texts.items() if secret in text]
    assert not shown, f"the secret is in {', '.join(shown)}"
    scene.check()


def case_secret_not_in_the_process_list(world):
    with server_of(world) as server:
        scene = s3_scene(world, server, "s3_file", "{000..019}.parquet", "split on ts at earliest chunk by files 5")
        with open(os.path.join(scene.directory, "secret.txt"), "w", encoding="utf-8") as file:
            file.write("S3RVER\n")
        text = open(scene.bf, encoding="utf-8").read()
        with open(scene.bf, "w", encoding="utf-8") as file:
            file.write(text.replace("from env S3_SECRET", "from file 'secret.txt'"))
        run = scene.bfc.start("apply", scene.bf, "--yes", "--param", f"bucket={server.url}")
        with open(f"/proc/{run.child.pid}/cmdline", "rb") as file:
            words = file.read()
        assert b"S3RVER" not in words and b"right" not in words
        run.wait()
        assert run.code == 0, run.text
        scene.check()
