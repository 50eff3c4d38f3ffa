"""What every plan must hold, over every .bf file of the repository that compiles.

  - its JSON form is what compiler/plan.schema.json describes, and the schema is strict: with a member taken
    away, renamed or of another type it says no
  - plan.json compiles to the same plan.json, byte by byte
  - a broken plan.json is refused with a reason and exit code 1: never a crash, a hang or a wrong plan

The same bytes everywhere, too: whatever the locale, the time zone, the working folder and HOME are; and declarations
in another order make the same plan, but for the lines that they stand in.
"""
import copy
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import jsonschema

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BFC = os.environ.get("BFC", os.path.join(TOP, "build/bfc"))
TOKEN = re.compile(r"""--[^\n]*|\#[ !][^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|'(?:[^'\\]|\\.|'')*'
                   |"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|;|[^-\#/$'"`;]+|.""", re.X | re.S)
SHUFFLES = 4
# Statements that are done in the order in which they stand, or that what follows hangs on.
ORDERED = ("migration", "database", "backfill", "check")


def run(words, text=b"", folder=TOP, env=None):
    return subprocess.run([BFC] + words, cwd=folder, input=text, capture_output=True, timeout=60,
                          env=dict(os.environ, NO_COLOR="1", **(env or {})))


def compile_json(path, folder=TOP, env=None):
    done = run(["compile", "--emit", "json", path], folder=folder, env=env)
    return done.stdout if done.returncode == 0 else None


def plan_files():
    found = glob.glob("tests/**/*.bf", root_dir=TOP, recursive=True) + glob.glob("examples/**/*.bf", root_dir=TOP, recursive=True)
    return sorted(path for path in found if "/build/" not in path)


# --- the schema, there and back ---------------------------------------------------------------


