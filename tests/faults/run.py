"""Breaks a run at every place, runs bfc once more, and compares with the oracle.

  requests  each HTTP request of the run: bfc killed before, during and after it; the connection cut, the answer lost
  engine    the engine killed with -9 at random moments, and in the middle of an INSERT
  moves     the engine killed just before each file-system operation of each MOVE (tests/faults/fskill.c); then
            bfc goes on by itself, or is killed too, or its new run finds the moved parts merged
  space     the disk full from one of these operations on until the MOVE has failed (tests/faults/space.py)

  run.py                       everything
  run.py --sample [--seed N]   some of each, always the same ones
  run.py --scene NAME          one scene alone: table, duplicate, null_engine (views), held, views_held, listed, direct
  run.py --only WORD           only faults whose name has WORD in it
  run.py --part 2/4            the second quarter of it all, evenly spread
  run.py --keep                keeps the scratch directory
"""
import argparse
import collections
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../lib")]

from engine import Engine, BUILD  # noqa: E402
from play import REQUEST_MODES, SCENES, Stage  # noqa: E402
import space  # noqa: E402

ENGINES = 2
ENGINE_KILLS = 20
INSERT_KILLS = 6
MOVE_ENDINGS = ("bfc-goes-on", "bfc-killed", "merged")
SAMPLE = {"requests": 26, "engine": 4, "moves": 6, "space": 4}
SAMPLE_CRITICAL = 14


def start_stage(directory, what):
    os.makedirs(directory, exist_ok=True)
    engine = Engine(os.path.join(directory, "engine"), preload=os.path.join(BUILD, "tests/faults/fskill.so"),
                    env={"FSKILL_TRIGGER": os.path.join(directory, "trigger")})
    engine.start()
    return Stage(engine, directory, what)


def all_faults(directory, seed, what):
    """Looks at one undisturbed run to know what there is to break; also those that a sample must not miss."""
    stage = start_stage(directory, what)
    try:
        requests, operations, elapsed = stage.survey()
    finally:
        stage.engine.kill()
    rng = random.Random(seed)
    faults = [("requests", mode, index) for index in range(requests) for mode in REQUEST_MODES]
    faults += [("engine", "random", rng.uniform(0, elapsed)) for _ in range(ENGINE_KILLS)]
    faults += [("engine", "insert", rng.uniform(0, 0.25)) for _ in range(INSERT_KILLS)]
    faults += [("moves", ending, (move, n)) for move, names in enumerate(operations)
               for n in range(1, len(names) + 1) for ending in MOVE_ENDINGS]
    faults += space.faults(operations)
    # Between two renames a part is in both tables, or one part is over and the next is not.
    critical = [("moves", ending, (move, n)) for move, names in enumerate(operations)
                for n, name in enumerate(names, 1) if name == "rename" for ending in MOVE_ENDINGS]
    print(f"an undisturbed run: {requests} requests, {len(operations)} moves with "
          f"{[len(names) for names in operations]} file-system operations, {elapsed:.2f} s", flush=True)
    return faults, critical


def sample_of(faults, critical, seed, share):
    """`share`: the scenes differ in what is loaded, not in how it is sealed and moved, so one is played more than others."""
    rng = random.Random(seed)
    chosen = rng.sample(critical, min(SAMPLE_CRITICAL // share, len(critical)))
    for kind, count in SAMPLE.items():
        of_kind = [fault for fault in faults if fault[0] == kind]
        chosen += rng.sample(of_kind, min(count // share, len(of_kind)))
    return chosen


def work(number, directory, what, tasks, results):
    """A worker process with an engine of its own."""
    stage = None
    while True:
        task = tasks.get()
        if task is None:
            break
        try:
            if stage is None:
                stage = start_stage(os.path.join(directory, f"worker{number}"), what)
            outcome = stage.play(task)
        except Exception:
            outcome = {"problem": traceback.format_exc()}
            if stage is not None:
                stage.engine.kill()
                stage = None
        results.put((task, outcome))
    if stage is not None:
        stage.engine.kill()


def play_all(faults, directory, what):
    tasks, results = multiprocessing.Queue(), multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work, args=(number, directory, what, tasks, results))
               for number in range(ENGINES)]
    for fault in faults:
        tasks.put(fault)
    for _ in workers:
        tasks.put(None)
    for worker in workers:
        worker.start()
    try:
        for _ in faults:
            yield results.get(timeout=600)
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def print_table(table):
    print(f"\n{'fault':<40}{'runs':>6}{'right':>7}{'lost rows':>11}{'doubled rows':>14}{'other':>7}")
    for name, row in sorted(table.items()):
        print(f"{name:<40}{row['runs']:>6}{row['right']:>7}{row['lost']:>11}{row['doubled']:>14}{row['other']:>7}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scene", choices=SCENES, action="append")
    parser.add_argument("--only", default="")
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="bfc-faults-")
    table = collections.defaultdict(collections.Counter)
    failed = 0
    for what in options.scene or SCENES:
        failed += play_scene(what, os.path.join(directory, what), options, table)
    print_table(table)
    if options.keep:
        print(f"kept: {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)
    played = sum(row["runs"] for row in table.values())
    print(f"faults: {played - failed} passed, {failed} failed")
    return 1 if failed else 0


def play_scene(what, directory, options, table):
    """All or some faults of one scene, counted in the table; how many failed."""
    began, failed = time.monotonic(), 0
    faults, critical = all_faults(os.path.join(directory, "survey"), options.seed, what)
    if options.sample:
        faults = sample_of(faults, critical, options.seed, 1 if what == "table" or options.scene else 3)
    faults = [fault for fault in faults if options.only in f"{fault[0]} {fault[1]}"]
    part, parts = (int(word) for word in options.part.split("/"))
    faults = faults[part - 1::parts]
    for number, (fault, outcome) in enumerate(play_all(faults, directory, what), 1):
        row = table[f"{what} {fault[0]} {fault[1]}"]
        row.update(runs=1, right=not outcome.get("problem"), lost=outcome.get("lost", 0),
                   doubled=outcome.get("doubled", 0),
                   other=bool(outcome.get("problem") and not outcome.get("lost") and not outcome.get("doubled")))
        if outcome.get("problem"):
            failed += 1
            print(f"FAILED {what} {fault}: {outcome['problem']}", flush=True)
        if number % 100 == 0:
            print(f"{what}: {number} of {len(faults)}, {failed} failed, {time.monotonic() - began:.0f} s", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
