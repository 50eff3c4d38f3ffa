"""Real SQL: every view of tests/corpus/*.sql, as written and as bfc rewrites it, on one engine.

Rows go into the trigger table and through the view as written; the same rows go through bfc's copies of it: on a copy of
the trigger table, and on a Null table that has only the columns that the view needs. The targets must be equal. With a
condition joined to the copy they must equal what the view as written makes of the rows that fulfil it.

A case is a comment `-- case NAME`, perhaps with headers, and the view's SELECT:
    -- param NAME TYPE = VALUE           a query parameter of the view
    -- refused by bfc: CODE TEXT         `bfc check` says so; what follows is the reason, for the reader
    -- refused by server: TEXT           the view as written can't be made, or fails when rows come in
    -- no null table: TEXT               bfc's copy works, but a Null table can't stand for the trigger table
    -- same with condition: WHY          the condition makes no difference to the target
`run.py PATTERN` runs the cases whose SUBJECT.NAME has PATTERN in it; `--show` prints the rewritten queries.
"""
import collections
import concurrent.futures
import difflib
import glob
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../lib")]

from engine import BUILD, Engine, ServerError  # noqa: E402
import syntax  # noqa: E402

DATABASE = "corpus"
CONDITION = "@.ts < toDateTime('2024-05-02 12:00:00', 'UTC') AND @.id >= 1020"
FILTER = CONDITION.replace("@.", "")
HEADER = re.compile(r"-- (param|refused by bfc|refused by server|no null table|same with condition)[ :]\s*(.*)")
WORKERS = 2
IDLE_SECONDS_MAX = 5  # the server closes connections that wait for half a minute


def quoted(name):
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8", newline="") as file:
        return file.read()


class Case:
    def __init__(self, subject, text):
        first, _, rest = text.partition("\n")
        self.name = f"{subject}.{first.strip()}"
        self.params, self.headers = {}, {}
        while match := HEADER.match(rest):
            key, value = match.groups()
            if key == "param":
                name, kind, value = re.fullmatch(r"(\w+) (\S+) = (.*)", value).groups()
                self.params[name] = (kind, value)
            else:
                self.headers[key] = value
            rest = rest.partition("\n")[2]
        self.query = re.sub(r";\s*\Z", "", rest).rstrip() if rest.rstrip().endswith(";") else rest.rstrip()
        self.wrong = []

    def fail(self, text):
        self.wrong.append(text)

    @property
    def settings(self):
        return {f"param_{name}": value for name, (_, value) in self.params.items()}


def read_cases(pattern):
    cases = []
    for path in sorted(glob.glob(os.path.join(HERE, "*.sql"))):
        subject = os.path.basename(path)[:-4]
        if subject not in ("tables", "rows", "others"):
            cases += [Case(subject, text) for text in re.split(r"^-- case ", read(path), flags=re.M)[1:]]
    names = collections.Counter(case.name for case in cases)
    assert max(names.values()) == 1, names.most_common(1)
    return [case for case in cases if pattern in case.name]


# --- bfc ---------------------------------------------------------------------------------------


def bf_text(case):
    params = "".join(f"param {name} {kind} default '{value}';\n" for name, (kind, value) in case.params.items())
    return (f"migration corpus;\ndatabase {DATABASE};\n{params}{read('tables.sql')}\nexternal table target;\n"
            f"CREATE MATERIALIZED VIEW v TO target AS\n{case.query}\n;\n")


def ask_bfc(cases, directory):
    """Sets `case.made` to what tests/corpus/corpus_views.c says."""
    paths = []
    for number, case in enumerate(cases):
        paths.append(os.path.join(directory, f"{number}.bf"))
        with open(paths[-1], "w", encoding="utf-8", newline="") as file:
            file.write(bf_text(case))
    run = subprocess.run([os.path.join(BUILD, "tests/corpus/corpus_views"), CONDITION] + paths,
                         stdout=subprocess.PIPE, check=True)
    for number, (case, made) in enumerate(zip(cases, json.loads(run.stdout))):
        case.made, case.number = made, number
        refused, wanted = made["errors"], case.headers.get("refused by bfc")
        if bool(refused) != bool(wanted) or refused and refused[0][0] != wanted.split()[0]:
            case.fail(f"bfc check: {refused or 'no error'}, wanted {wanted or 'none'}")


# Tokens of SQL, white space and comments too: what a rewrite leaves and what it touches.
TOKEN = re.compile(r"--[^\n]*|#[! ][^\n]*|/\*.*?\*/|\s+|'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|\"(?:[^\"\\]|\\.)*\"|"
                   r"\$(\w*)\$.*?\$\1\$|\w+|.", re.S)


def tokens(text):
    return [match.group() for match in TOKEN.finditer(text)]


