"""Combinations of clauses: each compiles or is refused, as combinations.py says, and what compiles holds together.

  - exit code, and for refusals the codes: nothing is refused as "not supported", nothing crashes
  - plan.json is what the schema describes, and compiles to itself
  - a step waits for earlier steps only; what a statement needs is a parameter of the migration, comes out of a
    probe that it waits for, or stands around it (a chunk's row, names of staged tables)
  - the script has every statement of the plan, and a value for each parameter before its first use
  - the other forms name every step; html is well-formed, and names a step's place once

`check_combinations.py --count N` looks at more, `--seed N` at others.
"""
import argparse
import html.parser
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import jsonschema

from combinations import sample

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BFC = os.environ.get("BFC", os.path.join(TOP, "build/bfc"))
ENV = dict(os.environ, NO_COLOR="1", BFC_STDLIB=os.path.join(TOP, "stdlib"))
COLUMNS = """(ts DateTime('UTC'), project LowCardinality(String), id UInt64, value Int64, day Date,
    at DateTime64(3, 'UTC'), maybe Nullable(DateTime('UTC')))"""
BEFORE = f"""migration combination;
use std.tuning;
database d;
table main {COLUMNS} engine = MergeTree partition by toYYYYMMDD(ts) order by (project, ts);
table sums (project String, n UInt64, total Int64) engine = SummingMergeTree order by project;
view sums_mv to sums as SELECT project, count() AS n, sum(value) AS total FROM main GROUP BY project;
table days (ts Date, n UInt64) engine = SummingMergeTree order by ts;
view days_mv to days as SELECT toDate(main.ts) AS ts, count() AS n FROM main GROUP BY ts;
table daily (ts Date, n UInt64) engine = SummingMergeTree order by ts;
view daily_mv to daily as SELECT ts, sum(n) AS n FROM days GROUP BY ts;
"""
QUEUE = "external table queue (x String);\n"
OLD = f"external table old {COLUMNS};\n"
SELECT = "SELECT ts, project, id, value, day, at, CAST(maybe AS Nullable(DateTime('UTC'))) AS maybe"
PATTERNS = {"files": "{000..007}", "listing": "*"}
PARAMETER = re.compile(r"\{(\w+):")


def program(one):
    if one.of_view:
        return BEFORE + QUEUE * ("detach" in one.pause) + f"backfill view sums_mv, days_mv\n  {one.text};\n"
    source = "FROM old" if one.chunk == "partition" else \
        f"FROM file('old/{PATTERNS.get(one.chunk, '{000..007}')}.parquet', 'Parquet')"
    return BEFORE + QUEUE * ("detach" in one.pause) + OLD * (one.chunk == "partition") \
        + f"source archive as {SELECT} {source};\nbackfill table main from archive\n  {one.text};\n"


def compile_to(form, path):
    return subprocess.run([BFC, "compile", "--emit", form, path], capture_output=True, timeout=60, env=ENV)


# --- the graph ----------------------------------------------------------------------------------


def all_steps(plan):
    """(step, the steps around it)"""
    def walk(steps, around):
        for step in steps:
            yield step, around
            yield from walk(step.get("each", {}).get("body", []), around + [step])
    return walk(plan["steps"], [])


def texts_of(step):
    for name in ("sql", "undo", "guard"):
        value = step.get(name)
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            for inner in value:
                yield from texts_of(inner) if isinstance(inner, dict) else [str(inner)]


def check_steps(plan):
    ids = [step["id"] for step, _ in all_steps(plan)]
    if len(ids) != len(set(ids)):
        yield "an id twice"
    known = {one["name"] for one in plan["parameters"]}
    for step, _ in all_steps(plan):
        each = step.get("each", {})
        known |= {*step.get("outputs", []), *each.get("columns", []), *(one["param"] for one in each.get("objects", []))}
    for step, _ in all_steps(plan):
        for text in texts_of(step):
            for name in PARAMETER.findall(strip_literals(text)):
                if name not in known:
                    yield f"{step['id']} needs {name}, which nothing gives"
        for word in ("title", "why"):
            if re.search(r"\{\w*:|\(null\)|  +|%[a-z]\b", step.get(word, "")):
                yield f"{step['id']}: odd {word}: {step[word]!r}"
        if step["kind"] == "run" and not step.get("repeat"):
            yield f"{step['id']} does not say why it can be repeated"


