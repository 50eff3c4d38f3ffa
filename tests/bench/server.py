"""A ClickHouse engine for the benchmark, and the plain HTTP client that talks to it."""
import http.client
import os
import secrets
import socket
import subprocess
import time
import urllib.parse


class QueryFailed(Exception):
    """The server said no."""


class Server:
    """`bfc engine` on a folder of its own; ends with close()."""

    def __init__(self, bfc, folder):
        self.user, self.password = "bfc", secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        os.makedirs(folder, exist_ok=True)
        self.password_file = os.path.join(folder, "password")
        with open(os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(self.password)
        self.log = open(os.path.join(folder, "engine.log"), "w")
        self.process = subprocess.Popen(
            [bfc, "engine", "--data", os.path.join(folder, "engine"), "--port", str(self.port),
             "--password-file", self.password_file], stdout=self.log, stderr=self.log)
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + 60
        while True:
            try:
                self.query("SELECT 1")
                return
            except (OSError, http.client.HTTPException, QueryFailed):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    with open(self.log.name) as log:
                        raise SystemExit("the engine did not start:\n" + log.read()[-2000:])
                time.sleep(0.1)

    def headers(self):
        return {"X-ClickHouse-User": self.user, "X-ClickHouse-Key": self.password}

    def environment(self):
        """For child processes: as a person would set it."""
        return dict(os.environ, CLICKHOUSE_URL=self.url, CLICKHOUSE_USER=self.user,
                    CLICKHOUSE_PASSWORD=self.password)

    def query(self, sql, parameters=None, settings=None):
        """The rows of the answer, as lists of texts. Not used for anything that is timed."""
        url = "/?" + urllib.parse.urlencode(
            {"wait_end_of_query": 1, "async_insert": 0, "default_format": "TabSeparatedWithNames",
             **(settings or {}), **{f"param_{k}": escape(v) for k, v in (parameters or {}).items()}})
        # A connection each: the server closes idle ones, and this is not what is timed.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request("POST", url, sql.encode(), self.headers())
            answer = connection.getresponse()
            body = answer.read().decode()
        finally:
            connection.close()
        if answer.status != 200:
            raise QueryFailed(body[:1000] + "\nin: " + sql[:500])
        lines = body.split("\n")[:-1]
        rows = [[unescape(value) for value in line.split("\t")] for line in lines]
        return Rows(rows[0] if rows else [], rows[1:])

    def memory_peak(self, prefix):
        """The largest statement whose query id begins so, in MiB."""
        self.query("SYSTEM FLUSH LOGS query_log")
        return int(self.query(
            "SELECT intDiv(max(memory_usage), 1048576) AS m FROM system.query_log "
            f"WHERE startsWith(query_id, '{prefix}') AND type = 'QueryFinish'").rows[0][0])

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Rows:
    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows


ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
UNESCAPES = {"t": "\t", "n": "\n", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}


def escape(value):
    """Parameters travel in ClickHouse's TSV form."""
    return "".join(ESCAPES.get(c, c) for c in value)


def unescape(value):
    out, i = [], 0
    while i < len(value):
        if value[i] == "\\" and i + 1 < len(value):
            i += 1
            out.append(UNESCAPES.get(value[i], value[i]))
        else:
            out.append(value[i])
        i += 1
    return "".join(out)