def check_bytes(case, kind, rewritten):
    """All that goes is names and dots; all that comes is names, dots, AS, and for a condition that, AND, WHERE, ()."""
    table = case.made["table"]
    new = {DATABASE, ".", "AS", " ", table, quoted(table), f"{table}_", f"copy_{table}", quoted(f"copy_{table}")}
    if kind == "part":
        new |= {"(", ")", "AND", "WHERE"} | set(tokens(CONDITION))
        if "(SELECT * FROM" in rewritten:
            new |= set(tokens("(SELECT * FROM x SETTINGS asterisk_include_alias_columns = 1, "
                              "asterisk_include_materialized_columns = 1)"))
    before, after = tokens(case.query), tokens(rewritten)
    while not re.match(r"\w|\(", before[0]):  # comments before the first word and
        before.pop(0)
    while re.match(r"\s|--|#|/\*", before[-1]):  # behind the last are no part of the query
        before.pop()
    new |= {quoted(token) for token in before}
    name = re.compile(r"\w+|`.*`|\".*\"|\.", re.S)
    for what, begin, end, at, to in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = (before[begin:end], after[at:to]) if what != "equal" else ([], [])
        if any(not name.fullmatch(token) for token in gone):
            case.fail(f"{kind}: {gone} is gone\n{rewritten}")
        if any(token not in new and not (name.fullmatch(token) and token in before) for token in come):
            case.fail(f"{kind}: {come} is new\n{rewritten}")


# --- the engine --------------------------------------------------------------------------------


class Server:
    """SQL over connections that are kept, one a thread. Replies are bytes: aggregate states are no text."""

    def __init__(self, engine):
        self.engine, self.local = engine, threading.local()

    def ask(self, query, **settings):
        if time.monotonic() - getattr(self.local, "used", 0) > IDLE_SECONDS_MAX:
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.engine.port, timeout=60)
        settings = {"wait_end_of_query": "1", "async_insert": "0", "database": DATABASE, "max_threads": "1",
                    "max_insert_threads": "1", "fsync_metadata": "0", **settings}
        self.local.connection.request("POST", "/?" + urllib.parse.urlencode(settings), query.encode(), {
            "X-ClickHouse-User": self.engine.user, "X-ClickHouse-Key": self.engine.password})
        reply = self.local.connection.getresponse()
        body = reply.read()
        self.local.used = time.monotonic()
        if reply.status != 200:
            raise ServerError(f"{body.decode(errors='replace').strip()}\n  for: {query[:1500]}")
        return body

    def script(self, text):
        for statement in text.split(";\n"):
            if re.search(r"^\s*[A-Z]", statement, re.M):
                self.ask(statement)


def set_up(server):
    """The tables, their rows of batch 0, and `rows_TABLE` with those of batch 1. Returns the trigger tables."""
    triggers = []
    server.ask(f"CREATE DATABASE {DATABASE}", database="default")
    server.script(read("tables.sql"))
    for part in re.split(r"^-- table ", read("rows.sql"), flags=re.M)[1:]:
        table, _, select = part.partition("\n")
        server.ask(f"INSERT INTO {quoted(table)} {select.replace('{batch}', '0')}")
        if "{batch}" in select:
            triggers.append(table)
            server.ask(f"CREATE TABLE {quoted('rows_' + table)} AS {quoted(table)}")
            server.ask(f"INSERT INTO {quoted('rows_' + table)} {select.replace('{batch}', '1')}")
            # What is stored is not what the expression gives any more.
            if table == "events":
                server.ask("ALTER TABLE rows_events MODIFY COLUMN folded String MATERIALIZED 'changed since'")
            server.ask(f"CREATE TABLE {quoted('copy_' + table)} AS {quoted(table)}")
    server.script(read("others.sql"))
    return triggers


def insertable(server, table):
    columns = server.ask("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {t:String} "
                         "AND default_kind NOT IN ('ALIAS', 'EPHEMERAL') ORDER BY position FORMAT JSONCompactColumns",
                         param_t=table)
    return ", ".join(quoted(name) for name in json.loads(columns)[0])


def insert(server, into, columns, table, where="1"):
    server.ask(f"INSERT INTO {quoted(into)} ({columns}) SELECT {columns} FROM {quoted('rows_' + table)} "
               f"WHERE {where} ORDER BY id, ts", insert_allow_materialized_columns="1")


FORMS = ("written", "copy", "part", "null")


def make_view(server, case, form):
    """The target, and the view on it. Memory is quick, and keeps rows as they come."""
    target, view = f"t{case.number}_{form}", f"v{case.number}_{form}"
    query = case.query if form == "written" else case.made[form].replace("null_v", f"null_{case.number}")
    if form == "written":
        server.ask(f"CREATE TABLE {target} ENGINE = Memory EMPTY AS {query}", **case.settings)
    else:
        server.ask(f"CREATE TABLE {target} AS t{case.number}_written")
    if form == "null":
        server.ask(f"CREATE TABLE null_{case.number} ({case.made['declare']}) ENGINE = Null")
    server.ask(f"CREATE MATERIALIZED VIEW {view} TO {target} AS {query}", **case.settings)


def guarded(case, what, function, *words):
    try:
        return function(*words)
    except ServerError as error:
        case.fail(f"{what}: {error}")
        return None


def content(server, case, form):
    return sorted(server.ask(f"SELECT * FROM t{case.number}_{form} FORMAT TSV").split(b"\n"))


