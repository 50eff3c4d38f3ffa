"""Breaks a run at every place, runs bfc once more, and compares with the oracle.

  requests  bfc killed before, during and after each HTTP request of the run
  answers   connections cut, answers truncated, late, sent twice, another's, in place of the server's a gateway's 500 or 503;
            the request sent twice
  pairs     two kills: of a run and of its resume, of the engine and of bfc in one run, of the engine and of the resume; the
            second at one of the requests that follow the first
  engine    the engine killed with -9 at random moments, under several runs at once
  insert    the same in the middle of an INSERT
  moves     the engine killed just before each file-system operation of each MOVE and REPLACE (fskill.c); then bfc goes on
            by itself, or is killed too, or its new run finds the moved parts merged
  space     the disk full from one of these operations on until the statement has failed (space.py); then the server goes
            on, or is killed before it has cleaned up, or bfc with it
  memory    an allocation of bfc fails (failalloc.c): each of its own before the first connection, then each place, in the
            first scene that has it
  writes    a write of bfc fails (failwrite.c)

  run.py                       everything; scenes.py says which scenes get every fault and which every third
  run.py --sample [--seed N]   some of each, always the same ones
  run.py --scene NAME          one scene alone, also several
  run.py --only WORD           only faults that have WORD in their name or place
  run.py --part 2/4            the second quarter of it all, evenly spread
  run.py --engines N           so many engines at once
  run.py --minutes N           begins no more faults after so many minutes; the rest is left out, evenly of all
  run.py --list                plays nothing and prints how many faults there are
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

import by_engine  # noqa: E402
import by_memory  # noqa: E402
import by_requests  # noqa: E402
from engine import Engine, BUILD  # noqa: E402
from play import Stage  # noqa: E402
from scenes import SCENES  # noqa: E402
import space  # noqa: E402

# More than there are processors: a run waits a good deal of its time.
ENGINES = 3
PAIRS = 20  # of each kind
# The journal grows with each run, and so does what it takes to read it.
TASKS_PER_ENGINE = 60
# What a failed move has left is cleaned up after so many seconds, and bfc waits for it; by itself the server takes 30 to 40.
CLEANED_SOON = ("<cleanup_delay_period>3</cleanup_delay_period><max_cleanup_delay_period>3</max_cleanup_delay_period>"
                "<cleanup_delay_period_random_add>0</cleanup_delay_period_random_add>")
# For views that have no room for many rows: scenes.py.
CHOOSES_CODES = "<allow_custom_error_code_in_throwif>1</allow_custom_error_code_in_throwif>"
# One of so many is played where a scene has a full one beside it. Memory and writes are the business of bfc alone, and not
# of what it does: a place at which memory is allocated is played in the first scene that has it, and of what comes before
# the first connection and of the writes one of so many.
THIN, THIN_MEMORY = 3, 12
# How many of each kind a sample has: about 90 s of processor time in all.
SAMPLE_TABLE = {"memory": 2, "space": 1, "writes": 2}
SAMPLE_FULL = {"requests": 2, "answers": 1, "pairs": 1, "engine": 1, "moves": 1}
SAMPLE_OTHERS = ({"requests": 1}, {"moves": 1})  # in turns


def start_stage(directory):
    os.makedirs(directory, exist_ok=True)
    engine = Engine(os.path.join(directory, "engine"), preload=os.path.join(BUILD, "tests/faults/fskill.so"),
                    env={"FSKILL_TRIGGER": os.path.join(directory, "trigger")}, merge_tree=CLEANED_SOON,
                    profile=CHOOSES_CODES)
    engine.start()
    return Stage(engine, directory)


# --- what there is to play ---


def size_of(fault):
    """How many faults are in it."""
    return len(fault[2]) if fault[0] in ("answers", "engine", "memory", "moves", "space") else 1


def thinned(faults, share, offset):
    """Evenly of each kind; and what is left out."""
    groups, kept, left = collections.defaultdict(list), [], []
    for fault in faults:
        groups[fault[:2]].append(fault)
    for group in groups.values():
        for number, fault in enumerate(group):
            (kept if (number + offset) % share == 0 else left).append(fault)
    return kept, left


def faults_of(what, looked, seed):
    """All faults of a scene in two lists: those that are played in a wide sweep, those that are left out."""
    survey, memory, writes = looked
    rng = random.Random(f"{seed} {what}")
    full, offset = SCENES[what].full, list(SCENES).index(what)
    faults = by_requests.faults(survey) + by_requests.pairs(survey, rng, PAIRS) + by_engine.faults(survey, rng)
    faults += space.faults(survey.operations)
    kept, left = thinned(faults, 1 if full else THIN, offset)
    of_writes = thinned(by_memory.write_faults(writes), 1 if what == "table" else THIN_MEMORY, offset)
    kept, left = kept + of_writes[0], left + of_writes[1]
    late = by_requests.too_late(survey)
    kept, left = (kept + late, left) if what == "table" else (kept, left + late)
    early = [fault for fault in by_memory.faults(memory) if fault[1] == "before connecting"]
    more, less = thinned(early, 1 if what == "table" else THIN_MEMORY, offset)
    return kept + more + by_memory.faults(memory)[len(early):], left + less


def sample_of(what, looked, seed):
    rng = random.Random(f"{seed} {what}")
    faults, left = faults_of(what, looked, seed)
    chosen, counts = [], dict(SAMPLE_FULL if SCENES[what].full else SAMPLE_OTHERS[list(SCENES).index(what) % 2])
    if what == "table":
        counts.update(SAMPLE_TABLE)
    for kind, count in counts.items():
        of_kind = [fault for fault in faults if fault[0] == kind]
        if kind == "answers":
            of_kind = [fault for fault in of_kind if fault[1] != "too-late"]
        if kind == "moves":
            of_kind = by_engine.critical(looked[0]) or of_kind
        chosen += rng.sample(of_kind, min(count, len(of_kind)))
    chosen = [(kind, how, where[:2]) if kind in ("engine", "space") else (kind, how, where) for kind, how, where in chosen]
    return chosen, [fault for fault in faults if fault not in chosen] + left


# --- playing it ---


def look(stage, what, options):
    survey, memory, writes = stage.survey(), by_memory.NO_MEMORY, 0
    # Only where they are played: these runs are slow.
    if not options.sample or what == "table":
        memory = stage.survey_memory()
    if not options.sample or what == "table":
        writes = stage.survey_writes()
    return survey, memory, writes


def used_by(pid):
    """Processor seconds of a process that is still there."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def used(stage):
    """Processor seconds of this worker, all that it started and its engine."""
    times = os.times()
    return sum(times[:4]) + (used_by(stage.engine.child.pid) if stage and stage.engine.child.poll() is None else 0)


