"""The model of ClickHouse that the unit tests play against: it answers as an engine does.

`fake_play` prints what runs send, and what the fake server answers; here an engine gets the same, in the same order.
"""
import json
import os
import re
import subprocess
import threading
import time

from engine import BUILD, ServerError

# What the model makes up: numbers of its own for parts, boots and times.
MADE_UP = {"seal_bytes", "seal_uuids", "seal_block", "already_part", "comment", "age", "age_ms", "elapsed_ms", "pins",
           "pinned", "user", "query", "blocks", "source_blocks", "target_blocks", "frozen_t", "names"}
# Of these a later statement has the value as a parameter: the engine gets its own.
TOLD_AGAIN = ("source_blocks", "target_blocks")
# 'facts' of the journal: which columns of its row mean what journal_read.c says.
FACTS = {"kind", "step", "chunk", "attempt"}


def code_of(error):
    found = re.search(r"Code: (\d+)\.", str(error))
    assert found, f"no code in {error}"
    return int(found.group(1))


class Player:
    def __init__(self, engine):
        self.engine, self.parts, self.begun, self.known = engine, [], [], {}

    def anew(self):
        for name in ("bfc", "bfc_unit"):
            self.engine.sql(f"DROP DATABASE IF EXISTS {name} SYNC")

    def settings(self, event):
        params = dict(event["params"])
        # A part's name is the server's own: the same place in its last list.
        if "already_part" in params and self.parts:
            params["already_part"] = self.parts.pop(0)
        settings = {f"param_{name}": value for name, value in params.items()}
        for name in TOLD_AGAIN:
            if name in params:
                settings[f"param_{name}"] = self.known.get((name, params[name]), params[name])
        if event["id"]:
            settings["query_id"] = event["id"]
        return settings

    def ask(self, event):
        """(code, columns, rows)"""
        settings = self.settings(event)
        try:
            text = self.engine.sql(event["sql"], body=event["body"] or None, default_format="JSONCompactStrings",
                                   materialized_views_ignore_errors="0", **settings)
        except ServerError as error:
            return code_of(error), [], []
        if not text.startswith("{"):
            return 0, [], []
        reply = json.loads(text)
        columns = [column["name"] for column in reply["meta"]]
        if columns == ["already_part"]:
            self.parts = [row[0] for row in reply["data"]]
        for i, name in enumerate(columns):
            if name in TOLD_AGAIN and event["rows"]:
                self.known[name, event["rows"][0][event["columns"].index(name)]] = reply["data"][0][i]
        return 0, columns, reply["data"]

    def begin(self, event):
        thread = threading.Thread(target=self.ask, args=(event,))
        thread.start()
        self.begun.append(thread)
        end = time.monotonic() + 10
        while time.monotonic() < end and self.engine.one(
                f"SELECT count() FROM system.processes WHERE query_id = '{event['id']}'") == "0":
            time.sleep(0.01)


def shown(columns, rows):
    """Rows as they are compared: without what the model makes up, in any order."""
    out = []
    for row in rows:
        named = dict(zip(columns, row))
        if named.get("kind") == "facts":
            named = {name: value for name, value in named.items() if name in FACTS}
        if "boot" in named:
            named["boot"] = bool(named["boot"])
        out.append(sorted((k, v) for k, v in named.items() if k not in MADE_UP))
    return sorted(out)


def difference(event, answer):
    """What differs, or nothing. An answer without rows has no columns to speak of."""
    code, columns, rows = answer
    model, real = shown(event["columns"], event["rows"]), shown(columns, rows)
    if (code, real) == (event["code"], model):
        return ""
    return (f"{event['id']} {event['sql'][:200]}\n  {json.dumps(event['params'])}\n"
            f"  the engine: code {code}, {real}\n  the model:  code {event['code']}, {model}\n")


def case_model_answers_like_the_engine(world):
    text = subprocess.run([os.path.join(BUILD, "tests/e2e/fake_play")], capture_output=True, text=True,
                          check=True, timeout=60).stdout
    player, compared, differences = Player(world.engine), 0, []
    player.anew()
    for line in text.splitlines():
        event = json.loads(line)
        if "anew" in event:
            player.anew()
        elif "restart" in event:
            world.engine.kill()
            world.engine.start()
        elif "setup" in event:
            world.engine.sql(event["setup"])
        elif "begins" in event:
            player.begin(event)
        else:
            answer = player.ask(event)
            # A statement is in the list of processes for a moment after its answer: seen with MOVE.
            while answer[0] == 216 and event["code"] != 216:
                answer = player.ask(event)
            differences.append(difference(event, answer))
            compared += 1
    for thread in player.begun:
        thread.join(30)
    player.anew()
    differences = [text for text in differences if text]
    assert not differences, f"{len(differences)} of {compared} answers differ:\n" + "".join(differences[:10])
    assert compared > 1000, f"only {compared} statements were compared"


def case_model_insert_keeps_its_views(world):
    """What fake_pause.c says: an INSERT fires the views that there were when it began; one that is dropped waits for it."""
    engine = world.engine
    slow = ("INSERT INTO slow.t SELECT number FROM numbers(20) WHERE sleepEachRow(0.1) = 0 SETTINGS max_block_size = 1, "
            "min_insert_block_size_rows = 1, max_insert_block_size = 1, max_threads = 1")
    view = "CREATE MATERIALIZED VIEW slow.v TO slow.u AS SELECT n FROM slow.t"
    engine.sql("CREATE DATABASE slow")
    for table in ("t", "u"):
        engine.sql(f"CREATE TABLE slow.{table} (n UInt64) ENGINE = MergeTree ORDER BY n")
    for made_before in (False, True):
        engine.sql("DROP VIEW IF EXISTS slow.v SYNC")
        if made_before:
            engine.sql(view)
        thread = threading.Thread(target=engine.sql, args=(slow,))
        thread.start()
        time.sleep(0.7)
        engine.sql("DROP VIEW slow.v SYNC" if made_before else view)
        running = engine.one("SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO slow.t%'")
        counted = engine.one("SELECT count() FROM slow.u")
        thread.join(30)
        if made_before:
            assert running == "0", "the view was dropped, and an INSERT that feeds it goes on"
        after = engine.one("SELECT count() FROM slow.u")
        assert after == ("20" if made_before else "0"), f"made before: {made_before}; {counted}, then {after} rows"
    engine.sql("DROP DATABASE slow SYNC")
