"""Runs the suites named on the command line and closes with one line over all of them.

Each suite is `make check-NAME`; it prints what fails and a last line `NAME: N passed, N failed`.
A suite that ends badly without such a line counts as one failure.
"""
import re
import subprocess
import sys
import time

CLOSING = re.compile(r"^[\w-]+: (\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")


def run_suite(name):
    began = time.monotonic()
    print(f"== {name}", flush=True)
    child = subprocess.Popen(
        ["make", "--no-print-directory", f"check-{name}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )
    counts = [0, 0, 0]
    for line in child.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        match = CLOSING.match(line.rstrip("\n"))
        if match:
            counts = [a + int(b or 0) for a, b in zip(counts, match.groups())]
    code = child.wait()
    if code != 0 and counts[1] == 0:
        print(f"{name} ended with exit code {code}")
        counts[1] = 1
    print(f"   {time.monotonic() - began:.1f} s", flush=True)
    return counts


def main():
    total = [0, 0, 0]
    failed = []
    for name in sys.argv[1:]:
        counts = run_suite(name)
        total = [a + b for a, b in zip(total, counts)]
        if counts[1]:
            failed.append(name)
    if failed:
        print("failed: " + ", ".join(failed))
    skipped = f", {total[2]} skipped" if total[2] else ""
    print(f"{total[0]} passed, {total[1]} failed{skipped}")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
