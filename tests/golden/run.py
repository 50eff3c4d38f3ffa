"""Golden tests: tests/golden/AREA/NAME.bf beside what it has to come to.

  NAME.out    what `bfc check NAME.bf` prints, then a last line `exit N`
  NAME.sarif  what `bfc check --format sarif NAME.bf` prints
  NAME.sql    what `bfc compile --emit sql NAME.bf` prints; .json, .dot, .mermaid, .html, .md the same
  NAME.fmt    what `bfc fmt -` makes of NAME.bf, and of itself
  NAME.args   further words for the command line, one a line

A .bf with none of these is a library for its neighbours when its name begins with `_`, else a failure: a golden
file that is missing must not pass. `run.py --update [PATTERN]` writes what comes out now (look at the diff!); it
makes NAME.out for a new case. `run.py PATTERN` runs the cases whose path has PATTERN in it.
"""
import difflib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
BFC = os.environ.get("BFC", os.path.join(HERE, "../../build/bfc"))
EMITTED = ("sql", "json", "dot", "mermaid", "md", "html")
KINDS = ("out", "sarif", "fmt") + EMITTED
# Libraries are shown by their path, which is another one on every machine.
LIBRARY = os.path.abspath(os.environ.get("BFC_STDLIB") or os.path.join(os.path.dirname(BFC), "../stdlib"))


def arguments(base):
    try:
        with open(base + ".args", encoding="utf-8") as file:
            return file.read().split("\n")[:-1]
    except FileNotFoundError:
        return []


def run(directory, words, text=b""):
    done = subprocess.run([BFC] + words, cwd=directory, capture_output=True, timeout=120,
                          input=text, env=dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1", BFC_STDLIB=LIBRARY))
    return (done.returncode, *(text.replace(os.fsencode(LIBRARY), b"STDLIB") for text in (done.stdout, done.stderr)))


def dot_errors(kind, text):
    """What Graphviz has against it, where there is one."""
    if kind != "dot" or not shutil.which("dot"):
        return b""
    done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, timeout=120)
    return done.stderr or (b"" if done.returncode == 0 else b"dot failed\n")


def actual(base, kind):
    """The bytes that the golden file must have."""
    directory, name = os.path.split(base)
    more = arguments(base)
    if kind == "out":
        code, out, err = run(directory, ["check"] + more + [name + ".bf"])
        text = out + err
        if text and not text.endswith(b"\n"):
            text += b"\n"
        return text + f"exit {code}\n".encode()
    if kind == "sarif":
        return run(directory, ["check", "--format", "sarif"] + more + [name + ".bf"])[1]
    if kind == "fmt":
        with open(base + ".bf", "rb") as file:
            code, out, err = run(directory, ["fmt", "-"], file.read())
        if code != 0:
            return b"-- bfc ended with exit code %d\n" % code + err
        again = run(directory, ["fmt", "-"], out)[1]
        return out if again == out else b"-- formatted twice it differs\n" + again
    words = ["compile", "--emit", {"md": "markdown"}.get(kind, kind)]
    code, out, err = run(directory, words + more + [name + ".bf"])
    if code != 0:
        return b"-- bfc ended with exit code %d\n" % code + err
    # The same input must give the same bytes, however often.
    again = run(directory, words + more + [name + ".bf"])[1]
    return dot_errors(kind, out) or (out if again == out else b"-- two runs differ\n")


def cases(pattern):
    for directory, _, names in sorted(os.walk(HERE)):
        for name in sorted(names):
            base = os.path.join(directory, name[:-3])
            if name.endswith(".bf") and not name.startswith("_") and pattern in base:
                kinds = [k for k in KINDS if os.path.exists(f"{base}.{k}")]
                yield base, kinds


def check(base, kind):
    path = f"{base}.{kind}"
    shown = os.path.relpath(path, os.getcwd())
    try:
        got = actual(base, kind)
    except subprocess.TimeoutExpired:
        return f"{shown}: no end after 120 s\n"
    with open(path, "rb") as file:
        want = file.read()
    if got == want:
        return ""
    lines = difflib.unified_diff(
        want.decode(errors="replace").splitlines(True), got.decode(errors="replace").splitlines(True),
        shown, "what came out")
    return "".join(lines)


def update(base, kinds):
    for kind in kinds or ["out"]:
        with open(f"{base}.{kind}", "wb") as file:
            file.write(actual(base, kind))


def main():
    words = sys.argv[1:]
    updating = "--update" in words
    pattern = next((w for w in words if not w.startswith("--")), "")
    passed = failed = 0
    found = list(cases(pattern))
    if not found:
        print(f"golden: no case has '{pattern}' in its path")
        return 1
    if updating:
        for base, kinds in found:
            update(base, kinds)
        return 0
    for base, kinds in found:
        if not kinds:
            failed += 1
            print(f"{os.path.relpath(base)}.bf has no golden file beside it")
    work = [(base, kind) for base, kinds in found for kind in kinds]
    with ThreadPoolExecutor(2) as pool:
        for text in pool.map(lambda item: check(*item), work):
            passed += not text
            failed += bool(text)
            sys.stdout.write(text)
    print(f"golden: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
