"""What is filled in the fault suite, and how: every strategy, every kind of chunk, both ways to publish.

`full` scenes get every fault. The others differ from one of these in what is loaded and how it is cut, not in how it is
sealed and published: they get every third fault of each kind, and what is left out is counted in the table.
"""
import collections
import os

from pause_scene import PauseScene
from scene import MAIN_COLUMNS, Scene
from view_scene import ViewScene, two_views

# Small blocks: several parts in a partition and several partitions in a table, so that a move has a middle.
BLOCKS = """settings max_block_size = 500, min_insert_block_size_rows = 500, min_insert_block_size_bytes = 1, max_threads = 1"""
TABLES = """CREATE TABLE main {columns} ENGINE = MergeTree PARTITION BY toYYYYMMDD(ts) ORDER BY (project, ts);
CREATE TABLE sums (project String, n UInt64, total Int64) ENGINE = SummingMergeTree ORDER BY project;
CREATE MATERIALIZED VIEW sums_mv TO sums AS
SELECT project, count() AS n, sum(value) AS total FROM main GROUP BY project;
"""
# Rows that take their time, so that an INSERT has a middle.
SLOW = "sleepEachRow(0.0005) = 0"
# Says what a server says that has too little memory. A project has some 38 rows a day.
GROUPED = "FROM main GROUP BY project"
SMALL = "HAVING NOT throwIf(count() > 33, 'no room for this many rows', toInt16(241))"
# True for a while, again and again.
BUSY = "throttle when (SELECT toUnixTimestamp64Milli(now64(3)) % 330 < 66)"
NULL_IDS = ("id UInt64", "id Nullable(UInt64)"), ("number AS id", "if(number % 10 = 3, NULL, number) AS id")


# A full scene has a first and a last chunk, and each has all that a chunk can have; the others have one in between, too.
TWO_DAYS, THREE_DAYS = 2800, 3000


class Setting:
    """A scene's table, files and migration on one engine."""

    def __init__(self, full, build, **how):
        self.full, self.build, self.how = full, build, how

    def scene(self, engine, directory, name, slow):
        return self.build(engine, directory, name, slow, **self.how)


def table(engine, directory, name, slow, clauses, source="files", nulls=False, before=""):
    scene = Scene(engine, directory, name)
    columns = MAIN_COLUMNS
    if nulls:
        columns, scene.generator = columns.replace(*NULL_IDS[0]), scene.generator.replace(*NULL_IDS[1])
    scene.tables(TABLES.format(columns=columns))
    scene.history(rows=3000, files=4)
    scene.live(200)
    pattern = os.path.join(scene.directory, "*.parquet") if source == "listed" else scene.pattern
    text = f"SELECT * FROM file('{pattern}', 'Parquet')"
    if source == "table":
        engine.script(f"""CREATE TABLE old {columns} ENGINE = MergeTree PARTITION BY toYYYYMMDD(ts) ORDER BY id;
INSERT INTO old {scene.generator} FROM numbers({scene.history_rows})""", database=scene.database)
        before = f"external table {scene.database}.old {columns};"
        text = "SELECT ts, project, id, value, country FROM old"
    where = f" where ({SLOW})" if slow and source == "table" else ""
    if slow and source != "table":
        text += f" WHERE {SLOW}"
    scene.migration(f"{clauses}{where}\n{BLOCKS}", source=text, before=before)
    if "direct" not in clauses:
        scene.expect("SELECT project, sum(n), sum(total) FROM sums GROUP BY project",
                     "SELECT project, count(), sum(value) FROM {all} GROUP BY project")
    return scene


def views(engine, directory, name, slow, strategy, clauses="", rows=THREE_DAYS, small=False):
    slowly = f" where ({SLOW})" if slow else ""
    scene = two_views(ViewScene(engine, directory, name), strategy, f"{clauses}{slowly}\n{BLOCKS}", rows=rows)
    if small:
        make_small(scene)
    return scene


def make_small(scene):
    """From now on a whole day is too much for one of the views, half of it is not."""
    with open(scene.bf, encoding="utf-8") as file:
        text = file.read()
    assert text.count(GROUPED) == 1, text
    with open(scene.bf, "w", encoding="utf-8") as file:
        file.write(text.replace(GROUPED, f"{GROUPED}\n{SMALL}"))


def pause(engine, directory, name, slow, strategy, clauses, detach=False, rows=THREE_DAYS, small=False):
    slowly = f" where ({SLOW})" if slow else ""
    more = {"pause": "by detach queue", "more": "external table queue;\n"} if detach else {}
    scene = PauseScene(engine, directory, name, strategy, clauses + slowly, within="60 seconds", rows=rows,
                       **more)
    if detach:
        scene.client.sql("CREATE TABLE queue (a UInt8) ENGINE = MergeTree ORDER BY a", database=scene.database)
        scene.expect("SELECT count() FROM queue", "SELECT 0")
    if small:
        make_small(scene)
    # Who writes when the engine may be killed does not know what it has written.
    scene.touch("alone")
    return scene


SPLIT = "split on ts at earliest "
SCENES = collections.OrderedDict(
    table=Setting(True, table, clauses=SPLIT + "chunk by files 2"),
    table_held=Setting(True, table, clauses=SPLIT + "chunk by files 2 publish at end"),
    table_listed=Setting(False, table, clauses=SPLIT + "chunk by files 2", source="listed"),
    table_column=Setting(False, table, clauses=SPLIT + "chunk by ts every 1 day"),
    table_nulls=Setting(False, table, clauses=SPLIT + "nulls are history chunk by id every 1200", nulls=True),
    table_partition=Setting(False, table, clauses=SPLIT + "chunk by partition", source="table"),
    table_whole=Setting(False, table, clauses=SPLIT),
    table_throttle=Setting(False, table, clauses=SPLIT + f"chunk by files 1 workers 2 {BUSY}"),
    direct=Setting(True, table, clauses="using direct unsafe " + SPLIT + "chunk by files 2"),
    direct_column=Setting(False, table, clauses="using direct unsafe " + SPLIT + "chunk by ts every 1 day"),
    duplicate=Setting(True, views, strategy="duplicate", clauses="chunk by ts every 1 day", rows=TWO_DAYS),
    duplicate_held=Setting(False, views, strategy="duplicate", clauses="chunk by partition publish at end"),
    duplicate_whole=Setting(False, views, strategy="duplicate"),
    duplicate_small=Setting(False, views, strategy="duplicate", clauses="chunk by ts every 1 day workers 2", rows=TWO_DAYS,
                            small=True),
    null_engine=Setting(True, views, strategy="null_engine", clauses="chunk by partition", rows=TWO_DAYS),
    null_engine_held=Setting(False, views, strategy="null_engine", clauses="chunk by partition publish at end"),
    null_engine_column=Setting(False, views, strategy="null_engine", clauses="chunk by ts every 1 day workers 2"),
    null_engine_whole=Setting(False, views, strategy="null_engine"),
    pause=Setting(True, pause, strategy="null_engine", clauses="chunk by partition", rows=TWO_DAYS),
    pause_duplicate=Setting(False, pause, strategy="duplicate", clauses="chunk by ts every 1 day"),
    pause_small=Setting(False, pause, strategy="duplicate", clauses="chunk by ts every 1 day workers 2", rows=TWO_DAYS,
                        small=True),
    pause_held=Setting(False, pause, strategy="duplicate", clauses="chunk by partition publish at end"),
    pause_detach=Setting(False, pause, strategy="null_engine", clauses="", detach=True),
)
