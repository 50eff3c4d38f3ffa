"""A proxy between bfc and the engine that counts requests and breaks what it is told to break.

Each request is read whole, handed to `decide(index, request)`, and then dealt with as that answers:

  pass          forwarded, answered
  cut-before    the client's connection is closed, nothing is forwarded
  cut-sent      forwarded; the client's connection is closed while the statement runs
  cut-answer    forwarded; the answer is awaited and thrown away, the connection closed
  call-before   `call()` and then as cut-before (kill bfc, kill the engine, …)
  call-sent     forwarded, then `call()`, then as cut-answer
  call-answered forwarded, answered, then `call()`
  truncate-head forwarded; the answer ends within its headers, the connection closed
  truncate-body forwarded; the answer ends within its body (without one: before its headers' end)
  late          forwarded; the answer comes a little after it was made
  too-late      forwarded; the answer comes when bfc has stopped waiting for it
  twice         forwarded; the answer comes two times
  stale         forwarded; what comes is the answer to the request before, on the same connection
  repeat        forwarded two times, at the same moment; what comes is the answer to one of them
  500, 503      not forwarded; answered so, with a body that is not ClickHouse's
  500-empty …   the same without a body
  500-after …   forwarded; the answer is awaited and thrown away, and that is answered in its place
"""
import re
import socket
import threading
import time


# bfc waits so long for what it asks itself (ASK_TIMEOUT_MS in runtime/exec_internal.h), and for a plan's steps as long as it takes.
ASK_SECONDS = 60
LATE_SECONDS = {"late": 0.4, "too-late": ASK_SECONDS + 1}
REASONS = {"500": "Internal Server Error", "503": "Service Unavailable"}


class Closed(Exception):
    pass


