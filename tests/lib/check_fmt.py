"""What `bfc fmt` must hold, over every .bf file of the repository and every one that grammar/README.md shows.

A file that can be read is laid out so that
  - its bytes stay, but for blanks between tokens, the case of keywords and empty statements,
  - its layout's layout is itself,
  - `bfc check` says the same of it, but for the places,
  - it compiles to the same statements.
A file with errors stays: fmt says so and ends with 1. How files are rewritten is looked at too.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
BFC = os.environ.get("BFC", os.path.join(TOP, "build/bfc"))
BLANKS = re.compile(rb"[ \t\n\r\f\v]+")
WORD = re.compile(rb"[A-Za-z_]+")
FENCE = re.compile(rb"^```bf( error=\w+)?\n(.*?)^```$", re.M | re.S)
CODE = re.compile(rb"\[(BF\d+)\]")


def run(folder, words, text):
    return subprocess.run([BFC] + words, cwd=folder, input=text, capture_output=True, timeout=120,
                          env=dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1"))


def keywords():
    with open(os.path.join(TOP, "grammar/keywords.def"), "rb") as file:
        return set(re.findall(rb'"(\w+)"', file.read()))


def without_blanks(text):
    return BLANKS.sub(b"", text)


def changed_words(before, after):
    """The words whose case differs; the texts are as long as each other and equal but for case."""
    for match in WORD.finditer(before):
        if after[match.start():match.end()] != match.group():
            yield match.group(), after[match.start():match.end()]


def statements(folder, text):
    """What a text compiles to, without the places in it and what hangs on them; None: errors."""
    done = run(folder, ["compile", "--emit", "json", "-"], text)
    if done.returncode:
        return None

    def strip(value):
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k not in ("file", "line", "hash", "checksum", "tag", "warnings")}
        return [strip(v) for v in value] if isinstance(value, list) else value

    plan = json.loads(done.stdout)
    return json.dumps(strip(plan)).replace(plan["tag"], "TAG")


def diagnoses(folder, text):
    done = run(folder, ["check", "-"], text)
    return sorted(CODE.findall(done.stderr)), done.returncode


def same_case_otherwise(before, after, words):
    """before and after with all blanks: walks them side by side, blanks aside."""
    if before.count(b";") != after.count(b";"):
        # Empty statements are gone, and with them the places to compare.
        before, after = before.replace(b";", b""), after.replace(b";", b"")
    if without_blanks(before).lower() != without_blanks(after).lower():
        return "bytes that are no blanks changed"
    places = [i for i in range(len(after)) if after[i:i + 1] not in b" \t\n\r\f\v"]
    at = 0
    for match in re.finditer(rb"[^ \t\n\r\f\v]+", before):
        chunk = b"".join(after[i:i + 1] for i in places[at:at + len(match.group())])
        at += len(match.group())
        for old, new in changed_words(match.group(), chunk):
            if new not in words:
                return f"'{old.decode()}' became '{new.decode()}'"
    return None


def wrong_with(folder, text, words):
    done = run(folder, ["fmt", "-"], text)
    if done.returncode:
        if done.stdout or not done.stderr:
            return "refused with output, or without a reason"
        errors = diagnoses(folder, text)[0]
        return None if done.returncode == 1 and errors else f"exit code {done.returncode}: {done.stderr.decode()}"
    again = run(folder, ["fmt", "-"], done.stdout)
    if again.stdout != done.stdout:
        return "its layout is laid out differently"
    if run(folder, ["fmt", "--check", "-"], done.stdout).returncode:
        return "--check finds its layout wanting"
    wrong = same_case_otherwise(text, done.stdout, words)
    if wrong:
        return wrong
    if diagnoses(folder, text) != diagnoses(folder, done.stdout):
        return "other diagnostics"
    if statements(folder, text) != statements(folder, done.stdout):
        return "other statements"
    return None


def texts():
    for pattern in ("tests/**/*.bf", "examples/**/*.bf", "stdlib/**/*.bf"):
        for path in sorted(glob.glob(pattern, recursive=True)):
            with open(path, "rb") as file:
                yield path, os.path.dirname(path), file.read()
    with open("grammar/README.md", "rb") as file:
        page = file.read()
    for match in FENCE.finditer(page):
        yield f"grammar/README.md:{page.count(bytes([10]), 0, match.start()) + 1}", "grammar", match.group(2)


UNTIDY, TIDY = b"DATABASE x ;\nuse  std.tuning;", b"database x;\nuse std.tuning;\n"
DIFF = b"""--- %s
+++ %s
@@ -1,2 +1,2 @@
-DATABASE x ;
-use  std.tuning;
\\ No newline at end of file
+database x;
+use std.tuning;
"""


def rewriting():
    """(what, whether it is so) of what `bfc fmt` does to files."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("untidy.bf", "tidy.bf", "wrong.bf", "link.bf")]
        untidy, tidy, wrong, link = paths
        for path, text in ((untidy, UNTIDY), (tidy, TIDY), (wrong, UNTIDY + b" 'no end")):
            with open(path, "wb") as file:
                file.write(text)
        os.chmod(untidy, 0o640)
        os.symlink("untidy.bf", link)
        before = os.stat(tidy)

        def read(path):
            with open(path, "rb") as file:
                return file.read()

        checked = run(folder, ["fmt", "--check", untidy, tidy], b"")
        yield "--check lists what would change", checked.stdout == os.fsencode(untidy) + b"\n"
        yield "--check ends with 1", checked.returncode == 1
        shown = run(folder, ["fmt", "--diff", untidy, tidy], b"")
        name = os.fsencode(untidy)
        yield "--diff shows what would change", shown.stdout == DIFF % (name, name) and shown.returncode == 1
        yield "neither of them writes", read(untidy) == UNTIDY
        done = run(folder, ["fmt", wrong, link, tidy], b"")
        yield "an error ends with 1 and is shown", done.returncode == 1 and b"error[BF005]" in done.stderr
        yield "a file with errors stays", read(wrong) == UNTIDY + b" 'no end"
        yield "the other files are laid out", read(untidy) == TIDY
        yield "a link stays one", os.path.islink(link)
        yield "the mode stays", os.stat(untidy).st_mode & 0o7777 == 0o640
        yield "a tidy file is not written", os.stat(tidy).st_ino == before.st_ino
        yield "nothing else is left", len(os.listdir(folder)) == len(paths)
        again = run(folder, ["fmt", "--check", "--diff", untidy, tidy], b"")
        yield "a second time there is nothing to do", (again.returncode, again.stdout, again.stderr) == (0, b"", b"")
        yield "a missing file is an error", run(folder, ["fmt", "none.bf"], b"").returncode == 1
        yield "no file is wrong use", run(folder, ["fmt"], b"").returncode == 2


def examples(cases):
    """What people copy is laid out."""
    for name, folder, text in cases:
        if not name.startswith("tests/") and not diagnoses(folder, text)[1]:
            yield f"{name} is laid out", run(folder, ["fmt", "--check", "-"], text).returncode == 0


def main():
    os.chdir(TOP)
    words = keywords()
    cases = list(texts())
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for (name, _, _), wrong in zip(cases, pool.map(lambda case: wrong_with(*case[1:], words), cases)):
            if wrong:
                failed += 1
                print(f"{name}: {wrong}")
    facts = [*rewriting(), *examples(cases)]
    for what, so in facts:
        if not so:
            failed += 1
            print(f"not so: {what}")
    print(f"fmt: {len(cases) + len(facts) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
