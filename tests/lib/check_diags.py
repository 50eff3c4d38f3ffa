"""What diagnostics must hold, in every form and over every golden case.

  - `check --format sarif` is what tests/lib/sarif.schema.json describes, and says the same as `--format json`
  - every hazard has a golden case that has it and one, NAME_without, that does not; every other code is in some case
  - no form shows a secret, whatever else is wrong on its line
  - colours are for terminals alone: neither with NO_COLOR nor with TERM=dumb
  - -W steers what it names, the last one wins, and a slip gets a suggestion
"""
import glob
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
from urllib.parse import quote

import jsonschema

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BFC = os.environ.get("BFC", os.path.join(TOP, "build/bfc"))
GOLDEN = os.path.join(TOP, "tests/golden")
# A plan's, a command's and an internal error's; and what a statement's parser finds before the query's does.
ELSEWHERE = re.compile(r"BF9\d\d|BF001|BF002|BF061|BF063")


def run(words, folder=GOLDEN, env=None):
    done = subprocess.run([BFC, "check"] + words, cwd=folder, capture_output=True, timeout=60,
                          env=dict(os.environ, **(env or {"NO_COLOR": "1"})))
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def check_sarif(path, validator):
    """The document is valid, and its results are those of the JSON form."""
    text = run(["--format", "sarif", path])[1]
    document = json.loads(text)
    for error in validator.iter_errors(document):
        return f"{path}: {'/'.join(map(str, error.path))}: {error.message}"
    if run(["--format", "sarif", path])[1] != text:
        return f"{path}: two runs differ"
    results = document["runs"][0]["results"]
    plain = json.loads(run(["--format", "json", path])[1])
    rules = [rule["id"] for rule in document["runs"][0]["tool"]["driver"]["rules"]]
    if rules != sorted({result["ruleId"] for result in results}):
        return f"{path}: rules and results differ: {rules}"
    if len(results) != len(plain):
        return f"{path}: {len(results)} results, {len(plain)} in JSON"
    for result, diag in zip(results, plain):
        message = diag["text"] + (f"\nhint: {diag['hint']}" if diag["hint"] else "")
        if (result["ruleId"], result["level"], result["message"]["text"]) != (
                diag["code"], diag["severity"], message):
            return f"{path}: {result} is not {diag}"
        places = [p["physicalLocation"] for key in ("locations", "relatedLocations") for p in result.get(key, [])]
        wanted = [place for place in [diag] + diag["notes"] if place["file"]]
        for place, want in zip(places, wanted, strict=True):
            numbers = tuple(want[key] for key in ("line", "column", "end_line", "end_column"))
            if tuple(place["region"].values()) != numbers:
                return f"{path}: {place} is not {want}"
    return ""


def check_paths():
    """Relative to where bfc runs, with what is no letter in a path escaped."""
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        os.mkdir(os.path.join(folder, "a b"))
        name = "a b/ü%.bf"
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write("database;\n")
        for path, where, want in ((name, folder, quote(name)), (f"./{name}", folder, quote(name)),
                                  (os.path.join(folder, name), folder, quote(name)),
                                  (f"../{name}", os.path.join(folder, "a b"), "../" + quote(name)),
                                  (os.path.join(folder, name), GOLDEN, "file://" + quote(os.path.join(folder, name)))):
            results = json.loads(run(["--format", "sarif", path], where)[1])["runs"][0]["results"]
            uri = results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            if uri != want:
                failures.append(f"'{path}' in '{where}' is '{uri}', not '{want}'")
    return failures


def check_cases():
    """Every code is in a golden file, and every hazard's other case is clean of it."""
    listed = subprocess.run([BFC, "explain"], capture_output=True, timeout=60, check=True).stdout.decode()
    codes = dict(re.findall(r"^(BF\d+)  +\w+ +([\w-]+)", listed, re.M))
    said, failures = "", []
    for path in glob.glob(os.path.join(GOLDEN, "**/*"), recursive=True):
        if os.path.isfile(path) and not path.endswith(".bf"):
            with open(path, encoding="utf-8", errors="replace") as file:
                said += file.read()
    for code, name in codes.items():
        if f"[{code}]" not in said and not ELSEWHERE.match(code):
            failures.append(f"no golden case has {code}")
        if not code.startswith("BF2"):
            continue
        for suffix, wanted in (("", True), ("_without", False)):
            path = os.path.join(GOLDEN, "hazard", name.replace("-", "_") + suffix + ".out")
            if not os.path.exists(path):
                failures.append(f"{os.path.relpath(path, TOP)} is missing")
            elif (f"[{code}]" in open(path, encoding="utf-8").read()) != wanted:
                failures.append(f"{os.path.relpath(path, TOP)} {'lacks' if wanted else 'has'} {code}")
    return failures