def check_schema(path, text, validator):
    plan = json.loads(text)
    return [f"{path}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in validator.iter_errors(plan)][:3]


def check_there_and_back(path, text, folder):
    copied = os.path.join(folder, path.replace("/", "_") + ".json")
    with open(copied, "wb") as file:
        file.write(text)
    done = run(["compile", "--emit", "json", copied])
    if done.returncode != 0:
        return [f"{path}: its plan.json is refused: {done.stderr.decode()[:300]}"]
    return [] if done.stdout == text else [f"{path}: plan.json compiles to another plan.json"]


# --- broken plans -----------------------------------------------------------------------------


def members(value, path=()):
    """Paths of all members and elements."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield path + (key,)
        yield from members(inner, path + (key,))


def one_of_a_kind(plan):
    """Paths of members, each kind once: of all titles of `run` steps the first."""
    seen = set()
    for path in members(plan):
        kinds = tuple(str(parent_of(plan, path[:i + 1]).get("kind")) for i in range(len(path))
                      if isinstance(parent_of(plan, path[:i + 1]), dict))
        kind = tuple("*" if isinstance(key, int) else key for key in path), kinds
        if kind not in seen:
            seen.add(kind)
            yield path


def parent_of(plan, path):
    for key in path[:-1]:
        plan = plan[key]
    return plan


def broken_plans(plan):
    """(what was done, whether the schema says no, the text)"""
    def with_change(path, change):
        changed = copy.deepcopy(plan)
        change(parent_of(changed, path), path[-1])
        return json.dumps(changed).encode()

    def other_type(value):
        return {"an": "object"} if not isinstance(value, dict) else 5

    for path in one_of_a_kind(plan):
        where = "/".join(map(str, path))
        if isinstance(path[-1], str):
            yield f"without {where}", None, with_change(path, lambda at, key: at.pop(key))
        value = parent_of(plan, path)[path[-1]]
        yield f"{where} of another type", True, with_change(
            path, lambda at, key: at.__setitem__(key, other_type(at[key])))
        if isinstance(value, int) and not isinstance(value, bool):
            for number in (-1, 2**32, 2**63, 10**30, 1.5):
                yield f"{where} = {number}", None, with_change(path, lambda at, key: at.__setitem__(key, number))
        if isinstance(value, dict):
            yield f"{where} with an unknown member", path != ("pinned_settings",), with_change(
                path, lambda at, key: at[key].__setitem__("unheard_of", 1))
    for what, change in (
        ("another version", lambda p: p.update(version=2)),
        ("another hash", lambda p: p.update(hash="0" * 64)),
        ("another checksum", lambda p: p.update(checksum="0" * 64)),
        ("another tag", lambda p: p.update(tag="0" * 8)),
        ("an id twice", lambda p: p["steps"][1].update(id=p["steps"][0]["id"])),
        ("a dependency on itself", lambda p: p["steps"][1].update(deps=[1])),
        ("a circle", lambda p: (p["steps"][1].update(deps=[2]), p["steps"][2].update(deps=[1]))),
        ("a dependency that is not there", lambda p: p["steps"][1].update(deps=[100000])),
        ("a probe that is not there", lambda p: next(
            s for s in p["steps"] if "each" in s)["each"].update(over="unheard.of", rows=[])),
        ("another statement", lambda p: p["steps"][0].update(sql="DROP DATABASE pypi")),
        ("a statement with an unknown parameter", lambda p: p["steps"][0].update(sql="SELECT {unheard:String}")),
        ("a lone surrogate", lambda p: p.update(migration="\ud800")),
    ):
        changed = copy.deepcopy(plan)
        change(changed)
        yield what, None, json.dumps(changed).encode()


def broken_texts(text):
    yield "empty", b""
    yield "cut off", text[:len(text) // 2]
    yield "with a tail", text + b"{}"
    yield "not UTF-8", text.replace(b"ensure.server", b"ensure.\xff\xfe", 1)
    yield "binary", bytes(range(256)) * 64
    yield "deeply nested lists", b"[" * 3_000_000
    yield "deeply nested objects", b'{"steps":' * 300_000
    yield "a list", b"[]"
    yield "a number", b"1" * 1_000_000
    yield "a member twice", text.replace(b'"version": 1,', b'"version": 1, "version": 1,', 1)
    body = b'"each":{"kind":"rows","body":[{'
    yield "bodies in bodies", text.replace(b'"sql"', body * 1000 + b'"sql"', 1)


def check_refused(what, text, folder):
    path = os.path.join(folder, "broken.json")
    with open(path, "wb") as file:
        file.write(text)
    done = run(["compile", "--emit", "json", path])
    said = done.stderr.decode(errors="replace")
    if done.returncode != 1 or not re.search(r"error\[BF(90|00)", said) or len(said) > 2000:
        return [f"{what}: exit code {done.returncode}, {said[:300]!r}"]
    return []


def check_broken(text, validator):
    failures, count = [], 0
    plan = json.loads(text)
    with tempfile.TemporaryDirectory() as folder:
        for what, schema_refuses, broken in broken_plans(plan):
            count += 1
            failures += check_refused(what, broken, folder)
            if schema_refuses and validator.is_valid(json.loads(broken)):
                failures.append(f"{what}: the schema takes it")
        for what, broken in broken_texts(text):
            count += 1
            failures += check_refused(what, broken, folder)
    return count, failures


# --- the same bytes everywhere ----------------------------------------------------------------


def surroundings(path):
    """Folders and environments in which the same file is compiled."""
    yield path, TOP, {"LC_ALL": "C", "TZ": "UTC"}
    yield path, TOP, {"LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE", "TZ": "Pacific/Kiritimati"}
    yield path, TOP, {"LC_ALL": "", "LANG": "", "LC_NUMERIC": "de_DE.UTF-8", "TZ": ":nonsense"}
    yield os.path.basename(path), os.path.join(TOP, os.path.dirname(path)), {"HOME": "/nonexistent"}
    yield "../" + os.path.basename(TOP) + "/" + path, TOP, {"COLUMNS": "20", "HOME": ""}
    yield os.path.join(TOP, path), "/", {"PWD": "/nonexistent"}


def check_surroundings(path, text):
    return [f"{path}: other bytes with {env}, named {name}" for name, folder, env in surroundings(path)
            if compile_json(name, folder, env) != text]


def statements_of(text):
    """Statements with the comments before them, and what stands behind the last one."""
    parts, current = [], ""
    for match in TOKEN.finditer(text):
        current += match.group()
        if match.group() == ";":
            parts.append(current)
            current = ""
    return parts, current


def first_word(statement):
    bare = re.sub(r"--[^\n]*|#[ !][^\n]*|/\*.*?\*/", " ", statement, flags=re.S).split()
    return bare[0].lower() if bare else ""


def shuffled(text, dice):
    """Declarations in another order; what has an order keeps it. A `database` ends a run of declarations."""
    parts, rest = statements_of(text)
    out, run_of = [], []

    def flush():
        free = [part for part in run_of if first_word(part) not in ORDERED]
        fixed = [part for part in run_of if first_word(part) in ORDERED]
        dice.shuffle(free)
        for part in fixed:
            free.insert(dice.randrange(len(free) + 1), part) if not out_of_order(free, fixed, part) else free.append(part)
        out.extend(free)
        run_of.clear()

    def out_of_order(placed, fixed, part):
        return any(other in placed for other in fixed[:fixed.index(part)])

    for part in parts:
        if first_word(part) == "database":
            flush()
            out.append(part)
        else:
            run_of.append(part)
    flush()
    return "".join(part if part.startswith("\n") else "\n" + part for part in out) + rest


def without_places(text):
    """The plan without the lines of things; its hash stays."""
    def strip(value):
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k not in ("file", "line", "checksum")}
        return [strip(v) for v in value] if isinstance(value, list) else value

    plan = strip(json.loads(text))
    plan["warnings"] = sorted([w["code"], re.sub(r"^[^:]*:\d+: ", "", w["text"])] for w in plan["warnings"])
    return plan


def difference(one, other, path=""):
    if type(one) is not type(other):
        return path
    if isinstance(one, dict) and one.keys() == other.keys():
        return next((d for k in one if (d := difference(one[k], other[k], f"{path}/{k}"))), None)
    if isinstance(one, list) and len(one) == len(other):
        return next((d for i, _ in enumerate(one) if (d := difference(one[i], other[i], f"{path}/{i}"))), None)
    return None if one == other else f"{path}: {str(one)[:200]!r} and {str(other)[:200]!r}"


def check_orders(path):
    """The file beside itself, its declarations in other orders."""
    with open(os.path.join(TOP, path), encoding="utf-8", newline="") as file:
        source = file.read().removeprefix("\ufeff")
    if not re.search(r"(?im)^\s*migration\b", source):
        source = "migration orders;\n" + source
    beside = os.path.join(TOP, os.path.dirname(path), f"_orders_{os.getpid()}_{os.path.basename(path)}")
    plans = []
    try:
        for text in [source] + [shuffled(source, random.Random(seed)) for seed in range(SHUFFLES)]:
            with open(beside, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            done = run(["compile", "--emit", "json", beside])
            if done.returncode != 0:
                return [f"{path}, declarations in order {len(plans)}: {done.stderr.decode()[:400]}"]
            plans.append(without_places(done.stdout))
            if "bfc: allow" in source:  # such a comment holds for the line that it stands before
                plans[-1]["warnings"] = []
    finally:
        os.unlink(beside)
    found = (difference(plans[0], plan) for plan in plans[1:])
    return [f"{path}, declarations in another order: {differs}" for differs in found if differs][:1]


def main():
    failures, passed = [], 0
    with open(os.path.join(TOP, "compiler/plan.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    def look(path):
        text = compile_json(path)
        if text is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            return [check_schema(path, text, validator), check_there_and_back(path, text, folder),
                    check_surroundings(path, text), check_orders(path)]

    files = [path for path in plan_files() if not os.path.basename(path).startswith("_")]
    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(look, files):
            for part in found or ():
                passed += not part
                failures += part
    count, broken = check_broken(compile_json("tests/golden/plan/by_day.bf"), validator)
    passed += count - len(broken)
    failures += broken
    for line in failures:
        print(line)
    print(f"plans: {passed} passed, {len(failures)} failed")
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
