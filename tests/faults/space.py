"""A disk that is full in the middle of a MOVE: the statement fails, and the server takes back what it did.

It takes back in memory: the parts that it had brought stay in the live table, inactive, with the UUIDs of the parts
that they are links to, and their files come back to life when the server restarts before it has cleaned them up.
"""
from bfc import Bfc
from by_engine import is_command
from proxy import Proxy

# again: another run on the same server; restarted: the server is killed and started before it.
ENDINGS = ("again", "restarted")
# Longer than any move: the disk stays full until the statement has ended.
LENGTH = 100000


def play_space(stage, ending, where):
    scene = stage.scene()
    move, n = where
    moves = [0]

    def decide(_, request):
        stage.disarm()
        if is_command(request):
            if moves[0] == move:
                stage.arm(scene, n, LENGTH)
            moves[0] += 1
        return "pass"

    proxy = Proxy(stage.engine.port, decide)
    try:
        run = Bfc(scene.directory, proxy.url).run("apply", scene.bf, "--yes")
    finally:
        proxy.close()
        stage.disarm()
    if ending == "restarted":
        stage.engine.kill()
        stage.engine.start()
    return [stage.judge(scene, run)]


def faults(operations):
    """Each rename of each move, and some of what comes before the first."""
    return [("space", ending, (move, n)) for move, names in enumerate(operations)
            for n, name in enumerate(names, 1) if "rename" in name or n % 20 == 1 for ending in ENDINGS]
