"""End-to-end cases on a real engine: every function `case_…` of tests/e2e/cases_*.py.

`run.py WORD …` runs the cases whose name has one of the words in it, and fails when there is none; `run.py --keep` keeps
the scratch directory.
"""
import collections
import importlib
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../lib")]

from engine import Client, Engine  # noqa: E402
from scene import Scene  # noqa: E402


WORKERS = 2


class Skip(Exception):
    """The machine can't run this case; says why."""


class World:
    """What a case gets: an engine that it shares with the others, and a scratch directory."""

    def __init__(self, directory):
        self.directory = directory
        self.engine = Engine(os.path.join(directory, "engine"), users={
            # Enough to look, not enough to stage anything.
            "reader": ("right", ["GRANT SELECT ON *.*"]),
            "reader1": ("right", ["GRANT SELECT ON *.*"], "readonly1"),
            # May do everything, in little memory.
            "small": ("right", None, "small"),
            # … with few queries at once.
            "few": ("right", None, "few"),
            "reader2": ("right", ["GRANT SELECT ON *.*", "GRANT READ ON FILE"], "readonly2"),
        })

    @property
    def few(self):
        return Client(self.engine.port, "few", "right")

    def scene(self, name, **how):
        return Scene(self.engine, self.directory, name, **how)

    def scratch(self, name):
        path = os.path.join(self.directory, name)
        os.makedirs(path, exist_ok=True)
        return path

    @staticmethod
    def skip(why):
        raise Skip(why)


def all_cases(patterns):
    for name in sorted(os.listdir(HERE)):
        if name.startswith("cases_") and name.endswith(".py"):
            module = importlib.import_module(name[:-3])
            for word, function in list(vars(module).items()):
                shown = f"{module.__name__[6:]}.{word[5:]}"
                names = f"{shown} {module.__name__}.{word}"
                if word.startswith("case_") and any(pattern in names for pattern in patterns):
                    yield shown, function


def play(world, name, function):
    began = time.monotonic()
    try:
        function(world)
        result, text = "passed", "ok"
    except Skip as why:
        result, text = "skipped", f"skipped: {why}"
    except Exception:
        result, text = "failed", "FAILED\n" + traceback.format_exc()
        if not world.engine.answers():
            world.engine.kill()
            world.engine.start()
    return result, f"{name}: {text} ({time.monotonic() - began:.1f} s)"


def work(directory, patterns, tasks, results):
    """A worker process with a world of its own."""
    cases = dict(all_cases(patterns))
    world = World(directory)
    with world.engine:
        while (name := tasks.get()) is not None:
            results.put(play(world, name, cases[name]))


def play_all(names, patterns, directory):
    tasks, results = multiprocessing.Queue(), multiprocessing.Queue()
    for name in names + [None] * WORKERS:
        tasks.put(name)
    workers = []
    for number in range(WORKERS):
        place = os.path.join(directory, f"world{number}")
        os.makedirs(place)
        workers.append(multiprocessing.Process(target=work, args=(place, patterns, tasks, results)))
        workers[-1].start()
    try:
        for _ in names:
            yield results.get(timeout=300)
    finally:
        for worker in workers:
            worker.join(10)
            worker.terminate()


def main():
    patterns = [w for w in sys.argv[1:] if w != "--keep"] or [""]
    names = [name for name, _ in all_cases(patterns)]
    if not names:
        print(f"e2e: no case has {' or '.join(patterns)} in its name")
        return 1
    directory = tempfile.mkdtemp(prefix="bfc-e2e-")
    counts = collections.Counter()
    try:
        for result, text in play_all(names, patterns, directory):
            counts[result] += 1
            print(text, flush=True)
    finally:
        if "--keep" in sys.argv or counts["failed"]:
            print(f"kept: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    print(f"e2e: {counts['passed']} passed, {counts['failed']} failed"
          + (f", {counts['skipped']} skipped" if counts["skipped"] else ""))
    return 1 if counts["failed"] or len(names) != sum(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
