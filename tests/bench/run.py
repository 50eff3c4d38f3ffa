#!/usr/bin/env python3
"""make bench: what bfc costs, next to the same statements sent by hand. Prints tables of ratios.

Not part of `make check`: the figures hang on the machine and on what else it does.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

import byhand
import guide
import history
import inputs
import resume
from contest import Contest, report_contest
from report import table
from server import Server

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EXAMPLE = os.path.join(ROOT, "examples", "pypi")


class Bench:
    def __init__(self, options):
        self.bfc = os.path.abspath(options.bfc)
        self.rows, self.rounds, self.chunks = options.rows, options.rounds, options.chunks
        self.history_rows, self.keep = options.history_rows, options.keep
        self.folder = os.path.abspath(options.folder)
        self.server = None
        os.makedirs(self.folder, exist_ok=True)
        self.megabytes = options.megabytes
        self.scan = os.path.join(os.path.dirname(self.bfc), "tests", "bench", "scan")
        self.measure = os.path.join(self.folder, "measure")
        subprocess.run(["gcc", "-D_GNU_SOURCE", "-O2", "-o", self.measure, os.path.join(HERE, "measure.c")], check=True)

    def measured(self, command, environment=None):
        """Runs it; seconds and peak MiB of that process alone."""
        return self.measured_cpu(command, environment)[:2]

    def measured_cpu(self, command, environment=None):
        """The same, and the seconds that it computed: those hang less on what else the machine does."""
        result = os.path.join(self.folder, "measured")
        done = subprocess.run([self.measure, result, *command], env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}: exit {done.returncode}\n"
                             + done.stdout.decode(errors="replace")[-3000:])
        with open(result) as text:
            nanoseconds, kib, _, cpu = text.read().split()
        return int(nanoseconds) / 1e9, int(kib) / 1024, int(cpu) / 1e9

    def start_server(self):
        if self.server is None:
            if not self.keep:
                shutil.rmtree(self.engine, ignore_errors=True)
            self.server = Server(self.bfc, self.folder)
        return self.server

    @property
    def engine(self):
        return os.path.join(self.folder, "engine")

    def close(self):
        """Ends the engine, and takes its data away."""
        if self.server is None:
            return
        self.server.close()
        print(f"\ndisk: {disk_use(self.folder):,.0f} MiB in {self.folder}, {disk_use(self.engine):,.0f} MiB of it the engine's data, "
              + ("kept for the next time" if self.keep else "which is gone now"))
        if not self.keep:
            shutil.rmtree(self.engine, ignore_errors=True)

    def plan(self, path):
        out = subprocess.run([self.bfc, "compile", "--emit", "json", path], stdout=subprocess.PIPE,
                             check=True)
        return json.loads(out.stdout)


def statements_of(path):
    """Statements of live.sql: no semicolon stands in a string or a comment there."""
    with open(path) as text:
        return [part.strip() for part in text.read().split(";") if part.strip()]


def bench_apply(bench):
    """The example's backfill at --rows rows."""
    parquet = os.path.join(bench.folder, f"parquet-{bench.rows}")
    server = bench.start_server()
    print(f"generating {bench.rows:,} rows in 100 files (kept for the next time)")
    subprocess.run([os.path.join(EXAMPLE, "generate.sh"), parquet, str(bench.rows)], check=True,
                   env=server.environment(), stdout=subprocess.DEVNULL)
    ddl = statements_of(os.path.join(EXAMPLE, "live.sql"))[:-1]
    reset = [("DROP DATABASE IF EXISTS pypi SYNC", {})] + [(sql, {}) for sql in ddl]
    # Nearly all is history: the live rows are an hour of the next day.
    reset.append(("INSERT INTO pypi.pypi SELECT toDateTime('2024-12-18 00:00:00') + number, 'DE', 'live', "
                  "'sdist', 'pip', '3.12', 'Linux', '1.0.0' FROM numbers(3600)", {}))
    contest = Contest(bench, os.path.join(EXAMPLE, "pypi.bf"), {"folder": parquet}, reset,
                      "SELECT (SELECT count() FROM pypi.pypi) AS a, (SELECT sum(count) FROM pypi.pypi_downloads) AS b, "
                      "(SELECT sum(count) FROM pypi.pypi_downloads_per_hour) AS c")
    folder = os.path.join(bench.folder, "hand")
    os.makedirs(folder, exist_ok=True)
    seconds = contest.run([byhand.Session(contest.recorder, folder), byhand.Script(contest.recorder, folder)],
                          bench.rounds)
    report_contest(f"{bench.rows:,} rows, {len(contest.recorder.statements)} statements, one worker", seconds,
                   contest.peak)
    print(f"  memory of the largest statement on the server: {server.memory_peak('bfc-')} MiB")


