"""What a server has no room for now: chunks in parts, chunks that wait, and each row once."""
import json

from bfc import EXIT_STOPPED, Bfc
from cases_engine import wait_for
from engine import ServerError
from scene import Scene, literal
from view_scene import MAIN, ViewScene

# A set of all long texts of the chunk: one state, whatever the size of a block, and half of it from half of the rows.
TEXTS = "groupUniqArray{state}(concat(toString(id), repeat('.', 600)))"
STATES = "CREATE TABLE states (day Date, texts AggregateFunction(groupUniqArray, String)) " \
         "ENGINE = AggregatingMergeTree ORDER BY day;"
STATES_VIEW = "view states_mv to states as\nSELECT toDate('2024-12-17') AS day, " \
              f"{TEXTS.format(state='State')} AS texts FROM main GROUP BY day;"


def as_small(scene):
    scene.bfc = Bfc(scene.directory, scene.client.url, user="small")
    return scene


def rows_of(scene, state):
    return scene.client.rows(f"SELECT DISTINCT chunk FROM bfc.journal WHERE migration = {literal(scene.name)} "
                             f"AND state = {literal(state)} ORDER BY chunk")


def is_split(scene):
    try:
        return rows_of(scene, "split")
    except ServerError:
        return []  # no journal yet


def split_and_done(scene):
    split, done = [row[0] for row in rows_of(scene, "split")], [row[0] for row in rows_of(scene, "done")]
    assert split, "no chunk was split: the case proves nothing"
    assert not set(split) & set(done), f"split {split}, done {done}"
    for name in split:
        assert f"{name}.1" in split + done and f"{name}.2" in split + done, f"split {split}, done {done}"
    return split


def big_views(world, name, rows=60000):
    scene = as_small(ViewScene(world.engine, world.directory, name))
    scene.tables(f"{MAIN}\n{STATES}".replace("PARTITION BY toYYYYMMDD(ts) ", ""))
    scene.views(STATES_VIEW)
    scene.expect("SELECT day, arraySort(groupUniqArrayMerge(texts)) FROM states GROUP BY day",
                 f"SELECT toDate('2024-12-17') AS day, arraySort({TEXTS.format(state='')}) FROM {{all}} GROUP BY day")
    scene.history(rows)
    scene.fill("states_mv", f"using duplicate split on ts at '{scene.split}' chunk by ts every 10 year")
    return scene


def case_range_is_split(world):
    scene = big_views(world, "range_is_split")
    run = scene.apply()
    assert "does not fit in memory" in run.text, run.text
    split_and_done(scene)
    scene.check()


def case_killed_among_parts(world):
    scene = big_views(world, "killed_among_parts", rows=100000)
    run = scene.bfc.start("apply", scene.bf, "--yes")
    try:
        wait_for(lambda: run.child.poll() is not None or is_split(scene), "a split chunk", 60)
    finally:
        run.kill()
        run.wait()
    split = [row[0] for row in rows_of(scene, "split")]
    text = scene.apply().text
    assert set(split) <= set(split_and_done(scene))
    for name in split:
        assert f"chunk {name} of" not in text, f"chunk {name} was begun again\n{text}"
    scene.check()


def case_partition_is_split(world):
    """By the first column of the key, at a granule's first row; killed among the parts, too."""
    scene = big_views(world, "partition_is_split", rows=100000)
    scene.fill("states_mv", f"using duplicate split on ts at '{scene.split}' chunk by partition")
    run = scene.bfc.start("apply", scene.bf, "--yes")
    try:
        wait_for(lambda: run.child.poll() is not None or is_split(scene), "a split chunk", 60)
    finally:
        run.kill()
        run.wait()
    split = [row[0] for row in rows_of(scene, "split")]
    planned = json.loads(scene.bfc.run("plan", scene.bf, "--format", "json").out)["loads"][0]
    # One partition, and each split makes two chunks of one.
    done = len(rows_of(scene, "done")) - len([row for row in rows_of(scene, "done") if not row[0]])
    assert (planned["chunks_total"], planned["chunks_done"]) == (1 + len(split), done), (planned, split)
    text = scene.apply().text
    assert set(split) <= set(split_and_done(scene))
    for name in split:
        assert f"chunk {name} of" not in text, f"chunk {name} was begun again\n{text}"
    status = json.loads(scene.bfc.run("status", scene.name, "--format", "json").out)
    shown = status["migrations"][0] if "migrations" in status else status[0] if isinstance(status, list) else status
    assert shown["chunks_total"] == shown["chunks_done"] == 1 + len(split_and_done(scene)), shown
    scene.check()


