"""Faults of bfc's own: an allocation fails (failalloc.c), a write fails (failwrite.c)."""
import collections
import errno
import os
import re
import subprocess

from bfc import Bfc
from engine import BFC, BUILD

FAILALLOC = os.path.join(BUILD, "tests/faults/failalloc.so")
FAILWRITE = os.path.join(BUILD, "tests/faults/failwrite")
# So many runs fail one after the other on one scene: each goes on where the one before had to end.
CHAIN = 16
# Nothing has been asked of a server yet: a run that fails costs 5 ms.
CHAIN_BEFORE = 100
# At a fatal allocation the program ends at once (compiler/base/arena.c), as when it is killed; the others are made by
# libraries, which cope or say so. `early`: the numbers of the fatal ones before the first connection; `fatal` and `others`:
# the others' places, told by their callers, each once.
# glibc has no other way there.
LIBRARY_ENDS = re.compile("cannot allocate memory for thread-local data")
Memory = collections.namedtuple("Memory", "early fatal others total")
NO_MEMORY = Memory([], [], [], 0)


def survey_memory(stage):
    """Where the allocations of an undisturbed run are made."""
    log = os.path.join(stage.directory, "allocations")
    scene = stage.scene()
    run = allocating(stage, scene, FAILALLOC_LOG=log).run("apply", scene.bf, "--yes")
    assert run.code == 0, f"with failalloc.so: exit {run.code}\n{run.text}"
    scene.drop()
    early, fatal, others, total, connected = [], {}, {}, 0, False
    ends = ending_functions()
    with open(log, encoding="utf-8") as file:
        for line in file:
            if line == "connect\n":
                connected = True
                continue
            total += 1
            number, place = line.split()
            at = int(place.split("/")[1], 16)
            if not any(begin < at <= end for begin, end in ends):
                others[place] = True
            elif connected:
                fatal[place] = True
            else:
                early.append(int(number))
    return Memory(early, list(fatal), list(others), total)


def ending_functions():
    """Where xmalloc() and xrealloc() are, which end the program when there is no memory."""
    symbols = subprocess.run(["nm", "--print-size", "--defined-only", BFC], stdout=subprocess.PIPE, text=True, check=True)
    found = [line.split() for line in symbols.stdout.splitlines() if line.endswith((" xmalloc", " xrealloc"))]
    assert len(found) == 2, found
    return [(int(address, 16), int(address, 16) + int(size, 16)) for address, size, *_ in found]


def allocating(stage, scene, **env):
    bfc = Bfc(scene.directory, stage.engine.url)
    bfc.env.update(LD_PRELOAD=FAILALLOC, **env)
    return bfc


def faults(memory):
    out = [("memory", "before connecting", tuple(memory.early[n:n + CHAIN_BEFORE]))
           for n in range(0, len(memory.early), CHAIN_BEFORE)]
    for how, places in (("ends at once", memory.fatal), ("goes on", memory.others)):
        # Far from each other: a request of which several allocations fail says less.
        count = -(-len(places) // CHAIN)
        out += [("memory", how, tuple(places[begin::count])) for begin in range(count)]
    return out


def without(memory, seen):
    """Less the places that an earlier scene has as well, and how many these are; the others are added to `seen`."""
    new = memory._replace(fatal=[place for place in memory.fatal if place not in seen],
                          others=[place for place in memory.others if place not in seen])
    seen.update(memory.fatal, memory.others)
    return new, len(memory.fatal) + len(memory.others) - len(new.fatal) - len(new.others)


def problem_of(run):
    """What is wrong with the end of a run for which an allocation failed: it says why, or it copes, or the C library itself
    ends it."""
    if run.code == 0 or run.code in (-6, 127) and LIBRARY_ENDS.search(run.err) or run.code == 3 and "bfc: " in run.err and "can't be understood" not in run.err:
        return ""
    return f"exit {run.code}\n{run.text}"


def play_memory(stage, how, where):
    """Scene after scene, run after run: each goes on where the one before had to end. A run of which no allocation fails any
    more is no fault."""
    if how == "before connecting":
        return play_early(stage, where)
    outcomes, left = [], list(where)
    while left:
        scene, first, problems = stage.scene(), None, []
        while left:
            run, failed = failing(stage, scene, FAILALLOC_CALLERS=" ".join(left))
            assert set(failed) <= set(left), failed
            first = first or run
            problem = problem_of(run)
            problems += [f"allocations {failed}: {problem}\n" if problem else ""] + [""] * (len(failed) - 1) if failed else []
            left = [place for place in left if place not in failed]
            if run.code == 0 or not failed:
                break
        outcomes += judged(stage, scene, first, problems)
        if not problems:
            break
    return outcomes


def failing(stage, scene, **which):
    """A run, and where an allocation of it has failed."""
    log = os.path.join(scene.directory, "allocations")
    run = allocating(stage, scene, FAILALLOC_LOG=log, **which).run("apply", scene.bf, "--yes")
    with open(log, encoding="utf-8") as file:
        return run, [line.split()[-1] for line in file if not line.startswith("connect")]


def play_early(stage, where):
    scene, first, problems = stage.scene(), None, []
    for n in where:
        run, failed = failing(stage, scene, FAILALLOC_NTH=str(n))
        if failed:
            first = first or run
            problem = problem_of(run)
            problems.append(f"allocation {n}: {problem}\n" if problem else "")
    return judged(stage, scene, first, problems) if problems else []


def judged(stage, scene, run, problems):
    """An outcome for each failing run; what is wrong in the end is told with the last."""
    outcome = stage.judge(scene, run, ends=(0, 1, 3, -6, 127))
    outcomes = [{"problem": problem} if problem else {} for problem in problems]
    if outcome and outcomes:
        outcomes[-1] = {**outcome, "problem": outcome["problem"] + "".join(problems)}
    return outcomes or ([outcome] if outcome else [])


def survey_writes(stage):
    """How many writes there are; None: this machine does not let one program trace another."""
    scene = stage.scene()
    run = writing(stage, scene, 0, 0)
    if run.code == 125:
        return None
    assert run.code == 0, f"traced: exit {run.code}\n{run.text}"
    scene.drop()
    with open(os.path.join(scene.directory, "writes"), encoding="utf-8") as file:
        return len(file.readlines())


def writing(stage, scene, n, error):
    log = os.path.join(scene.directory, "writes")
    return Bfc(scene.directory, stage.engine.url, wrapper=[FAILWRITE, str(n), str(error), log, BFC]).run(
        "apply", scene.bf, "--yes")


def write_faults(count):
    return [("writes", "ENOSPC" if n % 2 else "EIO", n) for n in range(1, (count or 0) + 1)]


def play_writes(stage, how, n):
    scene = stage.scene()
    run = writing(stage, scene, n, getattr(errno, how))
    return [stage.judge(scene, run)]