def bench_chunks(bench):
    """Many chunks of one row: what a chunk costs when there is nothing in it."""
    path = os.path.join(bench.folder, "chunks.bf")
    with open(path, "w") as out:
        out.write(inputs.one_row_chunks())
    # A start of the engine may find the tables of an earlier run: each begins from nothing.
    reset = [("DROP DATABASE IF EXISTS bench SYNC", {}), ("CREATE DATABASE bench", {}),
             *[(sql, {}) for sql in inputs.one_row_tables(bench.chunks)]]
    contest = Contest(bench, path, {}, reset,
                      "SELECT (SELECT count() FROM bench.events) AS a, (SELECT sum(c) FROM bench.per_kind) AS b")
    folder = os.path.join(bench.folder, "hand-chunks")
    os.makedirs(folder, exist_ok=True)
    seconds = contest.run([byhand.Session(contest.recorder, folder)], max(1, bench.rounds - 2))
    report_contest(f"{bench.chunks:,} chunks of one row, {len(contest.recorder.statements):,} statements", seconds,
                   contest.peak)
    for name, values in seconds.items():
        print(f"  {name}: {statistics.median(values) / bench.chunks * 1000:.2f} ms a chunk")


def bench_compile(bench):
    """Whole processes: from exec to exit."""
    example = os.path.join(EXAMPLE, "pypi.bf")
    out = os.path.join(bench.folder, "plan.sql")
    ways = {"bfc compile": [bench.bfc, "compile", "-o", out, example], "true (starting any process)": ["true"]}
    rows = []
    for name, command in ways.items():
        runs = [bench.measured(command) for _ in range(201)]
        rows.append((name, f"{min(r[0] for r in runs) * 1000:.2f}",
                     f"{statistics.median(r[0] for r in runs) * 1000:.2f}", f"{max(r[1] for r in runs):.1f}"))
    table("bfc compile of the example, whole process, 201 runs", ("", "least ms", "median ms", "peak MiB"), rows)


def bench_growth(bench):
    """A large generated file, and one of a tenth of it."""
    rows, before = [], None
    for tables in (1000, 10000):
        path = os.path.join(bench.folder, f"large-{tables}.bf")
        with open(path, "w") as out:
            out.write(inputs.large(tables))
        plan = os.path.join(bench.folder, f"large-{tables}.sql")
        runs = [bench.measured([bench.bfc, "compile", "-o", plan, path]) for _ in range(3)]
        seconds, peak = statistics.median(r[0] for r in runs), max(r[1] for r in runs)
        growth = "" if before is None else f"{seconds / before[0]:.1f} / {peak / before[1]:.1f}"
        rows.append((f"{tables:,} tables, {tables:,} views, {tables // 10:,} backfills", f"{seconds:.3f}",
                     f"{peak:.1f}", f"{os.path.getsize(path) / 1e6:.1f}", f"{os.path.getsize(plan) / 1e6:.1f}", growth))
        before = seconds, peak
    table("bfc compile of a generated file (growth: 10 is linear)",
          ("", "s", "peak MiB", "MB in", "MB out", "time / memory ×"), rows)


def memory_free_mb():
    with open("/proc/meminfo") as text:
        facts = dict(line.split(":") for line in text)
    return int(facts["MemAvailable"].split()[0]) * 1024 / 1e6