def strip_literals(sql):
    return re.sub(r"'(?:[^'\\]|\\.|'')*'", "''", sql)


# --- the forms ------------------------------------------------------------------------------------


def check_script(plan, text):
    known = set()
    for line in text.split("\n"):
        if match := re.match(r"SET param_(\w+) =", line):
            known.add(match[1])
        elif not line.startswith("--"):
            for name in PARAMETER.findall(strip_literals(line)):
                if name not in known:
                    yield f"the script uses {name} before it has a value"
                    known.add(name)
    for step, _ in all_steps(plan):
        if missing := [line for line in step.get("sql", "").split("\n") if line not in text]:
            yield f"the script does not have {missing[0]!r} of {step['id']}"


class Page(html.parser.HTMLParser):
    VOID = ("meta", "br", "hr", "link", "img", "input", "path", "rect", "line")

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.wrong, self.words = [], [], [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        found = dict(attributes)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"][1:]] if found.get("href", "").startswith("#") else []

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"html: </{tag}> closes what is not open")

    def handle_data(self, data):
        self.words.append(data)


def check_page(plan, text):
    page = Page()
    page.feed(text)
    page.close()
    yield from page.wrong[:1]
    if page.open:
        yield f"html: left open: {page.open}"
    if len(page.ids) != len(set(page.ids)):
        yield "html: an anchor twice"
    for link in page.links:
        if link not in page.ids:
            yield f"html: nothing is at #{link}"
    words = "".join(page.words)
    for step, _ in all_steps(plan):
        if step["title"] not in words:
            yield f"html does not have {step['id']}"


def check_markdown(plan, text):
    if text.count("```") % 2 and "````" not in text:
        yield "markdown: a fence is left open"
    for step, _ in all_steps(plan):
        if f"<code>{step['id']}</code>".replace("_", "\\_") not in text:
            yield f"markdown does not have {step['id']}"


# --- one combination ------------------------------------------------------------------------------


def check_valid(path, validator, folder):
    done = compile_to("json", path)
    if done.returncode:
        yield "is refused: " + done.stderr.decode()[:600]
        return
    plan = json.loads(done.stdout)
    yield from (f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
                for error in list(validator.iter_errors(plan))[:3])
    again = os.path.join(folder, "plan.json")
    with open(again, "wb") as file:
        file.write(done.stdout)
    if compile_to("json", again).stdout != done.stdout:
        yield "plan.json compiles to another plan.json"
    yield from check_steps(plan)
    forms = {}
    for form in ("sql", "markdown", "html", "dot", "mermaid"):
        made, copied = compile_to(form, path), compile_to(form, again)
        if made.returncode or not made.stdout:
            yield f"{form}: exit code {made.returncode}, {made.stderr.decode()[:300]}"
        elif made.stdout != copied.stdout:
            yield f"{form} out of plan.json differs"
        forms[form] = made.stdout.decode()
    yield from check_script(plan, forms["sql"])
    yield from check_markdown(plan, forms["markdown"])
    yield from check_page(plan, forms["html"])


def check_refused(path, codes):
    done = compile_to("json", path)
    told = set(re.findall(r"error\[(BF\d+)\]", done.stderr.decode()))
    if done.returncode != 1 or not told:
        yield f"should be refused with {sorted(codes)}: exit code {done.returncode}"
    elif told - codes:
        yield f"is refused with {sorted(told)}, of which only {sorted(codes)} are right"


def check_one(one, validator):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "combination.bf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(program(one))
        codes = one.refusals()
        found = check_refused(path, codes) if codes else check_valid(path, validator, folder)
        return [f"{one}:\n  {text}" for text in found]


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--count", type=int, default=60)
    words.add_argument("--seed", type=int, default=1)
    words = words.parse_args()
    with open(os.path.join(TOP, "compiler/plan.schema.json"), encoding="utf-8") as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    chosen = [one for of_view in (False, True) for valid in (False, True) for one in sample(
        words.count, words.seed, of_view, lambda one, valid=valid: valid == (not one.refusals()))]
    failures = passed = 0
    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(lambda one: check_one(one, validator), chosen):
            passed += not found
            failures += bool(found)
            for text in found:
                print(text)
    print(f"combinations: {passed} passed, {failures} failed")
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