# Each is wrong on the line of a secret; HUSH must not be seen.
LEAKS = (
    "source s from s3('https://b/x', 'AKIAHUSH', 'HUSHHUSH', 'Parquet') WHERE;",
    "source s from s3('https://b/x', 'AKIAHUSH', 'HUSHHUSH' 'Parquet') 1;",
    "source s from s3('https://b/x' 'AKIAHUSH', 'HUSHHUSH') 1;",
    "source s from s3('https://b/x, 'AKIAHUSH', 'HUSHHUSH');",
    "source s from s3(\u2018https://b/x\u2019, 'AKIAHUSH', 'HUSHHUSH');",
    "source s from s3('https://b/x', 'AKIAHUSH', 'HUSHHUSH'",
    "sorce s from s3('https://b/x', 'AKIAHUSH', 'HUSHHUSH');",
    "source s from url('https://me:HUSHHUSH@example.com/a') 'https://me:HUSHHUSH@example.com/a';",
    "source s from postgresql('h', 'd', 't', 'u', 'HUSHHUSH'), 'HUSHHUSH';",
    "source s from postgresql('h', 'd', 't', 'u', 'HUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSH') "
    "'HUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSH';",
    "source s from mysql(named, password = 'HUSHHUSH' user = 'me') 1;",
    "source s from url('https://e/a', 'CSV', 'a Int8', headers('Authorization'='Bearer HUSHHUSH' 'b'='c')) 1;",
    "table t (a UInt8) engine = MySQL('h', 'd', 't', 'u', 'HUSHHUSH') order order by a;",
    "table t (a UInt8) engine = Kafka settings kafka_sasl_password = 'HUSHHUSH' ttl;",
    "source s as SELECT now() AS a, FROM s3('https://b/x', 'AKIAHUSH', 'HUSHHUSH') WHERE GROUP BY 1;",
    "view v to nowhere as SELECT lower(a) FROM nowhere JOIN mysql('h', 'd', 't', 'u', 'HUSHHUSH') AS m USING (a);",
)


def check_leaks():
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        for text in LEAKS:
            path = os.path.join(folder, "leak.bf")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text + "\n")
            for form in ("text", "json", "sarif"):
                code, out, err = run(["--format", form, path])
                if code != 1:
                    failures.append(f"nothing is wrong with {text}")
                if "HUSH" in out + err:
                    failures.append(f"{form} shows a secret of {text}\n{out}{err}")
    return failures


def on_terminal(words, env):
    """What a command writes to a terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(GOLDEN)
        os.execve(BFC, [BFC, "check"] + words, env)
    out = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            piece = b""
        if not piece:
            break
        out += piece
    os.waitpid(child, 0)
    os.close(terminal)
    return out


def check_colors():
    path = "hazard/unnamed_column.bf"
    plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    failures = []
    for words, env, wanted in (
            ([], {"TERM": "xterm"}, True), ([], {"TERM": "xterm", "NO_COLOR": "1"}, False),
            ([], {"TERM": "xterm", "NO_COLOR": ""}, True), ([], {"TERM": "dumb"}, False), ([], {}, False),
            (["--color", "never"], {"TERM": "xterm"}, False),
            (["--color", "always"], {"TERM": "dumb", "NO_COLOR": "1"}, True)):
        out = on_terminal(words + [path], dict(plain, **env))
        if b"BF208" not in out or (b"\033[" in out) != wanted:
            failures.append(f"on a terminal with {words} {env}: colours are {'missing' if wanted else 'there'}: {out!r}")
    if "\033[" in run([path], env={"TERM": "xterm"})[2]:
        failures.append("colours without a terminal")
    if "\033[" not in run(["--color", "always", path], env={"TERM": "dumb"})[2]:
        failures.append("no colours with --color always")
    return failures


def check_steering():
    """Words for -W over six warnings and a note: exit code, last line."""
    path, note = "hazard/aggregate_type.bf", "hazard/alias_hides_column.bf"
    failures = []
    for words, file, code, said in (
            (["-W", "no-aggregate-type"], path, 0, ""), (["-W", "no-BF201"], path, 0, ""),
            (["-W", "no-aggregate-type", "-W", "aggregate-type"], path, 0, "6 warnings"),
            (["-W", "aggregate-type", "-W", "no-aggregate-type"], path, 0, ""),
            (["-W", "error"], path, 1, "6 errors"), (["-W", "error=aggregate-type"], path, 1, "6 errors"),
            (["-W", "error", "-W", "no-aggregate-type"], path, 0, ""),
            (["-W", "error=join-in-view"], path, 0, "6 warnings"), (["-W", "error"], note, 0, "| ^"),
            (["-W", "no-alias-hides-column"], note, 0, ""),
            (["-W", "error=alias-hides-column"], note, 1, "1 error"),
            (["-W", "no-agregate-type"], path, 2, "did you mean 'no-aggregate-type'?"),
            (["-W", "error=agregate-type"], path, 2, "did you mean 'error=aggregate-type'?"),
            (["-W", "whatever"], path, 2, "`bfc explain` lists the names"),
            (["-W", "unknown-table"], path, 2, "'unknown-table' is an error, which -W does not steer")):
        got, out, err = run(words + [file])
        if got != code or out or (said not in err if said else err):
            failures.append(f"{words} {file}: exit code {got}, {err[-300:]!r}; expected {code}, {said!r}")
    return failures


def main():
    with open(os.path.join(TOP, "tests/lib/sarif.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    cases = sorted(os.path.relpath(path, GOLDEN) for path in glob.glob(os.path.join(GOLDEN, "**/*.bf"), recursive=True))
    parts = [[found] if found else [] for found in (check_sarif(path, validator) for path in cases)]
    parts += [check_paths(), check_cases(), check_leaks(), check_colors(), check_steering()]
    for part in parts:
        for line in part:
            print(line)
    failed = sum(map(bool, parts))
    print(f"diags: {len(parts) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
