"""A scene of `using pause_and_attach`: a writer that the migration's commands pause and resume.

The writer is told by files: while `paused` is there it writes nothing, and says so with `quiet`. A file `stop_fails`,
`stop_hangs`, `stop_lies`, `resume_fails` or `resume_hangs` makes a command do that.
"""
import os
import time

from bfc import Bfc
from proxy import Proxy
from scene import Ingest
from view_scene import (DAYS, DAYS_GOT, DAYS_VIEW, DAYS_WANT, MAIN, SUMS, SUMS_GOT, SUMS_VIEW, SUMS_WANT, ViewScene)

STOP = """#!/bin/sh
cd "$(dirname "$0")"
echo stop >>log; env | grep -c CLICKHOUSE_PASSWORD >>env
[ -e stop_lies ] && exit 0
[ -e stop_hangs ] && { rm stop_hangs; sleep 600; }
[ -e stop_fails ] && { echo 'the loader does not answer'; exit 3; }
rm -f quiet; touch paused
[ -e alone ] && exit 0
while [ ! -e quiet ]; do sleep 0.005; done
echo 'the loader rests'
"""
RESUME = """#!/bin/sh
cd "$(dirname "$0")"
echo resume >>log
[ -e resume_hangs ] && sleep 600
[ -e resume_fails ] && { echo 'no such loader' >&2; exit 7; }
rm -f paused
"""


class Writer(Ingest):
    """Inserts, unless it is paused."""

    def run(self):
        try:
            while not self.stopping.is_set():
                if self.scene.has("paused"):
                    self.scene.touch("quiet")
                else:
                    self.scene.live(self.rows)
                self.stopping.wait(self.pause)
        except Exception as error:  # told in __exit__
            self.error = error


class PauseScene(ViewScene):
    def __init__(self, client, directory, name, strategy="duplicate", chunks="chunk by partition", within="20 seconds",
                 pause=None, more="", rows=3000):
        super().__init__(client, directory, name)
        self.tables(f"{MAIN}\n{SUMS}\n{DAYS}")
        self.views(f"{SUMS_VIEW}\n{DAYS_VIEW}")
        self.expect(SUMS_GOT, SUMS_WANT)
        self.expect(DAYS_GOT, DAYS_WANT)
        self.history(rows)
        for command, text in (("stop", STOP), ("resume", RESUME)):
            with open(self.path(command), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(self.path(command), 0o755)
        pause = pause or f"by command '{self.path('stop')}' resume by command '{self.path('resume')}'"
        self.ddl += more
        self.fill("sums_mv, days_mv",
                  f"using pause_and_attach with {strategy} {chunks} pause ingest {pause} within {within}")

    def path(self, name):
        return os.path.join(self.directory, name)

    def has(self, name):
        return os.path.exists(self.path(name))

    def touch(self, name):
        with open(self.path(name), "a", encoding="utf-8"):
            pass

    def remove(self, *names):
        for name in names:
            if self.has(name):
                os.unlink(self.path(name))

    def log(self):
        """What the commands did: a word each."""
        if not self.has("log"):
            return []
        with open(self.path("log"), encoding="utf-8") as file:
            return file.read().split()

    def view_names(self):
        return [name for (name,) in self.client.rows(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView' "
            "ORDER BY name", database=self.database)]

    def killed_at(self, text, mode="call-before", count=1, words=(), verb="apply"):
        """A run, or an abort, that is killed at the count-th request with this text."""
        left, runs = [count], []

        def decide(_, request):
            if text not in request.text:
                return "pass"
            left[0] -= 1
            return mode if left[0] == 0 else "pass"

        def kill():
            while not runs:
                time.sleep(0.001)
            runs[0].kill()
            runs[0].child.wait()

        proxy = Proxy(self.client.port, decide, kill)
        try:
            what = self.bf if verb == "apply" else self.name
            runs.append(Bfc(self.directory, proxy.url).start(verb, what, "--yes", *words))
            return runs[0].wait()
        finally:
            proxy.close()

    def check(self):
        assert not self.has("paused"), "ingest is still paused"
        super().check()
