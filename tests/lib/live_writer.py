"""Ingest as production has it: about 20,000 rows/s all along, a tenth of them late.

Each row has the time at which it is made, or one up to `late` seconds before, but none before the writer began. What
is sent is kept in a file, byte by byte, for the oracle: a plain query over that file.
"""
import os
import threading
import time

from scene import literal, quoted

BATCH = 2000
BATCHES_PER_SECOND = 10
PROJECTS = [f"project {number}" for number in range(37)]
COUNTRIES = ["DE", "FR", "US", ""]
STRUCTURE = "ts DateTime('UTC'), project LowCardinality(String), id UInt64, value Int64, " \
            "country LowCardinality(String)"
FIRST_ID = 1_000_000_000


class LiveWriter(threading.Thread):
    """`with` starts and ends it. `route(second)` names the table of a row of that time; while `paused()` nothing is written."""

    def __init__(self, scene, late=1.0, route=None, paused=None, quiet=None):
        super().__init__(daemon=True)
        self.scene, self.late = scene, late
        self.route, self.paused = route or (lambda second: scene.main), paused or (lambda: False)
        self.quiet = quiet or (lambda: None)
        self.path = os.path.join(scene.directory, "written.tsv")
        self.stopping, self.error = threading.Event(), None
        self.rows, self.wrote_s, self.paused_s, self.latest_s = 0, 0.0, 0.0, 0.0

    def batch(self, now):
        """Lines by table. The first row of all is of the second in which the writer began."""
        lines = {}
        for number in range(BATCH):
            late = self.late * (number % 97) / 97 if number % 10 == 0 else 0
            second = max(int(self.began), int(now - late))
            row = self.rows + number
            lines.setdefault(self.route(second), []).append(
                f"{second}\t{PROJECTS[row * 7 % 37]}\t{FIRST_ID + row}\t{row % 2001 - 1000}\t{COUNTRIES[row % 4]}\n")
        return lines

    def write(self, out):
        """One batch; what it says to have sent was acknowledged."""
        now = time.time()
        for table, lines in self.batch(now).items():
            body = "".join(lines)
            self.scene.client.sql(f"INSERT INTO {quoted(table)} ({self.scene.columns}) FORMAT TSV", body=body,
                                  database=self.scene.database)
            out.write(body)
        self.rows += BATCH
        self.latest_s = max(self.latest_s, time.time() - now + self.late)

    def run(self):
        try:
            with open(self.path, "w", encoding="utf-8") as out:
                self.began = due = time.time()
                while not self.stopping.is_set():
                    if self.paused():
                        self.rest()
                        due = time.time()
                        continue
                    self.write(out)
                    # Behind by more than a second it gives up to catch up: the machine can't do more.
                    due = max(due + 1 / BATCHES_PER_SECOND, time.time() - 1)
                    self.stopping.wait(max(0, due - time.time()))
                self.wrote_s = time.time() - self.began - self.paused_s
        except Exception as error:  # told in __exit__
            self.error = error

    def rest(self):
        began = time.time()
        while self.paused() and not self.stopping.is_set():
            self.quiet()
            time.sleep(0.002)
        self.paused_s += time.time() - began

    @property
    def rate(self):
        return self.rows / self.wrote_s

    def __enter__(self):
        self.start()
        while not self.rows and self.is_alive():
            time.sleep(0.001)
        return self

    def all_rows(self):
        """SQL: everything that was written."""
        return f"(SELECT * FROM file({literal(self.path)}, 'TSV', {literal(STRUCTURE)}))"

    def __exit__(self, *_):
        self.stopping.set()
        self.join()
        if self.error:
            raise self.error
