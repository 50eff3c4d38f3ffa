"""Every header compiles alone: check_headers.py COMPILER FLAGS… -- HEADER…"""
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor


def main():
    split = sys.argv.index("--")
    compiler, headers = sys.argv[1:split], sys.argv[split + 1:]

    def compile_alone(header):
        done = subprocess.run(
            compiler + ["-fsyntax-only", "-x", "c", "-"],
            input=f'#include "{header}"\nextern int not_empty;\n', capture_output=True, text=True)
        return header, done.returncode, done.stderr

    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for header, code, text in pool.map(compile_alone, headers):
            if code:
                failed += 1
                print(f"{header} does not compile alone:\n{text}")
    print(f"headers: {len(headers) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
