"""Runs bfc the way a person does, and keeps what came of it."""
import os
import signal
import subprocess
import threading

from engine import BFC, HERE

STDLIB = os.path.abspath(os.path.join(HERE, "../../stdlib"))

EXIT_DONE, EXIT_INPUT, EXIT_USAGE, EXIT_STOPPED, EXIT_GATE, EXIT_LOCKED, EXIT_CHECK = 0, 1, 2, 3, 4, 5, 6
EXIT_INTERRUPTED = 130


class Run:
    """A bfc under way. Its output is read all along, so that it never waits for us."""

    def __init__(self, words, cwd, env, wrapper=None):
        self.words = words
        self.child = subprocess.Popen((wrapper or [BFC]) + words, cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        self.parts = {"out": [], "err": []}
        self.readers = [threading.Thread(target=self.read, args=(name, stream), daemon=True)
                        for name, stream in (("out", self.child.stdout), ("err", self.child.stderr))]
        for reader in self.readers:
            reader.start()

    def read(self, name, stream):
        for line in stream:
            self.parts[name].append(line)

    def kill(self):
        self.child.send_signal(signal.SIGKILL)

    def interrupt(self):
        self.child.send_signal(signal.SIGINT)

    def wait(self, timeout=120):
        try:
            self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            self.child.wait()
            raise AssertionError(f"bfc {' '.join(self.words)}: no end after {timeout} s\n{self.text}") from None
        for reader in self.readers:
            reader.join(10)
        return self

    @property
    def code(self):
        return self.child.returncode

    @property
    def out(self):
        return "".join(self.parts["out"])

    @property
    def err(self):
        return "".join(self.parts["err"])

    @property
    def text(self):
        return self.out + self.err


class Bfc:
    """Remembers the target, the user and where the files are."""

    def __init__(self, cwd, url=None, user="bfc", password="right", env=None, wrapper=None):
        self.cwd, self.url = cwd, url
        self.wrapper = wrapper  # what is executed instead: a program with its arguments, bfc among them
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("CLICKHOUSE_", "BFC_TARGET"))}
        self.env.update(BFC_STDLIB=STDLIB, CLICKHOUSE_USER=user, CLICKHOUSE_PASSWORD=password, NO_COLOR="1", **(env or {}))

    def start(self, *words):
        words = list(words)
        if self.url and words[0] in ("plan", "apply", "status", "abort") and "--target" not in words:
            words += ["--target", self.url]
        return Run(words, self.cwd, self.env, self.wrapper)

    def run(self, *words, timeout=120):
        return self.start(*words).wait(timeout)
