"""What ClickHouse's guide on backfilling says about time and memory, as ratios, and bfc beside the hand."""
import json
import os
import statistics
import subprocess

import byhand
from contest import Contest, report_contest
from history import BEGIN, COLUMNS, SPLIT, History, apply, by_hand
from report import in_turn, table

TARGET = "per_hour (hour DateTime('UTC'), project String, count UInt64)"
QUERY = "SELECT toStartOfHour(timestamp) AS hour, project, count() AS count FROM history.{table} GROUP BY hour, project"
GOT = "SELECT hour, project, sum(count) AS count FROM bench.per_hour GROUP BY hour, project"
CREATE_TARGET = f"CREATE TABLE bench.{TARGET} ENGINE = SummingMergeTree ORDER BY (project, hour)"
DIRECT = "INSERT INTO bench.per_hour (hour, project, count) {query}"


def migration(of, clauses, views=None):
    views = views or {"per_hour": (TARGET, "(project, hour)", QUERY.format(table=of))}
    text = f"use std.tuning;\ndatabase bench;\nexternal table history.{of} ({COLUMNS});\n"
    for name, (target, key, query) in views.items():
        text += f"table {target} engine = SummingMergeTree order by {key};\nview {name}_mv to {name} as\n{query};\n"
    return text + f"backfill view {', '.join(f'{name}_mv' for name in views)}\n  {clauses};\n"


def split(clauses):
    return f"split on timestamp at '{SPLIT}' {clauses}"


def checked(history, cost, of):
    history.same(GOT, QUERY.format(table=of))
    return cost


def report(title, costs, first=None):
    """Medians, and each way's ratio to the first one."""
    middle = {name: {what: statistics.median(getattr(cost, what) for cost in list_)
                     for what in ("seconds", "load_seconds", "statement_mib", "peak_mib")}
              for name, list_ in costs.items()}
    base = middle[first or next(iter(costs))]
    rows = []
    for name, list_ in costs.items():
        seconds = [cost.seconds for cost in list_]
        m = middle[name]
        rows.append((name, f"{m['seconds']:.2f}", f"{min(seconds):.2f} to {max(seconds):.2f}",
                     f"{m['load_seconds']:.2f}", f"{m['statement_mib']:.0f}", f"{m['peak_mib']:.0f}",
                     f"{m['seconds'] / base['seconds']:.3f}", f"{m['peak_mib'] / base['peak_mib']:.3f}"))
    table(f"{title}; {len(next(iter(costs.values())))} rounds", (
        "", "median s", "all", "of it loads", "MiB a statement", "MiB at once", "time ×", "memory ×"), rows)


def bench_null(bench):
    """direct, Null, Null with low_memory."""
    history = History(bench)

    def way(name, clauses):
        return lambda: checked(history, apply(history, name, migration("by_time", clauses)), "by_time")

    costs = in_turn({
        "direct": way("direct", f"using direct unsafe {split('')}"),
        "null_engine": way("null", f"using null_engine {split('')}"),
        "null_engine, low_memory": way("low", f"using null_engine {split('settings low_memory')}"),
    }, bench.rounds)
    report(f"one view over {history.rows:,} rows, one chunk, bfc apply", costs)


def ten_views():
    """Ten ways to look at the same rows."""
    views = {}
    for number, (key, kind) in enumerate([
            ("toStartOfHour(timestamp)", "DateTime('UTC')"), ("toStartOfMinute(timestamp)", "DateTime('UTC')"),
            ("toDate(timestamp)", "Date"), ("toString(country_code)", "String"), ("project", "String"),
            ("concat(toString(country_code), ' ', toString(toHour(timestamp)))", "String"),
            ("intDiv(bytes, 100)", "UInt32"), ("toStartOfFiveMinutes(timestamp)", "DateTime('UTC')"),
            ("substring(project, 1, 10)", "String"), ("cityHash64(project) % 1000", "UInt64")]):
        name = f"view_{number}"
        views[name] = (f"{name} (key {kind}, rows UInt64, total UInt64)", "key",
                       f"SELECT {key} AS key, count() AS rows, sum(bytes) AS total FROM history.by_time GROUP BY key")
    return views


def bench_views(bench):
    """Ten views in one Null pass, and ten INSERT … SELECT."""
    history, views = History(bench), ten_views()

    def check(cost):
        for name, (_, _, query) in views.items():
            history.same(f"SELECT key, sum(rows) AS rows, sum(total) AS total FROM bench.{name} GROUP BY key", query)
        return cost

    create = [f"CREATE TABLE bench.{target} ENGINE = SummingMergeTree ORDER BY key" for target, _, _ in views.values()]
    inserts = [f"INSERT INTO bench.{name} (key, rows, total) {query}" for name, (_, _, query) in views.items()]
    costs = in_turn({
        "ten INSERT … SELECT by hand": lambda: check(by_hand(history, inserts, create)),
        "null_engine": lambda: check(apply(history, "ten", migration("by_time", f"using null_engine {split('')}", views))),
        "null_engine, low_memory": lambda: check(apply(
            history, "ten_low", migration("by_time", f"using null_engine {split('settings low_memory')}", views))),
    }, bench.rounds)
    report(f"ten views over {history.rows:,} rows", costs)