def speed_of(bench, kind, text, megabytes, before):
    """Rows of one file; `before` has the seconds of the last smaller one."""
    rows = []
    path = os.path.join(bench.folder, f"speed-{megabytes:g}.bf")
    plan = os.path.join(bench.folder, "speed.sql")
    with open(path, "w") as out:
        out.writelines(text)
    size = os.path.getsize(path) / 1e6
    for name, command in {
        "wc": ["wc", path],
        "the scanner alone": [bench.scan, path],
        "bfc check": [bench.bfc, "check", path],
        "bfc compile": [bench.bfc, "compile", "-o", plan, path],
    }.items():
        runs = [bench.measured_cpu(command) for _ in range(1 if megabytes >= 100 else 3)]
        seconds, peak = min(r[2] for r in runs), max(r[1] for r in runs) * 1.048576
        growth = f"{seconds / before[name][0] / (size / before[name][1]):.2f}" if name in before else ""
        before[name] = seconds, size
        rows.append((f"{kind}: {name}", f"{size:.1f}", f"{min(r[0] for r in runs):.3f}", f"{seconds:.3f}",
                     f"{size / seconds:.1f}", growth, f"{peak:.0f}", f"{peak / size:.1f}"))
    name, *rest = rows[-1]
    rows[-1] = (f"{name} to {os.path.getsize(plan) / 1e6:.0f} MB", *rest)
    os.unlink(path)
    os.unlink(plan)
    return rows


def bench_speed(bench):
    """Source through the phases, one after the other more of them, beside what only reads it."""
    rows, left_out = [], []
    for kind, text, sizes in (("realistic", inputs.realistic, (1, 10, 100)), ("dense", inputs.dense, (1, 10))):
        before = {}
        for megabytes in bench.megabytes or sizes:
            # The compiler of a dense file needs 45 times its size.
            if megabytes * 60 > memory_free_mb():
                left_out.append(f"{kind} {megabytes:g} MB")
                continue
            rows += speed_of(bench, kind, text(megabytes), megabytes, before)
    table(f"source through the compiler, whole processes, the best of up to 3 runs (load {os.getloadavg()[0]:.1f})",
          ("", "MB", "s", "CPU s", "MB / CPU s", "CPU a MB ×", "peak MB", "memory / source"), rows)
    print("  growth is linear where CPU a MB stays: ×1.00. What is written is streamed: it is in no memory as a whole.")
    if left_out:
        print(f"  left out, as there is not enough memory: {', '.join(left_out)}")


SECTIONS = {
    "compile": bench_compile, "growth": bench_growth, "speed": bench_speed, "chunks": bench_chunks, "apply": bench_apply,
    "null": guide.bench_null, "views": guide.bench_views, "workers": guide.bench_workers, "hand": guide.bench_hand,
    "beat": guide.bench_beat, "pause": guide.bench_pause, "resume": resume.bench_resume,
}


def disk_use(folder):
    """MiB that the files there take."""
    return sum(os.lstat(os.path.join(place, name)).st_blocks for place, _, names in os.walk(folder) for name in names) / 2048


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bfc", default=os.environ.get("BFC", os.path.join(ROOT, "build", "bfc")))
    parser.add_argument("--folder", default=os.path.join(ROOT, "build", "bench"))
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=float, nargs="+",
                        help="sizes for the section 'speed', in place of 1, 10 and 100 of the realistic file "
                             "and 1 and 10 of the dense one")
    parser.add_argument("--chunks", type=int, default=1000)
    parser.add_argument("--history-rows", type=int, default=history.ROWS,
                        help="rows of the history that the sections from 'null' on share; four fifths of them in 'beat' and 'resume'")
    parser.add_argument("--keep", action="store_true", help="leave the engine's data there, for the next time")
    parser.add_argument("--only", choices=SECTIONS, nargs="+", action="extend", help="sections")
    options = parser.parse_args()
    bench = Bench(options)
    try:
        for name in options.only or SECTIONS:
            SECTIONS[name](bench)
    finally:
        bench.close()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
