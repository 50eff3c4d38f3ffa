"""A ClickHouse engine of the tests' own: can be killed with -9 and started again on its directory and port.

Hosted by `bfc engine-host`, with a configuration written here, so that a test can give it further users or preload
a library. `bfc engine` and `embedded:` have tests of their own.
"""
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BFC_BUILD") or os.path.abspath(os.path.join(HERE, "../../build"))
BFC = os.environ.get("BFC") or os.path.join(BUILD, "bfc")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "bfc")


def engine_version():
    with open(os.path.join(HERE, "../../runtime/engine_config.h"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("#define ENGINE_VERSION"):
                return line.split('"')[1]
    raise RuntimeError("no ENGINE_VERSION in runtime/engine_config.h")


def library():
    return os.environ.get("BFC_LIBCHDB") or os.path.join(CACHE, f"engine-{engine_version()}", "libchdb.so")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class ServerError(Exception):
    """What ClickHouse answered when it did not answer 200."""


class Client:
    """SQL over HTTP. `host` is 127.0.0.1: nothing here reaches out."""

    def __init__(self, port, user, password):
        self.port, self.user, self.password = port, user, password

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def sql(self, query, body=None, timeout=120, **settings):
        """The reply's text. With `body`, the query goes into the URL and the body is its data."""
        settings.setdefault("wait_end_of_query", "1")
        settings.setdefault("async_insert", "0")
        if body is not None:
            settings["query"] = query
        data = (query if body is None else body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("POST", "/?" + urllib.parse.urlencode(settings), data, {
                "X-ClickHouse-User": self.user, "X-ClickHouse-Key": self.password})
            reply = connection.getresponse()
            text = reply.read().decode(errors="replace")
        finally:
            connection.close()
        if reply.status != 200:
            raise ServerError(f"{text.strip()}\n  for: {query[:2000]}")
        return text

    def rows(self, query, **settings):
        """Rows of strings."""
        return json.loads(self.sql(query, default_format="JSONCompactStrings", **settings))["data"]

    def one(self, query, **settings):
        """The first column of the one row, as a string."""
        (row,) = self.rows(query, **settings)
        return row[0]

    def script(self, text, **settings):
        """Statements, each ended by a `;` at a line's end."""
        for statement in text.split(";\n"):
            if statement.strip():
                self.sql(statement, **settings)


class Engine(Client):
    def __init__(self, directory, port=0, users=None, preload=None, env=None, merge_tree="", profile=""):
        super().__init__(port or free_port(), "bfc", "right")
        self.directory = os.path.abspath(directory)
        self.users = users or {}  # name: (password, [grants]) or (password, [grants], profile)
        self.preload, self.env, self.merge_tree, self.profile = preload, env or {}, merge_tree, profile
        self.child = None
        os.makedirs(self.directory, exist_ok=True)

    def write_configuration(self):
        users = {"bfc": (self.password, None), **self.users}
        text = (f"<clickhouse><profiles><default>{self.profile}</default><readonly1><readonly>1</readonly></readonly1>"
                "<readonly2><readonly>2</readonly></readonly2>"
                "<small><max_memory_usage>60000000</max_memory_usage></small>"
                "<few><max_concurrent_queries_for_user>4</max_concurrent_queries_for_user></few></profiles><quotas><default/></quotas><users>"
                "<default><password></password><networks><ip>127.0.0.1</ip></networks>"
                "<profile>default</profile><quota>default</quota><grants>"
                "<query>GRANT SYSTEM LISTEN ON *.*</query>"
                "<query>GRANT SELECT ON system.numbers</query></grants></default>")
        for name, (password, grants, *profile) in users.items():
            sha = hashlib.sha256(password.encode()).hexdigest()
            rights = "<access_management>1</access_management>"
            if grants is not None:
                rights = "<grants>" + "".join(f"<query>{g}</query>" for g in grants) + "</grants>"
            text += (f"<{name}><password_sha256_hex>{sha}</password_sha256_hex><networks><ip>127.0.0.1</ip>"
                     f"</networks><profile>{(profile or ['default'])[0]}</profile><quota>default</quota>{rights}</{name}>")
        self.write("users.xml", text + "</users></clickhouse>\n")
        self.write("engine.xml", (
            f"<clickhouse><http_port>{self.port}</http_port><listen_host>127.0.0.1</listen_host>"
            f"<path>{self.directory}/</path><tmp_path>{self.directory}/tmp/</tmp_path>"
            f"<user_directories><users_xml><path>{self.directory}/users.xml</path></users_xml></user_directories>"
            "<query_log><database>system</database><table>query_log</table>"
            "<flush_interval_milliseconds>1000</flush_interval_milliseconds></query_log>"
            f"<merge_tree><old_parts_lifetime>480</old_parts_lifetime>{self.merge_tree}</merge_tree>"
            "<background_schedule_pool_size>16</background_schedule_pool_size>"
            f"<logger><level>information</level><log>{self.directory}/engine.log</log></logger></clickhouse>\n"))

        # As runtime/engine_config.c does, and for the same reason.
        os.makedirs(os.path.join(self.directory, "metadata"), exist_ok=True)
        if not os.path.exists(os.path.join(self.directory, "metadata/system.sql")):
            self.write("metadata/system.sql",
                       "ATTACH DATABASE _ UUID '5b6c0f1e-62fc-4000-8000-626663736c67'\nENGINE = Atomic\n")

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        self.write_configuration()
        helper = os.path.join(BUILD, "engine-host")
        program = helper if os.path.exists(helper) else BFC
        env = dict(os.environ, **self.env)
        if self.preload:
            env["LD_PRELOAD"] = self.preload
        with open(os.path.join(self.directory, "engine.out"), "ab") as out:
            self.child = subprocess.Popen(
                [program, "engine-host", library(), self.directory, str(os.getpid())],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, process_group=0)
        end = time.monotonic() + 60
        while not self.answers():
            if self.child.poll() is not None:
                raise RuntimeError(f"the engine ended when it started: {self.last_words()}")
            if time.monotonic() > end:
                raise RuntimeError(f"the engine does not answer: {self.last_words()}")
            time.sleep(0.01)
        return self

    def answers(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("GET", "/ping")
            good = connection.getresponse().status == 200
            connection.close()
            return good
        except OSError:
            return False

    def last_words(self):
        text = ""
        for name in ("engine.out", "engine.log"):
            try:
                with open(os.path.join(self.directory, name), encoding="utf-8", errors="replace") as file:
                    text += file.read()[-1500:]
            except FileNotFoundError:
                pass
        return text

    def kill(self):
        if self.child:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait()

    def wait_until_dead(self, timeout=30):
        self.child.wait(timeout)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
