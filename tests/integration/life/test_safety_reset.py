# SPDX-License-Identifier: GPL-3.0-or-later
"""/tools/reset again and again, with every kind of callback registered: each life has them all, and leaves nothing behind."""

from __future__ import annotations

from conftest import Servers
from every_callback import KINDS, SCRIPT, EveryCallback
from helpers import eventually

ROUNDS = 10

COUNTING = """
import gc
import sys
import threading

class Life:
    pass

life = Life()  # one for each life, kept by the callbacks
# The free-threaded CPython 3.13 frees no module and no function of one once a thread has run.
frees_modules = sys.version_info >= (3, 14) or getattr(sys, "_is_gil_enabled", lambda: True)()
orthanc.RegisterRestCallback("/lives", lambda output, uri, life=life, **request: output.AnswerBuffer(json.dumps([
    sum(type(each).__name__ == "Life" for each in gc.get_objects()) if frees_modules else 1, len(threading.enumerate())
]), "application/json"))
timer = threading.Timer(3600, print)
timer.daemon = True
timer.start()
"""


def answers(callbacks: EveryCallback) -> bool:
    try:
        return callbacks.server.get("/act/rest", timeout=5.0).status == 200
    except OSError:
        return False


def test_ten_resets(orthanc: Servers) -> None:
    callbacks = EveryCallback(orthanc, SCRIPT + COUNTING)
    server = callbacks.server
    pid = server.pid
    lives = []
    for _ in range(ROUNDS):
        beginning = len(server.log())
        server.post("/tools/reset")
        assert eventually(lambda: answers(callbacks)), "the routes do not answer after the reset"
        server.wait_for_log("Orthanc has started", beginning=beginning)
        # The storage area of the script is in memory: its files have gone with the former life.
        for instance in server.get("/instances").json():
            server.delete(f"/instances/{instance}")
        callbacks.kept = callbacks.upload().json()["ID"]
        callbacks.colour = callbacks.kept
        for kind in KINDS:
            if kind != "transcoder":  # which needs an image in colours
                assert callbacks.run(kind, "outcome = 'called'") == "called", kind
        lives.append(server.get("/lives").json())
    assert server.pid == pid and server.running
    assert {count for count, _ in lives} <= {1, 2}, "the callbacks of former lives are kept"
    threads = [count for _, count in lives]
    assert max(threads[-3:]) <= max(threads[:3]) + ROUNDS + 5, "threads pile up"  # a timer of each life is still armed
