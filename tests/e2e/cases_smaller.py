"""A server without the memory that a chunk needs: smaller blocks, then a chunk in parts, and each row once."""
from bfc import Bfc
from scene import literal
from view_scene import MAIN, ViewScene

# A set of all ids of a day: in one state, whatever the size of a block, and half of it from half of the rows.
STATES = "CREATE TABLE states (day Date, ids AggregateFunction(uniqExact, UInt64)) " \
         "ENGINE = AggregatingMergeTree ORDER BY day;"
STATES_VIEW = "view states_mv to states as\nSELECT toDate('2024-12-17') AS day, uniqExactState(id) AS ids " \
              "FROM main GROUP BY day;"


def as_small(scene):
    scene.bfc = Bfc(scene.directory, scene.client.url, user="small")
    return scene


def rows_of(scene, state):
    return scene.client.rows(f"SELECT DISTINCT chunk FROM bfc.journal WHERE migration = {literal(scene.name)} "
                             f"AND state = {literal(state)} ORDER BY chunk")


def split_and_done(scene):
    split, done = [row[0] for row in rows_of(scene, "split")], [row[0] for row in rows_of(scene, "done")]
    assert split, "no chunk was split: the case proves nothing"
    assert not set(split) & set(done), f"split {split}, done {done}"
    for name in split:
        assert f"{name}.1" in split + done and f"{name}.2" in split + done, f"split {split}, done {done}"
    return split


def big_views(world, name, rows=1200000):
    scene = as_small(ViewScene(world.engine, world.directory, name))
    scene.tables(f"{MAIN}\n{STATES}".replace("PARTITION BY toYYYYMMDD(ts) ", ""))
    scene.views(STATES_VIEW)
    scene.expect("SELECT day, uniqExactMerge(ids) FROM states GROUP BY day",
                 "SELECT toDate('2024-12-17') AS day, uniqExact(id) FROM {all} GROUP BY day")
    scene.history(rows)
    scene.fill("states_mv", f"using duplicate split on ts at '{scene.split}' chunk by ts every 10 year")
    return scene


def case_range_is_split(world):
    scene = big_views(world, "range_is_split")
    run = scene.apply()
    assert "does not fit in memory" in run.text, run.text
    split_and_done(scene)
    scene.check()
