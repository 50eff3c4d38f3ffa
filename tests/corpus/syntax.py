"""The server's view of tests/unit/query_cases.def: it takes what bfc takes, and refuses what bfc refuses."""
import os
import re

from engine import ServerError

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../unit/query_cases.def")
STRING = r'"((?:[^"\\]|\\.)*)"'

# Refused by bfc on purpose, or only in a migration.
OURS = re.compile(r"FORMAT|INTO OUTFILE|^INSERT|^EXPLAIN|'file\.csv'|;$")
# Server settings decide whether it takes a map in braces.
SERVERS = re.compile(r"\{'k'")


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m.group(1), m.group(1)), text)


def read_cases():
    """Queries that bfc takes, with their rewritten forms, and queries that it refuses."""
    with open(CASES, encoding="utf-8") as file:
        text = file.read()
    accepted = [tuple(map(unescape, match)) for match in re.findall(
        r"CASE\(" + r",\s*".join([STRING] * 5) + r"\)\n", text)]
    refused = [unescape(match[0]) for match in re.findall(
        r"REFUSED\(" + STRING + r",\s*" + STRING + r"\)", text)]
    assert len(accepted) > 120 and len(refused) > 30
    return accepted, refused


def parses(engine, query):
    try:
        engine.sql("SELECT formatQuery({q:String})", param_q=query.replace("\\", "\\\\"))
        return True
    except ServerError:
        return False


def check(engine):
    """How many queries were shown to the server, and on which of them it disagrees."""
    accepted, refused = read_cases()
    wrong = []
    for query, _, _, _, rewritten in accepted:
        if not SERVERS.search(query):
            for text in (query, rewritten):
                if not parses(engine, text):
                    wrong.append(f"the server refuses: {text}")
                    break
    wrong += [f"the server takes: {text}" for text in refused if not OURS.search(text) and parses(engine, text)]
    return len(accepted) + len(refused), wrong
