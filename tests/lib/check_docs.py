"""Runs and compiles what the documents show (README.md, CONTRIBUTING.md, grammar/README.md, examples/*/README.md).

What is checked hangs on a fenced block's first line:

  ```bf                 a whole file: `bfc check` must find nothing wrong with it (hazards may be)
  ```bf error=CODE      a whole file with that error
  ```bf warning=CODE    a whole file with that hazard, and no other error or warning
  ```bf file=PATH       an excerpt of PATH, ``…`` alone on a line where something is left out
  ```sql file=PATH      the same
  ```sh run             is run in the top directory, and must end with 0; a demonstration has few rows then and
                        a folder of its own, so that the tests leave build/demo alone
  ```sh                 is not run; the commands, options and make targets in it must be there
  ```text               neither

`make WORD` and `bfc COMMAND --OPTION` in backticks in the text are looked up too, and so are the
examples' plans: every examples/*/plan.sql must be what its .bf compiles to; so are the libraries: each has a row in the
reference and an example in its comment. Links to files must not dangle.
"""
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

BFC = os.environ.get("BFC", os.path.abspath("build/bfc"))
FENCE = re.compile(r"^```(.*?)\n(.*?)^```$", re.M | re.S)
INLINE = re.compile(r"`((?:make|bfc) [^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
DEMO = ("build/demo", "build/docs-demo")
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1", DEMO_DIR=DEMO[1], DEMO_ROWS="20000",
                   PATH=os.path.dirname(BFC) + os.pathsep + os.environ["PATH"])
BLOCK_SECONDS_MAX = 120


def run(words, **more):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=ENVIRONMENT, timeout=BLOCK_SECONDS_MAX, **more)


def compiled(text, wanted_error, wanted_hazard=None):
    """What is wrong with a whole .bf file, or None."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "snippet.bf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = run([BFC, "check", path])
    if wanted_hazard:
        told = set(re.findall(r"(?:error|warning|note)\[(BF\d+)\]", done.stdout))
        if told != {wanted_hazard}:
            return f"should have {wanted_hazard} alone:\n{done.stdout}"
    elif wanted_error:
        if done.returncode != 1 or f"error[{wanted_error}]" not in done.stdout:
            return f"exit {done.returncode}, no error[{wanted_error}]:\n{done.stdout}"
    elif done.returncode != 0:
        return f"exit {done.returncode}:\n{done.stdout}"
    return None


def excerpt(text, path):
    """Every run of lines between the `…` has to stand in the file, in this order."""
    try:
        with open(path, encoding="utf-8") as file:
            whole = [line.rstrip() for line in file]
    except OSError as error:
        return str(error)
    begin = 0
    for part in re.split(r"^\s*(?:-- )?…\s*$", text, flags=re.M):
        lines = [line.rstrip() for line in part.strip("\n").split("\n")]
        if lines == [""]:
            continue
        for at in range(begin, len(whole) - len(lines) + 1):
            if whole[at:at + len(lines)] == lines:
                begin = at + len(lines)
                break
        else:
            return f"these lines are not (or not in this order) in {path}:\n" + "\n".join(lines)
    return None


HELP = {}


def help_of(command):
    if command not in HELP:
        done = run([BFC, command, "--help"] if command else [BFC, "--help"])
        HELP[command] = done.stdout if done.returncode == 0 else None
    return HELP[command]


def bfc_words(words):
    """A bfc command line: is there such a command, and does it take these options?"""
    options = [word.split("=")[0] for word in words if re.match(r"--?[A-Za-z]", word)]
    command = next((word for word in words if not word.startswith("-")), "")
    if command.isupper():
        command = ""
    text = help_of(command)
    if text is None:
        return f"there is no 'bfc {command}'"
    for option in options:
        if not re.search(re.escape(option) + r"(?![\w-])", text):
            return f"'bfc {command}' takes no {option}"
    return None


def make_words(words):
    for word in words:
        if re.fullmatch(r"[a-z][a-z-]*", word):
            # -q says 2 for an unknown target, 0 or 1 for a known one; nothing is run.
            done = run(["make", "-q", "--no-print-directory", word])
            if "No rule to make target" in done.stdout and f"'{word}'" in done.stdout:
                return f"there is no 'make {word}'"
    return None


def command_line(line):
    """One line of shell: looked up, not run."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return None
    while words and (re.match(r"\w+=", words[0]) or words[0] in ("$", "sudo", "timeout", "-s", "KILL", "1")):
        words = words[1:]
    if not words:
        return None
    end = next((i for i, word in enumerate(words) if word in ("|", "&", "&&", ";", ">", "<")), len(words))
    name, words = words[0], words[1:end]
    if os.path.basename(name) == "bfc":
        return bfc_words(words)
    if name == "make":
        return make_words(words)
    if "/" in name and not name.startswith(("/", "~")) and not os.path.exists(name) and "build/" not in name:
        return f"there is no '{name}'"
    return None


