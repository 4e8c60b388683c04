# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop: by signals, with work still under way, and the start after it."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from http.client import HTTPException

import pytest
from conftest import Servers
from helpers import CT, eventually

from orthanc_python.server.processes import takes_sigterm

SCRIPT = """
import asyncio  # as several modules do, it imports signal, and thereby CPython takes SIGINT for the time being
import atexit
import multiprocessing
import threading
import time
import numpy
import orthanc


def on_change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        orthanc.LogWarning("the script has seen the stop")


def work():
    while True:
        time.sleep(0.01)
        numpy.zeros(1000).sum()


threading.Thread(target=work, daemon=True).start()
atexit.register(print, "at exit")
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback("/hello", lambda output, uri, **request: output.AnswerBuffer("hello", "text/plain"))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals(orthanc: Servers, number: signal.Signals) -> None:
    server = orthanc(SCRIPT)
    assert server.get("/hello").text == "hello"
    assert eventually(lambda: takes_sigterm(server.pid))
    os.kill(server.pid, number)
    assert server.wait() == 0
    assert server.log().count("the script has seen the stop") == 1
    assert "KeyboardInterrupt" not in server.log()
    assert "at exit" in server.output()


def test_stop_by_the_rest_api(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    server.post("/tools/shutdown")
    assert server.wait() == 0
    assert "the script has seen the stop" in server.log()


def test_start_after_stop(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    instance = server.upload(CT)["ID"]
    orthanc.stop(server)
    server.start()
    assert server.get("/hello").text == "hello"
    assert server.get("/instances").json() == [instance]


def test_stop_while_callbacks_run(orthanc: Servers) -> None:
    server = orthanc("""
        import threading
        import time
        import orthanc

        def busy():
            while True:
                orthanc.RestApiGet("/statistics")

        def slow(output, uri, **request):
            for _ in range(3):  # Orthanc 1.10.1 refuses their calls before it has started
                threading.Thread(target=busy, daemon=True).start()
            orthanc.LogWarning("the slow callback begins")
            time.sleep(1.5)
            orthanc.LogWarning("the slow callback ends")
            output.AnswerBuffer("slow", "text/plain")

        orthanc.RegisterRestCallback("/slow", slow)
    """)

    def ask() -> None:
        with suppress(OSError, HTTPException):  # Orthanc may end without an answer
            server.get("/slow")

    client = threading.Thread(target=ask)
    client.start()
    server.wait_for_log("the slow callback begins")
    orthanc.stop(server)
    client.join()


def test_pipe_that_nobody_reads(orthanc: Servers) -> None:
    """A thread that waits in its write has the lock of the file, and a flush would wait for that."""
    server = orthanc(
        """
        import subprocess
        import threading
        import orthanc

        child = subprocess.Popen(["sleep", "600"], stdin=subprocess.PIPE)
        threading.Thread(target=child.stdin.write, args=[b"x" * 10_000_000], daemon=True).start()
        orthanc.RegisterRestCallback("/child", lambda output, *_, **__: output.AnswerBuffer(str(child.pid), "text/plain"))
        """,
        configuration={"Python": {"StopTimeout": 1}},
    )
    child = int(server.get("/child").text)
    try:
        assert eventually(lambda: takes_sigterm(server.pid))
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(timeout=60.0) == 0
        assert "an open file of the script takes no more data" in server.log()
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
