"""Runs cmocka binaries and counts their tests (TAP output)."""
import os
import re
import subprocess
import sys

OK = re.compile(r"^ok \d+ - ")
NOT_OK = re.compile(r"^not ok \d+ - (.*)$")


def run_binary(path):
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    try:
        done = subprocess.run([path], env=env, capture_output=True, text=True,
                              errors="replace", timeout=300)
    except subprocess.TimeoutExpired:
        return 0, 1, f"{path}: no end after 300 s\n"
    lines = done.stdout.splitlines()
    passed = sum(1 for line in lines if OK.match(line))
    failed = sum(1 for line in lines if NOT_OK.match(line))
    text = ""
    if done.returncode != 0 or failed:
        text = f"--- {os.path.basename(path)}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
        failed = failed or 1
    return passed, failed, text


def main():
    passed = failed = 0
    for path in sys.argv[1:]:
        good, bad, text = run_binary(path)
        passed += good
        failed += bad
        sys.stdout.write(text)
    print(f"unit: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
