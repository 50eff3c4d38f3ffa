"""A program on a terminal of its own: what it writes, and what a person would see of it."""
import fcntl
import os
import pty
import select
import struct
import termios
import time


class Terminal:
    def __init__(self, words, cwd, env, columns=80):
        self.columns, self.out = columns, b""
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            size = struct.pack("HHHH", 24, columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.chdir(cwd)
            os.execve(words[0], words, dict(env, TERM="xterm"))

    def read(self, seconds=0.1):
        """False when nothing came, None at the end."""
        if not select.select([self.end], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.end, 65536)
        except OSError:
            return None
        self.out += data
        return True if data else None

    def until(self, text, times=1, seconds=60):
        limit = time.monotonic() + seconds
        while self.out.count(text.encode()) < times:
            if self.read() is None or time.monotonic() > limit:
                raise AssertionError(f"no '{text}' on the terminal\n{self.screen()}")

    def type(self, text):
        os.write(self.end, text.encode())

    def wait(self, seconds=60):
        """The exit code."""
        limit = time.monotonic() + seconds
        while self.read() is not None:
            if time.monotonic() > limit:
                raise AssertionError(f"no end\n{self.screen()}")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def screen(self):
        """The lines that stand there, scrolled away or not: colors, up, and erase to the end are understood."""
        lines, row, column = [[]], 0, 0
        text = self.out.decode(errors="replace")
        at = 0
        while at < len(text):
            c = text[at]
            at += 1
            if c == "\x1b" and text[at:at + 1] == "[":
                begin = at + 1
                while not text[at].isalpha():
                    at += 1
                if text[at] == "A":
                    row = max(0, row - int(text[begin:at] or 1))
                elif text[at] == "J":
                    del lines[row + 1:]
                    del lines[row][column:]
                at += 1
            elif c == "\r":
                column = 0
            else:
                if c == "\n" or column == self.columns:
                    row, column = row + 1, column if c == "\n" else 0
                    if row == len(lines):
                        lines.append([])
                if c != "\n":
                    lines[row] += " " * (column + 1 - len(lines[row]))
                    lines[row][column] = c
                    column += 1
        return "\n".join("".join(line).rstrip() for line in lines)