def gateway(code, empty):
    """What a gateway answers in the server's place."""
    body = b"" if empty else f"<html><body>{code} {REASONS[code]}</body></html>\n".encode()
    return (f"HTTP/1.1 {code} {REASONS[code]}\r\nServer: gateway\r\nContent-Type: text/html\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def half(answer, of_head):
    """The beginning of an answer that never ends."""
    end = answer.index(b"\r\n\r\n") + 4
    if of_head:
        return answer[:end // 2]
    return answer[:(end + len(answer)) // 2 if len(answer) > end else end - 2]


class Stream:
    """Buffered reading from a socket."""

    def __init__(self, sock):
        self.sock, self.data = sock, b""
        self.last_answer = b""

    def more(self):
        chunk = self.sock.recv(65536)
        if not chunk:
            raise Closed
        self.data += chunk

    def until(self, mark):
        while mark not in self.data:
            self.more()
        end = self.data.index(mark) + len(mark)
        taken, self.data = self.data[:end], self.data[end:]
        return taken

    def exactly(self, count):
        while len(self.data) < count:
            self.more()
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def chunked(self):
        body = b""
        while True:
            line = self.until(b"\r\n")
            size = int(line.split(b";")[0], 16)
            body += line + self.exactly(size + 2)
            if size == 0:
                return body


# bfc-TAG-PLAN-STEP-cCHUNK-aATTEMPT-ROW, or bfc-TAG-journal-EPOCH-SEQ.
QUERY_ID = re.compile(r"query_id=bfc-[0-9a-f]{8}-(?:[0-9a-f]{8}-)?([^& ]*)")
HEADER = re.compile(rb"^([A-Za-z-]+):[ \t]*(.*?)\r$", re.M)


def headers_of(head):
    return {name.lower(): value for name, value in HEADER.findall(head)}


def read_body(stream, headers):
    if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
        return stream.chunked()
    return stream.exactly(int(headers.get(b"content-length", b"0")))


class Request:
    def __init__(self, head, body):
        self.head, self.body = head, body

    @property
    def text(self):
        return (self.head + self.body).decode(errors="replace")

    def names(self, database):
        """Names of the tables of this database that the statement has, those in parameters too."""
        found = re.findall(rf"\b{database}\.(?:\{{(\w+):Identifier\}}|(\w+))", self.text)
        return [name or self.parameter(parameter) for parameter, name in found]

    def parameter(self, name):
        return re.search(rf'name="param_{name}"\r\n\r\n(.*?)\r\n--', self.text, re.S)[1]

    @property
    def key(self):
        """The same for the same statement in every run: its step and chunk without the attempt, or how it begins."""
        made = QUERY_ID.search(self.head.decode(errors="replace"))
        if made:
            return re.sub(r"\bt_[a-z]+_\d+\b", "db", re.sub(r"-a\d+\b", "", made[1]))
        text = self.body.decode(errors="replace")
        return re.sub(r"[0-9a-f]{6,}|\d+", "#", " ".join(text.split("\r\n\r\n", 1)[-1][:60].split()))


class Proxy:
    """`ended` is told each request when its answer has been dealt with, or there will be none."""

    def __init__(self, port_to, decide=None, call=None, ended=None):
        self.port_to = port_to
        self.decide = decide or (lambda index, request: "pass")
        self.call = call or (lambda: None)
        self.ended = ended or (lambda request: None)
        self.count = 0
        self.seen = []  # what each request was about, for messages
        self.mutex = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = Stream(client)
        try:
            while self.one(client, stream):
                pass
        except (Closed, OSError, ValueError):
            pass
        finally:
            client.close()

    def one(self, client, stream):
        head = stream.until(b"\r\n\r\n")
        headers = headers_of(head)
        if headers.get(b"expect", b"").lower() == b"100-continue":
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = re.sub(rb"(?i)\r\nexpect:[^\r]*", b"", head)
        request = Request(head, read_body(stream, headers))
        with self.mutex:
            index = self.count
            self.count += 1
            self.seen.append(request.text)
        what = self.decide(index, request)
        try:
            return self.forward(client, stream, request, what)
        finally:
            self.ended(request)

    def forward(self, client, stream, request, what):
        """Whether the connection goes on."""
        if what == "cut-before":
            return False
        if what == "call-before":
            self.call()
            return False
        code, _, rest = what.partition("-")
        if code in REASONS and rest != "after":
            client.sendall(gateway(code, rest == "empty"))
            return True
        if what == "repeat":
            again = socket.create_connection(("127.0.0.1", self.port_to))
            again.sendall(request.head + request.body)
            self.drain_later(again)
        server = socket.create_connection(("127.0.0.1", self.port_to))
        try:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.sendall(request.head + request.body)
            if what == "cut-sent":
                time.sleep(0.003)
                self.drain_later(server)
                server = None
                return False
            if what == "call-sent":
                time.sleep(0.003)
                self.call()
            answer = self.answer(server)
            if what in ("cut-answer", "call-sent"):
                return False
            if rest == "after":
                answer = gateway(code, True)
            return self.deliver(client, stream, answer, what)
        finally:
            if server:
                server.close()

    def deliver(self, client, stream, answer, what):
        if what.startswith("truncate-"):
            client.sendall(half(answer, what == "truncate-head"))
            return False
        if what == "stale" and stream.last_answer:
            client.sendall(stream.last_answer)
            return False
        time.sleep(LATE_SECONDS.get(what, 0))
        client.sendall(answer * 2 if what == "twice" else answer)
        stream.last_answer = answer
        if what == "call-answered":
            self.call()
        return True

    @staticmethod
    def answer(server):
        stream = Stream(server)
        head = stream.until(b"\r\n\r\n")
        headers = headers_of(head)
        if b"content-length" in headers or b"transfer-encoding" in headers:
            return head + read_body(stream, headers)
        try:
            while True:
                stream.more()
        except Closed:
            return head + stream.data

    def drain_later(self, server):
        """The server must not notice that nobody waits: a dead client's INSERT runs to its end."""
        def drain():
            try:
                self.answer(server)
            except (Closed, OSError):
                pass
            server.close()
        threading.Thread(target=drain, daemon=True).start()

    def close(self):
        # shutdown() wakes the thread that waits in accept(); close() alone does not.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