def work(number, directory, options, tasks, results):
    """A worker process with an engine of its own. A task is a scene and a fault, or a scene to look at."""
    stage, played = None, 0
    for task in iter(tasks.get, None):
        cpu = used(stage)
        try:
            if stage is None:
                played += 1
                stage = start_stage(os.path.join(directory, f"worker{number}_{played}"))
            stage.what, fault = task
            late = fault and time.monotonic() - options.began > 60 * options.minutes
            outcome = [] if late else stage.play(fault) if fault else look(stage, stage.what, options)
        except Exception:
            outcome = [{"problem": traceback.format_exc()}]
        results.put((task, outcome, used(stage) - cpu))
        if stage and (outcome and outcome[0] and "problem" in outcome[0] or stage.number > TASKS_PER_ENGINE):
            stage.engine.kill()
            if not (outcome and outcome[0] and "problem" in outcome[0]):
                shutil.rmtree(stage.directory, ignore_errors=True)
            stage = None
    if stage is not None:
        stage.engine.kill()


class Workers:
    def __init__(self, count, directory, options):
        self.tasks, self.results = multiprocessing.Queue(), multiprocessing.Queue()
        self.children = [multiprocessing.Process(target=work, args=(n, directory, options, self.tasks, self.results))
                         for n in range(count)]
        for child in self.children:
            child.start()

    def play(self, tasks):
        for task in tasks:
            self.tasks.put(task)
        for _ in tasks:
            yield self.results.get(timeout=900)

    def end(self):
        for _ in self.children:
            self.tasks.put(None)
        for child in self.children:
            child.join(60)
            child.terminate()
            child.join()


def shortened(fault):
    text = str(fault)
    return text if len(text) < 300 else text[:300] + " …"


