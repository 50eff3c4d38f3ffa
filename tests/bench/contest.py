"""bfc and a person with curl, on the same data, in turn."""
import statistics

import byhand
from report import in_turn, spread, table

RATIO_GOAL = 1.02
MEMORY_GOAL_MIB = 20


class Contest:
    """bfc and by hand on the same data: each time from the same beginning."""

    def __init__(self, bench, path, parameters, reset, count):
        self.bench, self.path, self.parameters = bench, path, parameters
        self.reset_statements, self.count_sql = reset, count
        self.server = bench.start_server()
        self.peak = 0
        self.reset()
        self.recorder = byhand.record(bench.plan(path), self.server, parameters)
        self.expected = self.count()

    def reset(self):
        self.server.query("DROP DATABASE IF EXISTS bfc SYNC")
        for sql, parameters in self.reset_statements:
            self.server.query(sql, parameters)

    def count(self):
        return self.server.query(self.count_sql).rows[0]

    def timed(self, command, environment=None):
        self.reset()
        seconds, peak = self.bench.measured(command, environment)
        if self.count() != self.expected:
            raise SystemExit(f"{command[0]}: {self.count()} in place of {self.expected}")
        return seconds, peak

    def by_bfc(self):
        command = [self.bench.bfc, "apply", self.path, "--yes", "--workers", "1"]
        for name, value in self.parameters.items():
            command += ["--param", f"{name}={value}"]
        seconds, peak = self.timed(command, self.server.environment())
        self.peak = max(self.peak, peak)
        return seconds

    def run(self, ways, rounds):
        runners = {"bfc apply": self.by_bfc}
        for way in ways:
            runners[way.name] = lambda way=way: self.timed(way.command)[0]
        return in_turn(runners, rounds)


def report_contest(title, seconds, peak):
    ours = statistics.median(seconds["bfc apply"])
    rows = []
    for name, values in seconds.items():
        middle = statistics.median(values)
        ratio = "" if name == "bfc apply" else f"{ours / middle:.3f}"
        rows.append((name, f"{middle:.3f}", spread(values), ratio))
    table(title, ("", "median s", "all", "bfc / this"), rows)
    print(f"  goal: no more than {RATIO_GOAL}; bfc's own memory: {peak:.1f} MiB (goal: under {MEMORY_GOAL_MIB})")
