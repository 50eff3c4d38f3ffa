"""A run is killed in the middle of its chunks: how soon the next one does something useful, and after how many questions.

What it sends is seen by the tests' proxy, which costs a few tenths of a millisecond a request.
"""
import os
import re
import statistics
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from guide import GOT, QUERY, migration, split  # noqa: E402
from history import History  # noqa: E402
from report import table  # noqa: E402
from trips import USEFUL, Trips  # noqa: E402

LOAD = re.compile(r"b1\.chunk\.load")


def start(bench, path, url):
    environment = dict(bench.server.environment(), CLICKHOUSE_URL=url)
    return subprocess.Popen([bench.bfc, "apply", path, "--yes"], env=environment, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def killed(bench, path, count):
    """A run that ends with kill -9 before its count-th load is sent."""
    left, children = [count], []

    def decide(_, request):
        left[0] -= "INSERT INTO bench.{dup_per_hour:Identifier}" in request.text
        if left[0]:
            return "pass"
        children[0].kill()
        return "cut-before"

    proxy = Trips(bench.server.port, decide, count=False)
    children.append(start(bench, path, proxy.url))
    children[0].wait()
    proxy.close()


def resumed(bench, path, count):
    """The proxy, and when the run was started."""
    proxy = Trips(bench.server.port, count=count)
    began = time.monotonic()
    code = start(bench, path, proxy.url).wait()
    proxy.close()
    if code != 0:
        raise SystemExit(f"the resume ended with exit code {code}")
    return proxy, began


def bench_resume(bench):
    history = History(bench)
    path = os.path.join(bench.folder, "resume.bf")
    with open(path, "w") as out:
        out.write(migration("a_day", f"using duplicate {split('chunk by timestamp every 1 hour workers 2')}"))
    found = []
    for number in range(bench.rounds):
        # Timed, and once more counted, which takes time.
        for count in (False, True):
            history.clear()
            # Two chunks are under way all along; each has one load.
            killed(bench, path, 5 + number)
            proxy, began = resumed(bench, path, count)
            history.same(GOT, QUERY.format(table="a_day"))
            if not count:
                times = [(proxy.useful(pattern)[0] - began) * 1000 for pattern in (USEFUL, LOAD)]
        useful = proxy.useful()
        found.append((times[0], useful[2], proxy.came.index(useful), times[1]))
    names = ("ms to the first useful statement", "round trips before it", "requests before it", "ms to the first load")
    table(f"a resume after a kill in the middle of {history.count('a_day'):,} rows in hours; {bench.rounds} rounds",
          ("", "median", "all"),
          [(name, f"{statistics.median(values):.0f}", f"{min(values):.0f} to {max(values):.0f}")
           for name, values in zip(names, zip(*found))])
    print("  goal: 100 ms and 5 round trips")
