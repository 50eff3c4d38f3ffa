"""A run is killed in the middle of its chunks: how soon the next one does something useful, and after how many questions.

What it sends is seen by the tests' proxy, which costs a few tenths of a millisecond a request. Useful is what carries a
chunk on: creating its duplicates, loading, moving. Round trips are counted, not requests: from the useful one back,
the answer that came last before it was sent, and so on to the first. What is sent at once shares one.
"""
import os
import re
import statistics
import subprocess
import sys
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from guide import GOT, QUERY, migration, split  # noqa: E402
from history import History  # noqa: E402
from proxy import Proxy  # noqa: E402
from report import table  # noqa: E402

QUERY_FIELD = re.compile(r'name="query"\r\n\r\n(.*?)\r\n--', re.S)


class Watched(Proxy):
    """Notes when each request came and when it was answered; `kill` before the count-th one with `text`."""

    def __init__(self, port, text=None, count=0):
        super().__init__(port, self.look)
        self.text, self.left, self.child = text, count, None
        self.came, self.answered, self.lock, self.mine = [], [], threading.Lock(), threading.local()

    def look(self, index, request):
        with self.lock:
            self.mine.number = len(self.came)
            self.came.append((time.monotonic(), request.text))
            self.left -= bool(self.text and self.text in request.text)
            if self.text and self.left == 0:
                self.child.kill()
                return "cut-before"
        return "pass"

    def answer(self, server):
        answer = Proxy.answer(server)
        with self.lock:
            self.answered.append((time.monotonic(), self.mine.number))
        return answer


def start(bench, path, url):
    environment = dict(bench.server.environment(), CLICKHOUSE_URL=url)
    return subprocess.Popen([bench.bfc, "apply", path, "--yes"], env=environment, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def is_useful(text, first=("{dup_", "{null_")):
    """The plan's own statements for a chunk of the new attempt; the journal's are not."""
    query = (QUERY_FIELD.findall(text) or [""])[0].strip()
    return query.startswith(("CREATE TABLE", "INSERT INTO", "ALTER TABLE")) and any(word in query for word in first)


def depth(came, answered, number):
    """How many round trips, one after the other, were over when this request was sent."""
    trips = 0
    while before := [(end, asked) for end, asked in answered if end <= came[number][0] and asked < number]:
        number = max(before)[1]
        trips += 1
    return trips


def resumed(bench, path):
    """(ms until the first useful statement, round trips and requests before it, ms until the first load)."""
    proxy = Watched(bench.server.port)
    began = time.monotonic()
    child = start(bench, path, proxy.url)
    code = child.wait()
    proxy.close()
    if code != 0:
        raise SystemExit(f"the resume ended with exit code {code}")
    useful = next(i for i, (_, text) in enumerate(proxy.came) if is_useful(text))
    load = next(at for at, text in proxy.came if is_useful(text) and "INSERT INTO" in text)
    return ((proxy.came[useful][0] - began) * 1000, depth(proxy.came, proxy.answered, useful), useful, (load - began) * 1000)


def bench_resume(bench):
    history = History(bench)
    path = os.path.join(bench.folder, "resume.bf")
    with open(path, "w") as out:
        out.write(migration("a_day", f"using duplicate {split('chunk by timestamp every 1 hour workers 2')}"))
    found = []
    for number in range(bench.rounds):
        history.clear()
        # Two chunks are under way all along; each has one load.
        proxy = Watched(bench.server.port, "INSERT INTO bench.{dup_per_hour:Identifier}", 5 + number)
        proxy.child = start(bench, path, proxy.url)
        proxy.child.wait()
        proxy.close()
        found.append(resumed(bench, path))
        history.same(GOT, QUERY.format(table="a_day"))
    names = ("ms to the first useful statement", "round trips before it", "requests before it", "ms to the first load")
    table(f"a resume after a kill in the middle of {history.count('a_day'):,} rows in hours; {bench.rounds} rounds",
          ("", "median", "all"),
          [(name, f"{statistics.median(values):.0f}", f"{min(values):.0f} to {max(values):.0f}")
           for name, values in zip(names, zip(*found))])
    print("  goal: 100 ms and 5 round trips")