def print_table(rows, sample):
    """Of a sample only what was played; the last line has what was left out of all."""
    print(f"\n{'scene':<20}{'fault':<30}{'runs':>6}{'right':>7}{'lost rows':>11}{'doubled rows':>14}{'other':>7}{'left out':>10}"
          f"{'goes':>6}{'s of cpu':>10}")
    order = list(SCENES)
    for (what, fault), row in sorted(rows.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
        if sample and not row["runs"]:
            continue
        print(f"{what:<20}{fault:<30}" + figures(row))
    print(f"{'all':<50}" + figures(sum(rows.values(), collections.Counter())))


def figures(row):
    return (f"{row['runs']:>6}{row['right']:>7}{row['lost']:>11}{row['doubled']:>14}{row['other']:>7}{row['left']:>10}"
            f"{row['goes']:>6}{row['cpu']:>10.1f}")


def print_list(tasks, rows):
    """How many faults of each kind would be played, in how many goes, and how many left out."""
    counts = collections.Counter()
    for what, fault in tasks:
        for scene in (what, "all"):
            counts.update({(scene, fault[0]): size_of(fault), (scene, fault[0], "goes"): 1})
    for (what, _), row in rows.items():
        counts.update({(what, "left"): row["left"], ("all", "left"): row["left"]})
    kinds = dict.fromkeys(fault[0] for _, fault in tasks)
    print(f"\n{'scene':<20}" + "".join(f"{kind:>14}" for kind in kinds) + f"{'left out':>10}")
    for what in [*dict.fromkeys(what for what, _ in tasks), "all"]:
        print(f"{what:<20}" + "".join(f"{counts[what, kind]:>7} /{counts[what, kind, 'goes']:>5}" for kind in kinds)
              + f"{counts[what, 'left']:>10}")
    print("faults / goes: those of one go are played one after the other in one scene")


def count(row, outcome):
    wrong = bool(outcome.get("problem"))
    rows = bool(outcome.get("lost") or outcome.get("doubled"))
    row.update(runs=1, right=not wrong, lost=outcome.get("lost", 0), doubled=outcome.get("doubled", 0),
               other=wrong and not rows)


def parsed():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scene", choices=SCENES, action="append")
    parser.add_argument("--only", default="")
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--engines", type=int, default=ENGINES)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def choose(workers, options, rows):
    """All tasks of the scenes that are asked for. What is not played is counted."""
    tasks, failed = [], 0
    part, parts = (int(word) for word in options.part.split("/"))
    looked, places = {}, set()
    for (what, _), found, _ in workers.play([(what, None) for what in options.scene or SCENES]):
        looked[what] = found
    for what in options.scene or SCENES:
        if isinstance(looked[what], list):
            print(f"FAILED {what}: {looked[what][0]['problem']}", flush=True)
            failed += 1
            continue
        survey, memory, writes = looked[what]
        print(f"{what}, undisturbed: {len(survey.keys)} requests, {sum(len(names) for _, names in survey.operations)} file-system "
              f"operations in {len(survey.operations)} moves, {memory.total} allocations, "
              f"{'?' if writes is None else writes} writes, {survey.elapsed:.2f} s", flush=True)
        memory, repeated = by_memory.without(memory, places)
        rows[what, "memory: in a scene before"].update(left=repeated)
        chosen, left = (sample_of if options.sample else faults_of)(what, (survey, memory, writes), options.seed)
        wanted = [fault for fault in chosen if options.only in f"{fault[0]} {fault[1]} {fault[2]}"]
        played = wanted[part - 1::parts]
        for fault in left + [fault for fault in chosen if fault not in wanted[part - 1::parts]]:
            rows[what, f"{fault[0]}: {fault[1]}"].update(left=size_of(fault))
        if writes is None:
            rows[what, "writes: can't be traced here"].update(left=1)
        tasks += [(what, fault) for fault in played]
    # So that what was played when it is broken off is some of everything.
    random.Random(options.seed).shuffle(tasks)
    return tasks, failed


def main():
    options = parsed()
    directory = tempfile.mkdtemp(prefix="bfc-faults-")
    rows = collections.defaultdict(collections.Counter)
    began = options.began = time.monotonic()
    workers = Workers(options.engines, directory, options)
    try:
        tasks, failed = choose(workers, options, rows)
        if options.list:
            print_list(tasks, rows)
            return 1 if failed else 0
        for number, ((what, fault), outcomes, cpu) in enumerate(workers.play(tasks), 1):
            row = rows[what, f"{fault[0]}: {fault[1]}"]
            row.update(left=max(0, size_of(fault) - len(outcomes)), goes=bool(outcomes), cpu=cpu)
            for outcome in outcomes:
                count(row, outcome)
                if outcome.get("problem"):
                    failed += 1
                    print(f"FAILED {what} {shortened(fault)}: {outcome['problem']}", flush=True)
            if number % 50 == 0:
                print(f"{number} of {len(tasks)}, {failed} failed, {time.monotonic() - began:.0f} s", flush=True)
    finally:
        workers.end()
    print_table(rows, options.sample or options.only or options.part != "1/1")
    if options.keep:
        print(f"kept: {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)
    used = os.times()
    print(f"{time.monotonic() - began:.0f} s, {used.user + used.system + used.children_user + used.children_system:.0f} s of "
          "processor time")
    played = sum(row["runs"] for row in rows.values())
    if not played:
        print("faults: none was played; is the name right?")
    print(f"faults: {played - failed} passed, {failed} failed")
    return 1 if failed or not played else 0


if __name__ == "__main__":
    sys.exit(main())
