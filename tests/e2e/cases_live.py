"""About 20,000 rows/s come in all along, with late ones: nothing is lost, nothing is doubled, for every strategy that says so.

The oracle is a plain query over what was there before and all that the writer has sent.
"""
import time

from live_writer import LiveWriter
from pause_scene import PauseScene
from scene import GENERATOR, STEP_SECONDS, Scene, literal
from view_scene import DAYS, DAYS_GOT, DAYS_VIEW, MAIN, SUMS, SUMS_GOT, SUMS_VIEW, ViewScene

HISTORY_ROWS = 400_000  # three days
HISTORY = GENERATOR.replace(f"number * {STEP_SECONDS}", "intDiv(number * 3, 5)")
LATE_S, SETTLE_S = 2, 4
SPLIT = f"split on ts at now + 3 seconds settle {SETTLE_S} seconds"


class LiveScene(ViewScene):
    def __init__(self, world, name):
        super().__init__(world.engine, world.directory, name)
        self.generator = HISTORY

    def create_views(self):
        """Of a backfill table: they are there before."""
        self.tables("\n".join(f"CREATE MATERIALIZED VIEW {text[5:]}" for text in (SUMS_VIEW, DAYS_VIEW)))

    def generate(self, begin, rows):
        return f"SELECT {self.columns} FROM ({self.generator} FROM numbers({begin}, {rows}))"


def compare(world, scene, writer, history):
    """The table and both targets, with what was there and what came."""
    print(f"  {scene.name}: a writer at {writer.rate:,.0f} rows/s for {writer.wrote_s:.1f} s, "
          f"rows up to {writer.latest_s:.1f} s late", flush=True)
    if writer.latest_s > SETTLE_S:
        world.skip(f"this machine is too slow for the case: a row came {writer.latest_s:.1f} s late")
    everything = f"({history} UNION ALL SELECT {scene.columns} FROM {writer.all_rows()})"
    for got, want in (
            (f"SELECT {scene.columns} FROM main", f"SELECT * FROM {everything}"),
            (SUMS_GOT, f"SELECT project, count(), sum(value) FROM {everything} GROUP BY project"),
            (DAYS_GOT, f"SELECT toDate(ts) AS day, count() FROM {everything} GROUP BY day")):
        assert scene.content(got) == scene.content(want), f"{got}\n  is {scene.content(got)}, not {scene.content(want)}"
    assert int(scene.content("SELECT 1 FROM main")[0]) >= writer.rows > 0
    assert not scene.leftovers(), scene.leftovers()


def a_while():
    """Rows go on coming before the run, and after it."""
    time.sleep(0.3)


def killed(scene, *words):
    """One run after the other is killed when it says the word; the last one goes to its end."""
    for word in words:
        run = scene.bfc.start("apply", scene.bf, "--yes")
        while word not in run.text and run.child.poll() is None:
            time.sleep(0.005)
        run.kill()
        run.wait()
        assert word in run.text, f"never came to '{word}':\n{run.text}"
    return scene.apply()


def views(world, strategy, publish, *words):
    """Killed at each of these words."""
    scene = LiveScene(world, f"live_{strategy}_{publish.replace(' ', '_')}")
    scene.tables(f"{MAIN}\n{SUMS}\n{DAYS}")
    scene.views(f"{SUMS_VIEW}\n{DAYS_VIEW}")
    scene.history(HISTORY_ROWS)
    chunks = "chunk by ts every 1 day" if publish == "each chunk" else "chunk by partition"
    scene.fill("sums_mv, days_mv", f"using {strategy} {SPLIT} {chunks} workers 2 publish {publish}")
    with LiveWriter(scene, LATE_S) as writer:
        a_while()
        killed(scene, *words)
        a_while()
    compare(world, scene, writer, scene.generate(0, HISTORY_ROWS))


def case_views_by_null_engine(world):
    views(world, "null_engine", "each chunk", "until the split has passed: until", "chunk 1 of")


def case_views_by_null_engine_at_end(world):
    views(world, "null_engine", "at end")


def case_views_by_duplicate(world):
    views(world, "duplicate", "each chunk", "until the split has passed: until", "chunk 2 of")


def case_views_by_duplicate_at_end(world):
    views(world, "duplicate", "at end")


def table_scene(world, name):
    scene = LiveScene(world, f"live_{name}")
    scene.tables(f"{MAIN}\n{SUMS}\n{DAYS}")
    scene.create_views()
    return scene


def archive_table(scene):
    """A table with the history, beside the live one."""
    scene.tables(MAIN.replace("TABLE main", "TABLE archive"))
    scene.client.sql(f"INSERT INTO archive {scene.generate(0, HISTORY_ROWS)}", database=scene.database)


def case_table_at_earliest(world):
    """The archive has rows of the live stream, too, as exports do; the oldest live row cuts them off."""
    scene = table_scene(world, "earliest")
    Scene.history(scene, HISTORY_ROWS, 4)
    with LiveWriter(scene, LATE_S) as writer:
        a_while()
        scene.client.sql(f"INSERT INTO FUNCTION file({literal(scene.file(4))}, 'Parquet') SELECT * FROM main",
                         database=scene.database)
        scene.file_count += 1
        scene.migration("split on ts at earliest nulls are skipped chunk by files 1 workers 2")
        killed(scene, "chunk 1 of", "chunk 2 of")
        a_while()
    compare(world, scene, writer, scene.generate(0, HISTORY_ROWS))


def case_table_at_earliest_published_at_end(world):
    scene = table_scene(world, "at_end")
    archive_table(scene)
    with LiveWriter(scene, LATE_S) as writer:
        a_while()
        scene.client.sql("INSERT INTO archive SELECT * FROM main", database=scene.database)
        scene.migration("split on ts at earliest chunk by partition workers 2 publish at end",
                        source=f"SELECT {scene.columns} FROM archive")
        killed(scene, "chunk 1 of", "b1.publish: 0 of 1")
        a_while()
    compare(world, scene, writer, scene.generate(0, HISTORY_ROWS))


def case_table_that_takes_over(world):
    """Up to the split rows go into an old table, from then on into the new one; late ones where they belong."""
    scene = table_scene(world, "takes_over")
    archive_table(scene)
    split = int(time.time()) + 3
    scene.migration(f"split on ts at {{split:DateTime('UTC')}} settle {SETTLE_S} seconds chunk by ts every 1 day workers 2",
                    source=f"SELECT {scene.columns} FROM archive", before="param split DateTime('UTC');")
    with LiveWriter(scene, LATE_S, route=lambda second: "archive" if second < split else "main") as writer:
        scene.apply("--param", f"split={split}")
        a_while()
    compare(world, scene, writer, scene.generate(0, HISTORY_ROWS))


class LivePause(PauseScene):
    """History by the formula of this file."""

    def history(self, rows):
        self.generator = HISTORY
        super().history(rows)


def pause(world, strategy, **how):
    scene = LivePause(world.engine, world.directory, f"live_pause_{strategy}_{len(how)}", strategy,
                      rows=HISTORY_ROWS, **how)
    with LiveWriter(scene, LATE_S, paused=lambda: scene.has("paused"), quiet=lambda: scene.touch("quiet")) as writer:
        a_while()
        scene.apply()
        a_while()
    assert not scene.has("paused") and writer.paused_s > 0
    compare(world, scene, writer, f"SELECT {scene.columns} FROM ({HISTORY} FROM numbers({HISTORY_ROWS}))")


def case_pause_by_null_engine(world):
    pause(world, "null_engine")


def case_pause_by_duplicate(world):
    pause(world, "duplicate", chunks="chunk by ts every 1 day workers 2 publish at end")