def case_partition_of_a_source_is_split(world):
    """The partitions of the table that the source reads, one of them small enough; the condition stands in the source."""
    scene = as_small(Scene(world.engine, world.directory, "source_partition_is_split"))
    scene.tables(MAIN.replace("PARTITION BY toYYYYMMDD(ts) ", ""))
    scene.history(rows=80000, files=1, split=0.9)
    scene.tables("CREATE TABLE old (ts DateTime('UTC'), project LowCardinality(String), id UInt64, value Int64, "
                 "country LowCardinality(String)) ENGINE = MergeTree PARTITION BY id < 70000 ORDER BY (ts, project);")
    scene.client.sql(f"INSERT INTO old SELECT * FROM file({literal(scene.pattern)}, 'Parquet')", database=scene.database)
    scene.live(100)
    scene.migration(f"split on ts at '{scene.split}' chunk by partition "
                    "settings max_bytes_ratio_before_external_group_by = 0",
                    source=BY_LONG_KEY.replace("FROM file({files}, 'Parquet') AS f", "FROM old AS f"))
    run = scene.apply()
    assert "does not fit in memory" in run.text, run.text
    assert split_and_done(scene)[0] == "2" and ["1"] in rows_of(scene, "done"), run.text
    scene.check()


def case_partition_with_one_key(world):
    """Nothing to split by: the run stops and says so, with nothing staged."""
    scene = big_views(world, "one_key")
    scene.ddl = ""
    scene.client.sql("DROP TABLE main SYNC", database=scene.database)
    scene.tables(f"{MAIN}\n".replace("PARTITION BY toYYYYMMDD(ts) ORDER BY (project, ts)", "ORDER BY country"))
    scene.ddl += STATES
    scene.client.sql(f"INSERT INTO main ({scene.columns}) SELECT * REPLACE ('' AS country) FROM ({scene.generator} "
                     f"FROM numbers({scene.split_row}))", database=scene.database)
    scene.fill("states_mv", f"using duplicate split on ts at '{scene.split}' chunk by partition")
    run = scene.apply(expect=EXIT_STOPPED)
    assert "can't be split further" in run.text, run.text
    assert not rows_of(scene, "split") and not scene.leftovers(), (rows_of(scene, "split"), scene.leftovers())


# One group a row, with a key that takes room.
BY_LONG_KEY = "SELECT any(ts) AS ts, any(project) AS project, any(id) AS id, any(value) AS value, any(country) AS country " \
              "FROM file({files}, 'Parquet') AS f GROUP BY concat(toString(f.id), repeat('.', 600))"


def case_files_are_split(world):
    scene = as_small(Scene(world.engine, world.directory, "files_are_split"))
    scene.tables(MAIN)
    scene.history(rows=80000, files=8, split=0.9)
    scene.live(100)
    scene.migration(f"split on ts at '{scene.split}' chunk by files 8 nulls are skipped "
                    "settings max_bytes_ratio_before_external_group_by = 0",
                    source=BY_LONG_KEY.format(files=literal(scene.pattern)))
    run = scene.apply()
    assert split_and_done(scene)[0] == "1", run.text
    assert "does not fit in memory" in run.text, run.text
    scene.check()


def case_what_can_not_be_split(world):
    """One partition is one chunk: the run stops and says what to do; with memory it goes on."""
    scene = big_views(world, "not_split")
    scene.fill("states_mv", f"using duplicate split on ts at '{scene.split}'")
    run = scene.apply(expect=EXIT_STOPPED)
    assert "memory" in run.text.lower() and "smaller chunks" in run.text, run.text
    assert not rows_of(scene, "split")
    scene.bfc = Bfc(scene.directory, scene.client.url)
    scene.apply()
    scene.check()
