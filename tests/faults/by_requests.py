"""Faults at requests: bfc is killed, the connection or the answer is broken, the server is away.

A request is told by its key (proxy.py), so that the same one is meant in every run, whatever came before it.
"""
import collections
import itertools
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
BUNDLE = 6
PAIRS = ("bfc, its resume", "engine, then bfc", "engine, its resume")
# So many requests, more or less, a resume makes before it goes on where the run before was broken off.
LOOKS = 8
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
    """Two kills: of two runs, or of the server and bfc in one run. The second is at a request of what follows the first,
    so far from its end as `rng` says: which requests these are is known when the first was played."""
    out = []
    for _ in range(count):
        for how in PAIRS:
            n = rng.randrange(len(survey.keys))
            # A resume looks at what is there, and then goes on.
            out.append(("pairs", how, ((rng.choice(KILLS), survey.keys[n]),
                                       (rng.choice(KILLS), rng.random(), len(survey.keys) - n + LOOKS))))
    return out


def named(key):
    """Tells whether a request is the one of this key."""
    counter = Counter()
    return lambda request: counter.name(request) == key


def numbered(n):
    """Tells whether a request is the n-th."""
    count = itertools.count(1)
    return lambda request: next(count) == n


def kill_at(stage, scene, mode, meant):
    """A run that is killed at this request; not at all when it does not come to it: a slow machine brings some that are
    not there on a quick one, as the lock's heartbeat. And how many requests it made."""
    started = threading.Event()
    under_way = []

    def kill():
        started.wait(10)
        under_way[0].kill()
        under_way[0].child.wait()

    proxy = Proxy(stage.engine.port, lambda _, request: mode.replace("kill", "call") if meant(request) else "pass", kill)
    try:
        under_way.append(Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes"))
        started.set()
        return under_way[0].wait(), proxy.count
    finally:
        proxy.close()


def play_requests(stage, mode, key):
    scene = stage.scene()
    run, _ = kill_at(stage, scene, mode, named(key))
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
        outcome = stage.judge(scene, run)
        if outcome:
            outcome["problem"] = f"(at {', '.join(hit)})\n" + outcome["problem"]
        outcomes += [outcome] if outcome or hit else []
        outcomes += [{} for _ in hit[1:]]
        if not hit:
            break
        left = [key for key in left if key not in hit]
    return outcomes


def play_pairs(stage, how, where):
    """When what follows the first kill has fewer requests than was thought, it is played again with what is known now."""
    (mode, key), (second_mode, fraction, expected) = where
    for _ in range(2):
        scene = stage.scene()
        second = (second_mode, 1 + int(fraction * expected))
        if how == "engine, then bfc":
            run, follow = kill_engine_at(stage, scene, (mode, key), second)
            played = run.code == -9
        else:
            if how == "engine, its resume":
                first, _ = kill_engine_at(stage, scene, (mode, key))
            else:
                first, _ = kill_at(stage, scene, mode, named(key))
            run, follow = kill_at(stage, scene, second_mode, numbered(second[1]))
            played = first.code == run.code == -9
        outcome = stage.judge(scene, run)
        if played or outcome:
            return [outcome]
        if how != PAIRS[1] and first.code != -9:
            break
        expected = follow
    return []


def kill_engine_at(stage, scene, first, second=None):
    """The engine is killed and started again; bfc goes on and is killed at its n-th request from there, or, without a
    second, in between. And how many requests followed."""
    started, died = threading.Event(), threading.Event()
    runs, victims = [], []
    meant, follow = named(first[1]), [0]

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
        if not victims:
            if not meant(request):
                return "pass"
            victims.append("engine")
            return first[0].replace("kill", "call")
        if died.is_set():
            follow[0] += 1
            if second and follow[0] == second[1]:
                victims.append("bfc")
                return second[0].replace("kill", "call")
        return "pass"

    proxy = Proxy(stage.engine.port, decide, call)
    try:
        runs.append(Bfc(scene.directory, proxy.url).start("apply", scene.bf, "--yes"))
        started.set()
        while runs[0].child.poll() is None and not died.wait(0.005):
            pass
        # After its last answer bfc may be quicker.
        if victims and died.wait(10):
            if not second:
                kill_run()
            # An engine belongs to the thread that started it.
            stage.restart()
        return runs[0].wait(), follow[0]
    finally:
        proxy.close()