def empty(server, table):
    server.ask(f"ALTER TABLE {quoted(table)} DROP PARTITION 1")


def insert_for_all(server, cases, into, table, where="1"):
    """One INSERT fires the views of all cases. One that fails is taken out, and the rest is done anew."""
    forms = ("written",) if into == table else ("copy", "part")
    columns = insertable(server, table)
    while True:
        try:
            insert(server, into, columns, table, where)
            break
        except ServerError as error:
            guilty = re.search(r"while pushing to view \S*?\.v(\d+)_(\w+)", str(error))
            if not guilty:
                raise
            number = int(guilty.group(1))
            next(case for case in cases if case.number == number).fail(f"{guilty.group(2)}: {error}")
            for form in forms:
                server.ask(f"DROP TABLE IF EXISTS v{number}_{form}")
                for case in cases:
                    if case.made["table"] == table:
                        server.ask(f"TRUNCATE TABLE IF EXISTS t{case.number}_{form}")
            empty(server, into)
    empty(server, into)


def play_refused(server, case, triggers):
    """The server says no to the view as written: when it is made, or when a row comes."""
    wanted = case.headers["refused by server"]
    try:
        make_view(server, case, "written")
        for table in triggers:
            insert(server, table, insertable(server, table), table)
        case.fail("the server takes it")
    except ServerError as error:
        if wanted not in str(error):
            case.fail(f"wanted {wanted!r}: {error}")
    server.ask(f"DROP TABLE IF EXISTS v{case.number}_written")
    for table in triggers:
        empty(server, table)


def compare(case, kind, got, wanted):
    if got == wanted:
        return
    lines = difflib.unified_diff([repr(line) for line in wanted], [repr(line) for line in got], "written", kind, n=0,
                                 lineterm="")
    case.fail(f"{kind} differs\n{case.made[kind]}\n" + "\n".join(list(lines)[:12]))


def play_null(server, case):
    names = ", ".join(quoted(name) for name in case.made["inserted"])
    insert(server, f"null_{case.number}", names, case.made["table"])


def judge(server, case, whole, part):
    """`whole` and `part` are what the view as written made of all rows, and of those that fulfil the condition."""
    if whole == [b""] or part == [b""]:
        case.fail("compared nothing")
    if (whole == part) != ("same with condition" in case.headers):
        case.fail("the condition makes " + ("no difference" if whole == part else "a difference"))
    compare(case, "copy", content(server, case, "copy"), whole)
    compare(case, "part", content(server, case, "part"), part)
    if "no null table" not in case.headers and guarded(case, "null", play_null, server, case) is None and not case.wrong:
        compare(case, "null", content(server, case, "null"), whole)


def make_views(server, case):
    for form in FORMS:
        if form == "null" and "no null table" in case.headers:
            reason = case.headers["no null table"]
            try:
                make_view(server, case, form)
                case.fail("the server takes the Null table")
            except ServerError as error:
                if reason not in str(error):
                    case.fail(f"null: wanted {reason!r}: {error}")
        else:
            make_view(server, case, form)


def play(server, cases, pool):
    triggers = set_up(server)

    for case in cases:
        if "refused by server" in case.headers:
            play_refused(server, case, triggers)
    cases = [case for case in cases if not case.headers.keys() & {"refused by server", "refused by bfc"} and not case.wrong]
    for case in cases:
        check_bytes(case, "copy", case.made["copy"])
        check_bytes(case, "part", case.made["part"])
    list(pool.map(lambda case: guarded(case, "made", make_views, server, case), cases))
    cases = [case for case in cases if not any(text.startswith("made") for text in case.wrong)]
    results = {}
    for where in ("1", FILTER):
        for table in triggers:
            insert_for_all(server, cases, table, table, where)
        results[where] = list(pool.map(lambda case: content(server, case, "written"), cases))
        if where == "1":
            list(pool.map(lambda case: server.ask(f"TRUNCATE TABLE t{case.number}_written"), cases))
    for table in triggers:
        insert_for_all(server, cases, f"copy_{table}", table)
    list(pool.map(lambda case, *both: guarded(case, "judged", judge, server, case, *both), cases, *results.values()))


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    cases = read_cases(words[0] if words else "")
    directory = tempfile.mkdtemp(prefix="bfc-corpus-")
    wrong, unplayed, syntaxes = [], False, 0
    try:
        ask_bfc(cases, directory)
        if "--show" in sys.argv:
            for case in cases:
                print(f"-- {case.name}\n{case.made.get('part', case.made['errors'])}\n-- ({case.made.get('declare')})\n")
        with Engine(os.path.join(directory, "engine")) as engine, concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            play(Server(engine), cases, pool)
            if not words:
                syntaxes, wrong = syntax.check(engine)
    except Exception:
        unplayed = True
        wrong.append(traceback.format_exc())
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    for case in cases:
        if case.wrong:
            print(f"{case.name}: FAILED\n" + "\n".join(case.wrong), flush=True)
    for text in wrong:
        print(text)
    failed = len(cases) if unplayed else sum(bool(case.wrong) for case in cases) + len(wrong)
    print(f"corpus: {len(cases) + syntaxes - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