def bench_workers(bench):
    history = History(bench)

    def way(workers):
        clauses = f"using duplicate {split(f'chunk by timestamp every 1 hour workers {workers} settings max_threads = 1')}"
        return lambda: checked(history, apply(history, f"workers_{workers}", migration("by_time", clauses)), "by_time")

    costs = in_turn({f"{n} worker{'s' if n > 1 else ''}": way(n) for n in (1, 2)}, bench.rounds)
    report(f"one view over {history.rows:,} rows in hours, a thread a worker", costs)


def bench_hand(bench):
    """The same statements by bfc and by hand."""
    history = History(bench)
    path = os.path.join(bench.folder, "same.bf")
    with open(path, "w") as out:
        out.write(migration("by_time", f"using duplicate {split('chunk by timestamp every 6 hours')}"))
    contest = Contest(bench, path, {}, [("DROP DATABASE IF EXISTS bench SYNC", {}), ("CREATE DATABASE bench", {})],
                      f"SELECT count(), sum(cityHash64(*)) FROM ({GOT})")
    history.same(GOT, QUERY.format(table="by_time"))
    folder = os.path.join(bench.folder, "hand-view")
    os.makedirs(folder, exist_ok=True)
    seconds = contest.run([byhand.Session(contest.recorder, folder)], bench.rounds)
    report_contest(f"a view over {history.rows:,} rows, {len(contest.recorder.statements)} statements, one worker", seconds,
                   contest.peak)


# A server remembers how large a statement's hash table became, and makes it so at once the next time: a second
# round took 0.9 of the time and 0.75 of the memory of the first one. Nobody fills a target twice.
FIRST_TIME = "collect_hash_table_stats_during_aggregation = 0"


def bench_beat(bench):
    """Hours, all cores: less time and less memory than the one statement that a person would write."""
    history = History(bench)
    query = QUERY.format(table="a_day")

    def way(name, publish):
        clauses = f"chunk by timestamp every 1 hour workers auto {publish} settings {FIRST_TIME}"
        return lambda: checked(history, apply(history, name, migration("a_day", f"using duplicate {split(clauses)}")), "a_day")

    def bare():
        """What is left when all that makes it safe is left out: no duplicates, no checks, no moves, no journal."""
        hours = [f"WHERE timestamp >= toDateTime('{BEGIN}', 'UTC') + {hour * 3600} "
                 f"AND timestamp < toDateTime('{BEGIN}', 'UTC') + {(hour + 1) * 3600} GROUP BY" for hour in range(24)]
        inserts = [DIRECT.format(query=f"{query.replace('GROUP BY', hour)} SETTINGS {FIRST_TIME}, max_threads = 1")
                   for hour in hours]
        return checked(history, by_hand(history, inserts, [CREATE_TARGET], at_once=os.cpu_count()), "a_day")

    costs = in_turn({
        "one INSERT … SELECT by hand": lambda: checked(history, by_hand(
            history, [DIRECT.format(query=f"{query} SETTINGS {FIRST_TIME}")], [CREATE_TARGET]), "a_day"),
        "24 bare ones, an hour each, as many at once as cores": bare,
        "bfc, by hour, workers auto": way("beat", ""),
        "the same, publish at end": way("beat_end", "publish at end"),
    }, bench.rounds)
    report(f"one view over {history.count('a_day'):,} rows ordered by time", costs)
    print("  goal: at most 0.6 of the time and 0.1 of the memory")


def bench_pause(bench):
    """How long ingest is paused, at few rows and at many."""
    history = History(bench)
    pauses = {}

    def way(of):
        def run():
            clauses = "using pause_and_attach with duplicate\n  pause ingest by command 'true' resume by command 'true'"
            path = os.path.join(bench.folder, f"pause_{of}.bf")
            with open(path, "w") as out:
                out.write(migration(of, clauses))
            history.clear()
            done = subprocess.run([bench.bfc, "apply", path, "--yes", "--format", "json"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, env=history.server.environment(), check=True)
            history.same(GOT, QUERY.format(table=of))
            return json.loads(done.stdout)["pause_ms"]
        return run

    pauses = in_turn({f"{history.count(of):,} rows": way(of) for of in ("few", "by_time")}, bench.rounds)
    base = statistics.median(next(iter(pauses.values())))
    table(f"how long pause_and_attach pauses ingest, two partitions; {bench.rounds} rounds",
          ("", "median ms", "all", "more than the first, ms"),
          [(name, f"{statistics.median(values):.0f}", f"{min(values):.0f} to {max(values):.0f}",
            f"{statistics.median(values) - base:.0f}") for name, values in pauses.items()])
    print("  half a second of it is the wait between two looks for new parts, which prove that ingest is quiet")
