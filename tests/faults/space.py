"""A disk that is full in the middle of a MOVE: the statement fails, and the server takes back what it did.

It takes back in memory: the parts that it had brought stay in the live table, inactive, with the UUIDs of the parts
that they are links to, and their files come back to life when the server restarts before it has cleaned them up.
"""
import threading

from bfc import Bfc
from by_engine import Gate, chains, play_places
from proxy import Proxy

# The server lives and cleans up; or it is killed as soon as the statement has failed, and bfc goes on or is killed as well.
ENDINGS = ("again", "restarted", "both-restarted")
# Longer than any move: the disk stays full until the statement has ended.
LENGTH = 100000


def play_space(stage, ending, where):
    return play_places(stage, ending, where, fill_disk)


def fill_disk(stage, scene, ending, places, hit):
    """A run of which each of these moves fails once, from its n-th operation on."""
    armed, failed = [], threading.Event()

    def begin(request):
        n = places.pop(request.key, None)
        if n:
            armed[:] = [(request.key, n), len(stage.operations())]
            stage.arm(scene, request, n, LENGTH)

    def end(request):
        if armed and len(stage.operations()) >= armed[1] + armed[0][1]:
            hit.append(armed[0])
            failed.set()
        armed.clear()

    gate = Gate(stage, begin, end)
    proxy = Proxy(stage.engine.port, lambda _, request: gate.enter(request), ended=gate.leave)
    bfc = Bfc(scene.directory, proxy.url)
    try:
        run = bfc.start("apply", scene.bf, "--yes")
        while ending != "again" and restart_when(stage, run, failed, ending == "both-restarted"):
            if ending == "both-restarted":
                run.wait()
                run = bfc.start("apply", scene.bf, "--yes")
        return run.wait()
    finally:
        proxy.close()
        stage.disarm()


def restart_when(stage, run, failed, both):
    """Whether the server was killed, and bfc with it."""
    while run.child.poll() is None and not failed.wait(0.005):
        pass
    if not failed.is_set():
        return False
    failed.clear()
    if both:
        run.kill()
    stage.engine.kill()
    stage.restart()
    return True


def faults(operations):
    """Each rename of each move, and some of what comes before the first."""
    places = [[(key, n) for n, name in enumerate(names, 1) if "rename" in name or n % 20 == 1] for key, names in operations]
    return [("space", ending, chain) for ending in ENDINGS for chain in chains(places)]