def shell_lines(text):
    return re.sub(r"\\\n\s*", " ", text).split("\n")


def check_block(info, text):
    words = info.split()
    kind, marks = (words[0] if words else ""), dict(word.partition("=")[::2] for word in words[1:])
    if "file" in marks:
        return excerpt(text, marks["file"])
    if kind == "bf":
        return compiled(text, marks.get("error"), marks.get("warning"))
    if kind == "sh" and "run" in marks:
        done = run(["bash", "-eu", "-o", "pipefail", "-c", text.replace(*DEMO)])
        return None if done.returncode == 0 else f"exit {done.returncode}:\n{done.stdout[-3000:]}"
    if kind == "sh":
        return next(filter(None, map(command_line, shell_lines(text))), None)
    if kind in ("text", "sql", "c", "mermaid"):
        return None
    return f"a block of an unknown kind: '{info}'"


def checks_of(path):
    """(line, what is wrong or None) of each thing in a document that can be checked."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield line, check_block(match.group(1).strip(), match.group(2))
    plain = FENCE.sub(lambda match: "\n" * match.group(0).count("\n"), text)
    for match in INLINE.finditer(plain):
        yield plain.count("\n", 0, match.start()) + 1, command_line(match.group(1))
    for match in LINK.finditer(plain):
        target = match.group(1)
        if "://" not in target and not target.startswith("mailto:"):
            there = os.path.exists(os.path.join(os.path.dirname(path), target))
            yield plain.count("\n", 0, match.start()) + 1, None if there else f"a link to '{target}', which is not there"


def plans():
    for plan in sorted(glob.glob("examples/*/plan.sql")):
        source = os.path.join(os.path.dirname(plan), os.path.basename(os.path.dirname(plan)) + ".bf")
        done = run([BFC, "compile", "--check", plan, source])
        yield plan, None if done.returncode == 0 else f"is not what {source} compiles to:\n{done.stdout[-2000:]}"


def library_rows():
    """std.NAME and what its row of the language reference says that it takes."""
    with open("grammar/README.md", encoding="utf-8") as file:
        return dict(re.findall(r"^\| `(std\.[\w.]+)` \| (.*?) \|", file.read(), re.M))


# Said once, below the table.
TAKEN_BY_ALL = {"format", "structure"}


def libraries():
    """Each library has a row in the reference, which names what it takes, and shows a use of itself that compiles."""
    rows = library_rows()
    for path in sorted(glob.glob("stdlib/**/*.bf", recursive=True)):
        name = "std." + os.path.relpath(path, "stdlib")[:-3].replace("/", ".")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        taken = set(re.findall(r"^(?:param|secret) (\w+)", text, re.M)) - TAKEN_BY_ALL
        if name not in rows:
            yield path, f"grammar/README.md has no row for {name}"
            continue
        named = set(re.findall(r"`(\w+)`", rows.pop(name)))
        yield path, None if named == taken else f"takes {sorted(taken)}; grammar/README.md says {sorted(named)}"
        example = "".join(line[7:] for line in text.splitlines(True) if line.startswith("--     "))
        if taken and name not in example:
            yield path, "its comment shows no use of it"
        else:
            yield path, compiled(example.replace(", …", ""), None) if taken else None
    for name in rows:
        yield "grammar/README.md", f"there is no {name}"


def hazards():
    """stdlib/hazards.md has a section for each hazard, and none for another."""
    with open("compiler/diagnostics_hazard.def", encoding="utf-8") as file:
        known = {f"{code} {name}" for code, name in re.findall(r'^DIAG\((BF\d+), "([\w-]+)"', file.read(), re.M)}
    with open("stdlib/hazards.md", encoding="utf-8") as file:
        shown = set(re.findall(r"^### (BF\d+ [\w-]+)$", file.read(), re.M))
    for name in sorted(known | shown):
        yield "stdlib/hazards.md", None if name in known and name in shown else f"{name} is not in both it and the .def"


COMMANDS = ("check", "fmt", "compile", "plan", "apply", "status", "abort", "inspect", "explain", "engine")
# argp's own; not worth a line in a manual.
UNDOCUMENTED = {"--usage"}


def options_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - UNDOCUMENTED


def values_in(text):
    """(option, value) of what `--help` says that options take, where it is one of some words, or a form like 3=this,5=that."""
    for option, kind, said in re.findall(r"^ +(?:-\w, )?(--[a-z-]+)=(WHEN|FORMAT|WHAT) +(.*(?:\n {20,}.*)*)", text, re.M):
        said = re.sub(r" \([^)]*\)", "", " ".join(said.split()))
        words = re.findall(r"'([a-z]+)'|((?:\w+=\w+,)+\w+=\w+)", said) if kind == "WHAT" else []
        some = re.search(r"(?:[a-z]+, )*[a-z]+ or [a-z]+", said)
        words = ["".join(word) for word in words] or re.split(", | or ", some[0] if some else "")
        yield from ((option, word) for word in words if word)


def shows(text, option, value):
    """Near it: in its paragraph, its line, or the next."""
    value = re.compile(rf"(?<![\w=]){re.escape(value)}(?!\w)")
    return any(value.search(text, found.end(), found.end() + 500) for found in re.finditer(rf"{option}\b", text))


def manuals():
    """Man page and completions name the options that the commands take: all of them, and no others; and what they take."""
    taken = set().union(*(options_in(help_of(command) or "") for command in COMMANDS))
    values = sorted({value for command in COMMANDS for value in values_in(help_of(command) or "")})
    if ("--in-doubt", "3=absent,5=loaded") not in values or ("--emit", "dot") not in values:
        yield "bfc --help", f"options take {values}"
    for path in ("runtime/cli/bfc.1", *sorted(glob.glob("runtime/cli/completions/*"))):
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("\\-", "-")
        if path.endswith(".fish"):
            text = re.sub(r"^complete (.*)", lambda line: re.sub(r" -l ([a-z-]+)", r" --\1", line.group()), text, flags=re.M)
        named = options_in(text)
        wrong = [f"lacks {option}" for option in sorted(taken - named)]
        wrong += [f"names {option}, which no command takes" for option in sorted(named - taken)]
        wrong += [f"does not say that {option} takes {value}" for option, value in values if not shows(text, option, value)]
        yield path, "; ".join(wrong) or None


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    passed = failed = 0
    documents = ["README.md", "CONTRIBUTING.md", "grammar/README.md", "stdlib/hazards.md", *sorted(glob.glob("examples/*/README.md"))]
    results = [(f"{path}:{line}", wrong) for path in documents for line, wrong in checks_of(path)]
    results += [*plans(), *libraries(), *hazards(), *manuals()]
    for where, wrong in results:
        if wrong is None:
            passed += 1
        else:
            failed += 1
            print(f"{where}: {wrong}")
    if not any(where.startswith("examples/") and "plan.sql" in where for where, _ in results):
        failed += 1
        print("no examples/*/plan.sql was found")
    print(f"docs: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
