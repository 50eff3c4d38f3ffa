"""The engine is killed: at random moments of several runs at once, in an INSERT, and before each file-system operation of
a MOVE or REPLACE (fskill.c)."""
import re
import threading
import time

from bfc import Bfc
from proxy import Proxy

# How a run may end on which a fault was played: done; stopped with a reason; killed.
BROKEN_ENDS = (0, 3, -9)
KILLS = 100
INSERT_KILLS = 6
# To start an engine costs as much as a run: so many runs are under way when it is killed, each at a place of its own.
TOGETHER = 4
# Then bfc goes on by itself, or is killed too, or its new run finds the moved parts merged.
ENDINGS = ("bfc-goes-on", "bfc-killed", "merged")
COMMANDS = re.compile(r"ALTER TABLE [^\n]*\s\(?(MOVE|REPLACE) PARTITION")


def is_command(request):
    """A statement of which the operations are counted."""
    return COMMANDS.search(request.text) is not None


def faults(survey, rng):
    out = [("engine", "random", tuple(rng.uniform(0, survey.elapsed) for _ in range(TOGETHER)))
           for _ in range(KILLS // TOGETHER)]
    out += [("insert", "middle", rng.uniform(0, 0.25)) for _ in range(INSERT_KILLS)]
    return out + [("moves", ending, (move, n)) for move, names in enumerate(survey.operations)
                  for n, name in enumerate(names, 1) for ending in endings(n, name)]


def endings(n, name):
    """Between two renames a part is in both tables, or one part is over and the next is not; what comes before the first
    is a folder that the server removes when it starts."""
    return ENDINGS if "rename" in name else (ENDINGS[n % 2],)


def critical(survey):
    return [("moves", ending, (move, n)) for move, names in enumerate(survey.operations)
            for n, name in enumerate(names, 1) if "rename" in name for ending in ENDINGS]


def play_engine(stage, _, delays):
    """`delays`: for how long each of the runs has been under way when the engine dies."""
    scenes = [stage.scene() for _ in delays]
    order = sorted(zip(delays, scenes), key=lambda pair: -pair[0])
    runs, began = [], time.monotonic()
    for delay, scene in order:
        time.sleep(max(0, began + order[0][0] - delay - time.monotonic()))
        runs.append(scene.bfc.start("apply", scene.bf, "--yes"))
    time.sleep(max(0, began + order[0][0] - time.monotonic()))
    stage.engine.kill()
    stage.engine.start()
    for run in runs:
        run.wait()
    return [stage.judge(scene, run) for (_, scene), run in zip(order, runs)]


def play_insert(stage, _, delay):
    scene = stage.scene(slow=True)
    run = scene.bfc.start("apply", scene.bf, "--yes")
    while run.child.poll() is None:
        count = stage.engine.one("SELECT count() FROM system.processes WHERE query_kind = 'Insert' "
                                 "AND read_rows > 0 AND position(query, 'sleepEachRow') > 0")
        if count != "0":
            break
        time.sleep(0.01)
    time.sleep(delay)
    stage.engine.kill()
    stage.engine.start()
    return [stage.judge(scene, run.wait())]


def play_moves(stage, ending, where):
    scene = stage.scene()
    move, n = where
    seen, armed = [0], threading.Event()

    def decide(_, request):
        if armed.is_set():
            stage.disarm()
        if is_command(request):
            if seen[0] == move:
                stage.arm(scene, n)
                armed.set()
            seen[0] += 1
        return "pass"

    proxy = Proxy(stage.engine.port, decide)
    try:
        run = Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes")
        while run.child.poll() is None and stage.engine.child.poll() is None:
            time.sleep(0.005)
        stage.disarm()
        if stage.engine.child.poll() is None:
            outcome = stage.judge(scene, run.wait())
            return [outcome] if outcome else []
        if ending != "bfc-goes-on":
            run.kill()
        stage.engine.start()
        run.wait()
        if ending == "merged":
            merge(stage, scene)
        return [stage.judge(scene, run)]
    finally:
        proxy.close()


def merge(stage, scene):
    # system.parts has whole seconds, and by them bfc tells a part that was merged away from one that a failed move took
    # back; no server but this one is back within the second in which it was killed.
    time.sleep(1.1)
    for (table,) in stage.engine.rows("SELECT name FROM system.tables WHERE database = currentDatabase() AND "
                                      "endsWith(engine, 'MergeTree') AND name IN ('main', 'sums', 'days')",
                                      database=scene.database):
        stage.engine.sql(f"OPTIMIZE TABLE {table} FINAL", database=scene.database)
