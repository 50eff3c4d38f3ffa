"""Faults at requests: bfc is killed, the connection or the answer is broken, the server is away.

A request is told by its key (proxy.py), so that the same one is meant in every run, whatever came before it.
"""
import collections
import threading

from bfc import Bfc
from by_engine import BROKEN_ENDS
from proxy import Proxy

KILLS = ("kill-before", "kill-sent", "kill-answered")
# A run goes on after these, so that many are played in one: at every BUNDLE-th request.
#   repeat: what a gateway must not do with a POST, and some do. The contract is the query id: while the first copy runs the
#   server refuses the second (216), and bfc, whichever of the two answers it gets, waits until none runs.
ANSWERS = ("cut-before", "cut-sent", "cut-answer", "truncate-head", "truncate-body", "late", "twice", "stale", "repeat",
           "500", "500-empty", "500-after", "503", "503-empty", "503-after")
BUNDLE = 9
# A minute each: where bfc waits no longer than that, in one scene.
TOO_LATE_BUNDLE = 3


class Counter:
    """Tells at which request we are, by the keys of Survey."""

    def __init__(self):
        self.seen = collections.Counter()

    def name(self, request):
        self.seen[request.key] += 1
        n = self.seen[request.key]
        return request.key if n == 1 else f"{request.key} #{n}"


def faults(survey):
    out = [("requests", mode, key) for key in survey.keys for mode in KILLS]
    for mode in ANSWERS:
        out += [("answers", mode, tuple(survey.keys[begin::BUNDLE])) for begin in range(BUNDLE)]
    return out


def is_asked(key):
    """By bfc itself, and not by a step of the plan: these are what it does not wait for without end."""
    return " " in key.split("#")[0].strip() or key.startswith("journal")


def too_late(survey):
    keys = [key for key in survey.keys if is_asked(key)]
    return [("answers", "too-late", tuple(keys[n:n + TOO_LATE_BUNDLE])) for n in range(0, len(keys), TOO_LATE_BUNDLE)]


def pairs(survey, rng, count):
    """Two kills: of two runs, or of the server and bfc in one run."""
    out = []
    for _ in range(count):
        first, second = sorted(rng.sample(range(len(survey.keys)), 2))
        out.append(("pairs", "bfc, its resume", ((rng.choice(KILLS), survey.keys[second]),
                                                 (rng.choice(KILLS), rng.choice(survey.keys)))))
        out.append(("pairs", "engine, then bfc", ((rng.choice(KILLS), survey.keys[first]),
                                                  (rng.choice(KILLS), survey.keys[second]))))
        out.append(("pairs", "engine, its resume", ((rng.choice(KILLS), survey.keys[first]),
                                                    (rng.choice(KILLS), rng.choice(survey.keys)))))
    return out


def kill_at(stage, scene, mode, key):
    """A run that is killed at this request; not at all when it does not come to it: a slow machine brings some that are
    not there on a quick one, as the lock's heartbeat."""
    started = threading.Event()
    under_way, counter = [], Counter()

    def kill():
        started.wait(10)
        under_way[0].kill()
        under_way[0].child.wait()

    def decide(_, request):
        return mode.replace("kill", "call") if counter.name(request) == key else "pass"

    proxy = Proxy(stage.engine.port, decide, kill)
    try:
        under_way.append(Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes"))
        started.set()
        return under_way[0].wait()
    finally:
        proxy.close()


def play_requests(stage, mode, key):
    scene = stage.scene()
    run = kill_at(stage, scene, mode, key)
    outcome = stage.judge(scene, run)
    return [outcome] if outcome or run.code == -9 else []


def play_answers(stage, mode, keys):
    """As many runs as it takes to come to all of these requests; a run that stops comes to some of them only."""
    outcomes, left = [], list(keys)
    while left:
        scene, counter, hit = stage.scene(), Counter(), []

        def decide(_, request):
            name = counter.name(request)
            if name not in left or name in hit:
                return "pass"
            hit.append(name)
            return mode

        proxy = Proxy(stage.engine.port, decide)
        try:
            run = Bfc(scene.directory, proxy.url).run("apply", scene.bf, "--yes", timeout=600)
        finally:
            proxy.close()
        # Another's answer is believed when its form fits; a check may fail by it.
        outcome = stage.judge(scene, run, ends=BROKEN_ENDS + ((6,) if mode == "stale" else ()))
        if outcome:
            outcome["problem"] = f"(at {', '.join(hit)})\n" + outcome["problem"]
        outcomes += [outcome] if outcome or hit else []
        outcomes += [{} for _ in hit[1:]]
        if not hit:
            break
        left = [key for key in left if key not in hit]
    return outcomes


def play_pairs(stage, how, where):
    (mode, key), (second_mode, second_key) = where
    scene = stage.scene()
    if how == "engine, then bfc":
        runs = [kill_engine_at(stage, scene, *where)]
    else:
        first = kill_engine_at(stage, scene, (mode, key)) if how == "engine, its resume" else kill_at(stage, scene, mode, key)
        runs = [first, kill_at(stage, scene, second_mode, second_key)]
    outcome = stage.judge(scene, runs[-1])
    return [outcome] if outcome or all(run.code == -9 for run in runs) else []


def kill_engine_at(stage, scene, first, second=None):
    """The engine is killed and started again; bfc goes on and is killed later, or, without a second, in between."""
    counter, started, died = Counter(), threading.Event(), threading.Event()
    runs, victims = [], []

    def call():
        started.wait(10)
        if victims[-1] == "engine":
            stage.engine.kill()
            died.set()
        else:
            kill_run()

    def kill_run():
        runs[0].kill()
        runs[0].child.wait()

    def decide(_, request):
        name = counter.name(request)
        if not died.is_set() and name == first[1]:
            victims.append("engine")
            return first[0].replace("kill", "call")
        if died.is_set() and second and name == second[1]:
            victims.append("bfc")
            return second[0].replace("kill", "call")
        return "pass"

    proxy = Proxy(stage.engine.port, decide, call)
    try:
        runs.append(Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes"))
        started.set()
        while runs[0].child.poll() is None and not died.wait(0.005):
            pass
        if died.is_set():
            if not second:
                kill_run()
            # An engine belongs to the thread that started it.
            stage.engine.start()
        return runs[0].wait()
    finally:
        proxy.close()
