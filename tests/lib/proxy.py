"""A proxy between bfc and the engine that counts requests and breaks what it is told to break.

Each request is read whole, handed to `decide(index, request)`, and then dealt with as that answers:

  pass          forwarded, answered
  cut-before    the client's connection is closed, nothing is forwarded
  cut-sent      forwarded; the client's connection is closed while the statement runs
  cut-answer    forwarded; the answer is awaited and thrown away, the connection closed
  call-before   `call()` and then as cut-before (kill bfc, kill the engine, …)
  call-sent     forwarded, then `call()`, then as cut-answer
  call-answered forwarded, answered, then `call()`
"""
import re
import socket
import threading
import time


class Closed(Exception):
    pass


class Stream:
    """Buffered reading from a socket."""

    def __init__(self, sock):
        self.sock, self.data = sock, b""

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


class Proxy:
    def __init__(self, port_to, decide=None, call=None):
        self.port_to = port_to
        self.decide = decide or (lambda index, request: "pass")
        self.call = call or (lambda: None)
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
        if what == "cut-before":
            return False
        if what == "call-before":
            self.call()
            return False
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
            client.sendall(answer)
            if what == "call-answered":
                self.call()
            return True
        finally:
            if server:
                server.close()

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
