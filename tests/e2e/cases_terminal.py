"""`bfc` on a terminal: questions, Ctrl-C, bars that go away, narrow windows."""
import time

from bfc import EXIT_DONE, EXIT_GATE, EXIT_INTERRUPTED
from engine import BFC
from pause_scene import PauseScene, Writer
from terminal import Terminal

BY_HAND = "by hand 'stop the loader on host 7'"


def terminal(scene, *words, columns=80, color=False):
    words = list(words or ("apply", scene.bf, "--yes"))
    env = {name: value for name, value in scene.bfc.env.items() if name != "NO_COLOR" or not color}
    return Terminal([BFC] + words + ["--target", scene.client.url], scene.directory, env, columns)


def case_gates(world):
    """A question stays on the screen with its answer, and no bar with it."""
    scene = PauseScene(world.engine, world.directory, "term_gates", pause=BY_HAND)
    with Writer(scene):
        seen = terminal(scene, "apply", scene.bf)
        seen.until("go on? [y/N] ")
        seen.type("y\n")
        seen.until("done? [y/N] ")
        scene.touch("paused")
        while not scene.has("quiet"):
            time.sleep(0.01)
        seen.type("y\n")
        seen.until("done? [y/N] ", times=2)
        time.sleep(0.3)
        scene.remove("paused")
        seen.type("y\n")
        assert seen.wait() == EXIT_DONE, seen.screen()
    screen = seen.screen().splitlines()
    asked = [at for at, line in enumerate(screen) if line == "done? [y/N] y"]
    assert len(asked) == 2 and screen[asked[0] - 1] == "ingest is paused: stop the loader on host 7", seen.screen()
    assert screen[asked[1] - 1].startswith("ingest goes on: resume ingest"), seen.screen()
    assert not [line for line in screen if line.startswith("[") or " s  " in line], seen.screen()
    assert any("pause     ingest is paused: for" in line for line in screen), seen.screen()
    scene.check()


def case_answers(world):
    """No, nothing, Ctrl-C; and what was typed before the question is no answer."""
    scene = PauseScene(world.engine, world.directory, "term_answers", pause=BY_HAND)
    for keys, code, words in (("n\n", EXIT_GATE, "the answer was no"), ("\x04", EXIT_GATE, "the answer was no"),
                              ("\x03", EXIT_INTERRUPTED, "interrupted")):
        for columns in (80, 40):
            seen = terminal(scene, columns=columns, color=True)
            seen.type("y\ny\n")
            seen.until("done? [y/N] ")
            time.sleep(0.2)
            seen.type(keys)
            assert seen.wait() == code, seen.screen()
            screen = seen.screen().splitlines()
            assert words in "".join(screen) and [line for line in screen if line.startswith("bfc: ")], seen.screen()
            assert b"\x1b[33m" in seen.out and scene.view_names() == [], seen.screen()
    scene.touch("paused")
    seen = terminal(scene)
    seen.until("done? [y/N] ")
    seen.type("y\n")
    seen.until("done? [y/N] ", times=2)
    seen.type("\x03")
    assert seen.wait() == EXIT_INTERRUPTED and "STILL: INGEST IS PAUSED" in seen.screen(), seen.screen()
    assert b"\x1b[33m" not in seen.out, seen.screen()
    seen = terminal(scene)
    seen.until("done? [y/N] ")
    scene.remove("paused")
    seen.type("y\n")
    assert seen.wait() == EXIT_DONE, seen.screen()
    scene.check()


def case_abort_asks(world):
    """The command that the journal has is shown, and run when that is agreed to."""
    scene = PauseScene(world.engine, world.directory, "term_abort")
    with Writer(scene):
        assert scene.killed_at("REPLACE PARTITION", "call-answered").code == -9
        for keys, code in (("\x03", EXIT_GATE), ("n\n", EXIT_GATE), ("y\n", EXIT_DONE)):
            assert scene.has("paused")
            seen = terminal(scene, "abort", scene.name)
            seen.until("go on? [y/N] ")
            assert f"to run here: {scene.path('resume')}" in seen.screen(), seen.screen()
            seen.type(keys)
            assert seen.wait() == code, seen.screen()
        assert not scene.has("paused")
        scene.apply()
    scene.check()


def case_interrupted_command(world):
    """Ctrl-C is for bfc: it ends the command, and resumes ingest."""
    scene = PauseScene(world.engine, world.directory, "term_command")
    scene.touch("stop_hangs")
    with Writer(scene):
        seen = terminal(scene, columns=40)
        while scene.has("stop_hangs"):
            seen.read(0.01)
        seen.type("\x03")
        assert seen.wait() == EXIT_INTERRUPTED and "no more" in seen.screen(), seen.screen()
        assert scene.log() == ["stop", "resume"], scene.log()
        seen = terminal(scene, columns=40)
        assert seen.wait() == EXIT_DONE, seen.screen()
    assert max(len(line) for line in seen.screen().splitlines()) <= 40
    scene.check()
