"""The engine is killed: at random moments of several runs at once, in an INSERT, and before each file-system operation of
a MOVE or REPLACE (fskill.c)."""
import re
import threading
import time

from bfc import Bfc
from proxy import Closed, Proxy

# How a run may end on which a fault was played: done; stopped with a reason; killed.
BROKEN_ENDS = (0, 3, -9)
KILLS = 100
INSERT_KILLS = 6
# To start an engine costs as much as a run: so many runs are under way when it is killed, each at a place of its own.
TOGETHER = 4
# So many moves of one scene are broken, each at a place of its own.
CHAIN = 6
# Then bfc goes on by itself, or is killed too, or its new run finds the moved parts merged.
ENDINGS = ("bfc-goes-on", "bfc-killed", "merged")
COMMANDS = re.compile(r"ALTER TABLE [^\n]*\s\(?(MOVE|REPLACE) PARTITION")


def is_command(request):
    """A statement of which the operations are counted."""
    return COMMANDS.search(request.text) is not None


class Gate:
    """One MOVE or REPLACE at a time, so that an operation is known to be of this one; begin() and end() see each."""

    def __init__(self, stage, begin, end=lambda request: None):
        self.stage, self.begin, self.end = stage, begin, end
        self.mutex, self.inside = threading.Lock(), None

    def enter(self, request):
        if is_command(request):
            self.mutex.acquire()
            try:
                self.begin(request)
                self.inside = request
            except Exception as error:
                self.mutex.release()
                raise Closed from error
        return "pass"

    def leave(self, request):
        if self.inside is request:
            self.stage.disarm()
            self.end(request)
            self.inside = None
            self.mutex.release()


def faults(survey, rng):
    out = [("engine", "random", tuple(rng.uniform(0, survey.elapsed) for _ in range(TOGETHER)))
           for _ in range(KILLS // TOGETHER)]
    out += [("insert", "middle", rng.uniform(0, 0.25)) for _ in range(INSERT_KILLS)]
    return out + [("moves", ending, chain) for ending in ENDINGS
                  for chain in chains([[(key, n) for n, name in enumerate(names, 1) if ending in endings(n, name)]
                                       for key, names in survey.operations])]


def chains(lists):
    """A place of each move in a chain, and each time one from elsewhere in it: the server is killed there, one move after
    the other, in one scene."""
    out = []
    for row in range(max(map(len, lists), default=0)):
        places = [places[(row + number) % len(places)] for number, places in enumerate(lists) if row < len(places)]
        count = -(-len(places) // CHAIN)
        out += [tuple(places[begin::count]) for begin in range(count)]
    return out


def endings(n, name):
    """Between two renames a part is in both tables, or one part is over and the next is not; what comes before the first
    is a folder that the server removes when it starts."""
    return ENDINGS if "rename" in name else (ENDINGS[n % 2],)


def critical(survey):
    return [("moves", ending, ((key, n),)) for key, names in survey.operations
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
    stage.restart()
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
    stage.restart()
    return [stage.judge(scene, run.wait())]


def play_moves(stage, ending, where):
    return play_places(stage, ending, where, break_moves)


def play_places(stage, ending, where, break_at):
    """As many scenes as it takes to come to all of these places; `break_at` notes those that it came to."""
    outcomes, left = [], list(where)
    while left:
        scene, hit = stage.scene(), []
        outcome = stage.judge(scene, break_at(stage, scene, ending, dict(left), hit))
        if not hit:
            return outcomes + ([outcome] if outcome else [])
        outcomes += [{}] * (len(hit) - 1) + [outcome]
        left = [place for place in left if place not in hit]
    return outcomes


def break_moves(stage, scene, ending, places, hit):
    """A run, or one after the other, until none is broken any more. `places`: the move's key and the operation's number."""
    armed = []

    def begin(request):
        if request.key in places:
            stage.arm(scene, request, places[request.key])
            armed[:] = [(request.key, places[request.key])]

    gate = Gate(stage, begin)
    proxy = Proxy(stage.engine.port, lambda _, request: gate.enter(request), ended=gate.leave)
    bfc = Bfc(scene.directory, proxy.url)
    try:
        run = bfc.start("apply", scene.bf, "--yes")
        while True:
            while run.child.poll() is None and stage.engine.child.poll() is None:
                time.sleep(0.005)
            if stage.engine.child.poll() is None:
                return run.wait()
            stage.disarm()
            hit.append(armed.pop())
            del places[hit[-1][0]]
            if ending != "bfc-goes-on":
                run.kill()
            stage.restart()
            if ending == "merged":
                merge(stage, scene)
            if ending != "bfc-goes-on":
                run.wait()
                run = bfc.start("apply", scene.bf, "--yes")
    finally:
        proxy.close()
        stage.disarm()


def merge(stage, scene):
    for (table,) in stage.engine.rows("SELECT name FROM system.tables WHERE database = currentDatabase() AND "
                                      "endsWith(engine, 'MergeTree') AND name IN ('main', 'sums', 'days')",
                                      database=scene.database):
        stage.engine.sql(f"OPTIMIZE TABLE {table} FINAL", database=scene.database)
