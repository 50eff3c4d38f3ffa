"""End-to-end cases on a real engine: every function `case_…` of tests/e2e/cases_*.py.

`run.py PATTERN` runs the cases whose name has PATTERN in it; `run.py --keep` keeps the scratch directory.
"""
import importlib
import os
import shutil
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../lib")]

from engine import Engine  # noqa: E402
from scene import Scene  # noqa: E402


class Skip(Exception):
    """The machine can't run this case; says why."""


class World:
    """What a case gets: an engine that it shares with the others, and a scratch directory."""

    def __init__(self, directory):
        self.directory = directory
        self.engine = Engine(os.path.join(directory, "engine"), users={
            # Enough to look, not enough to stage anything.
            "reader": ("right", ["GRANT SELECT ON *.*"]),
        })

    def scene(self, name, **how):
        return Scene(self.engine, self.directory, name, **how)

    def scratch(self, name):
        path = os.path.join(self.directory, name)
        os.makedirs(path, exist_ok=True)
        return path

    @staticmethod
    def skip(why):
        raise Skip(why)


def all_cases(pattern):
    for name in sorted(os.listdir(HERE)):
        if name.startswith("cases_") and name.endswith(".py"):
            module = importlib.import_module(name[:-3])
            for word, function in list(vars(module).items()):
                if word.startswith("case_") and pattern in f"{module.__name__}.{word}":
                    yield f"{module.__name__[6:]}.{word[5:]}", function


def main():
    words = [w for w in sys.argv[1:] if w != "--keep"]
    directory = tempfile.mkdtemp(prefix="bfc-e2e-")
    passed = failed = skipped = 0
    try:
        world = World(directory)
        with world.engine:
            for name, function in all_cases(words[0] if words else ""):
                began = time.monotonic()
                try:
                    function(world)
                    passed += 1
                    result = "ok"
                except Skip as why:
                    skipped += 1
                    result = f"skipped: {why}"
                except Exception:
                    failed += 1
                    result = "FAILED\n" + traceback.format_exc()
                    if not world.engine.answers():
                        world.engine.kill()
                        world.engine.start()
                print(f"{name}: {result} ({time.monotonic() - began:.1f} s)", flush=True)
    finally:
        if "--keep" in sys.argv or failed:
            print(f"kept: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    print(f"e2e: {passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
