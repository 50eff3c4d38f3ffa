"""Who may include whom (CONTRIBUTING.md, "Layers").

  grammar/, compiler/   never runtime/
  runtime/*.c,h         of the compiler: graph.h and base/ alone
  runtime/cli/          both sides
  curl.h                in runtime/http_transport.c alone
No file is as long as 800 lines.
"""
import glob
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)
LINES_MAX = 800


def problems_of(path, text):
    for name in INCLUDE.findall(text):
        if path.startswith(("grammar/", "compiler/")) and name.startswith("runtime/"):
            yield f"{path}: includes '{name}': the compiler knows nothing of the runtime"
        if (path.startswith("runtime/") and not path.startswith("runtime/cli/")
                and name.startswith(("compiler/", "grammar/"))
                and name != "compiler/graph.h" and not name.startswith("compiler/base/")):
            yield f"{path}: includes '{name}': the runtime sees compiler/graph.h and compiler/base/ alone"
        if name.startswith("curl/") and path != "runtime/http_transport.c":
            yield f"{path}: includes '{name}': only runtime/http_transport.c does"
    if text.count("\n") >= LINES_MAX:
        yield f"{path}: {text.count(chr(10))} lines; a file has one subject and fewer than {LINES_MAX}"


def main():
    paths = sorted(
        path
        for top in ("grammar", "compiler", "runtime")
        for kind in ("c", "h", "l", "y", "def")
        for path in glob.glob(f"{top}/**/*.{kind}", recursive=True)
    )
    failed = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            problems = list(problems_of(path, file.read()))
        failed += bool(problems)
        for problem in problems:
            print(problem)
    print(f"layers: {len(paths) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
