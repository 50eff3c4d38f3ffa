"""A proxy that counts round trips: how often bfc had to wait for answers before it sent a request.

All answers to what is under way come at once, when nothing more has been sent for a while: what bfc sends then is of the
next round trip, however long which answer took. From the first useful request on they come as they are made.
"""
import re
import threading
import time

from proxy import QUERY_ID, Proxy

# What carries a chunk on: its tables are made, it is loaded, its parts are moved.
USEFUL = re.compile(r"b\d+\.(chunk|publish)\.(stage|load|move)\b")
# What is sent at once has arrived by then, on a machine that is busy, too.
QUIET_SECONDS = 0.2


class Trips(Proxy):
    def __init__(self, port, decide=None, call=None, count=True):
        super().__init__(port, self.look, call)
        self.deeper = decide or (lambda index, request: "pass")
        self.counts, self.trips, self.asking, self.last = count, 0, 0, 0
        self.came = []  # (when, what, after how many round trips)
        self.changed = threading.Condition()

    def look(self, index, request):
        with self.changed:
            self.last = time.monotonic()
            self.asking += 1
            self.came.append((self.last, self.step(request), self.trips))
            if USEFUL.match(self.came[-1][1]):
                self.counts = False
        return self.deeper(index, request)

    def deliver(self, client, stream, answer, what):
        with self.changed:
            self.asking -= 1
            trip = self.trips
            while self.counts and self.trips == trip:
                if not self.asking and time.monotonic() - self.last >= QUIET_SECONDS:
                    self.trips += 1
                    self.changed.notify_all()
                else:
                    self.changed.wait(QUIET_SECONDS / 10)
        return super().deliver(client, stream, answer, what)

    @staticmethod
    def step(request):
        """Of the plan, or how the request begins."""
        made = QUERY_ID.search(request.head.decode(errors="replace"))
        text = request.body.decode(errors="replace").split("\r\n\r\n", 1)[-1]
        return made[1] if made else " ".join(text[:60].split())

    def useful(self, pattern=USEFUL):
        """(when, what, after how many round trips) of the first such request."""
        return next((came for came in self.came if pattern.match(came[1])), None)

    def told(self):
        """What was sent in which round trip, for messages."""
        return "\n".join(f"{trip + 1} {what}" for _, what, trip in self.came)
