"""The server's view of tests/unit/query_cases.def: what it takes, and that rewriting keeps the rows.

The oracle for a rewritten query is the query as written, with the same condition given by
`additional_table_filters`, which knows nothing of aliases and clauses.
"""
import os
import re

from engine import ServerError

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../unit/query_cases.def")
STRING = r'"((?:[^"\\]|\\.)*)"'

# Refused by bfc on purpose, or only in a migration.
OURS = re.compile(r"FORMAT|INTO OUTFILE|^INSERT|^EXPLAIN|'file\.csv'|;$")
# Server settings decide whether it takes a map in braces.
SERVERS = re.compile(r"\{'k'")
# The condition also reaches other readings of the table, which a rewrite must not touch.
OTHER_READINGS = re.compile(r"\bt\b.*(JOIN|IN \(|SELECT k FROM|FROM) ?\(?(SELECT [a-z.]+ FROM )?t\b")

COLUMNS = ", ".join(f"{name} UInt64" for name in (
    "a b c d e f g h i j k l m o p q r s z day date source view chunk order final format").split())


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m.group(1), m.group(1)), text)


def read_cases():
    with open(CASES, encoding="utf-8") as file:
        text = file.read()
    accepted = [tuple(map(unescape, match)) for match in re.findall(
        r"CASE\(" + r",\s*".join([STRING] * 5) + r"\)\n", text)]
    refused = [unescape(match[0]) for match in re.findall(
        r"REFUSED\(" + STRING + r",\s*" + STRING + r"\)", text)]
    assert len(accepted) > 120 and len(refused) > 30
    return accepted, refused


def parses(world, query):
    try:
        world.engine.sql("SELECT formatQuery({q:String})", param_q=query.replace("\\", "\\\\"))
        return True
    except ServerError:
        return False


def case_sql_syntax_agrees(world):
    accepted, refused = read_cases()
    for query, _, _, _, rewritten in accepted:
        if not SERVERS.search(query):
            assert parses(world, query), query
            assert parses(world, rewritten), rewritten
    for query in refused:
        assert OURS.search(query) or not parses(world, query), query


def rows(world, query, **settings):
    try:
        text = world.engine.sql(query, database="db", **settings)
        return sorted(text.splitlines()), None
    except ServerError as error:
        return None, str(error)


def case_sql_rewritten_reads_the_same_rows(world):
    engine = world.engine
    engine.sql("CREATE DATABASE db")
    for table in "t u v w copy pypi".split():
        engine.sql(f"CREATE TABLE db.{table} (n UInt64, {COLUMNS}, arr Array(UInt64), "
                   "brr Array(UInt64), x UInt64, y UInt64, ts UInt64, project String, "
                   "timestamp DateTime('UTC')) "
                   "ENGINE = ReplacingMergeTree ORDER BY (k, x) SAMPLE BY x")
        engine.sql(f"INSERT INTO db.{table} (n, a, b, c, k, x, z, arr, brr, project, timestamp) "
                   "SELECT number % 4, number, number % 3, number % 2, number, number % 5, "
                   "number % 2, [number, 1], [2, number], toString(number % 3), "
                   "toDateTime('2024-01-01', 'UTC') + number * 1000 FROM numbers(24)")
    compared = 0
    for query, trigger, _, _, rewritten in read_cases()[0]:
        name = trigger.split(".")[-1].strip("`")
        if trigger == "-" or OTHER_READINGS.search(query):
            continue
        wanted, _ = rows(world, query, additional_table_filters=f"{{'db.{name}': 'n > 1'}}")
        if wanted is None:
            continue  # it names what these tables do not have
        got, error = rows(world, rewritten, param_d="copy")
        assert got == wanted, f"{query}\n{rewritten}\n{error or got}\n{wanted}"
        compared += 1
    engine.sql("DROP DATABASE db")
    assert compared >= 60, compared
