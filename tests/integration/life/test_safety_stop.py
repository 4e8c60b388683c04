# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop with whatever a script may have left running: exit status 0, no crash, no process left, and not for ever."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException

import pytest
from conftest import Servers
from helpers import eventually, processes_of_group

from orthanc_python import OrthancServer
from orthanc_python.server.processes import takes_sigterm

# Things left running.
LEFT = {
    "daemon threads": """
        def work():
            while True:
                try:
                    orthanc.RestApiGet("/statistics")
                    numpy.zeros(10_000).sum()
                except RuntimeError:
                    pass
        for _ in range(4):
            threading.Thread(target=work, daemon=True).start()
    """,
    "daemon threads that sleep": """
        for _ in range(4):
            threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
    """,
    "timers": """
        for _ in range(2):
            timer = threading.Timer(3600, print)
            timer.daemon = True
            timer.start()
        def again():
            timer = threading.Timer(0.01, again)
            timer.daemon = True
            timer.start()
        again()
    """,
    "threads that never end": """
        def work():
            while True:
                time.sleep(0.01)
        threading.Thread(target=work, name="sorting").start()
        threading.Timer(3600, print).start()
    """,
    "executor": """
        from concurrent.futures import ThreadPoolExecutor
        executor = ThreadPoolExecutor(2)
        executor.submit(time.sleep, 0.5)
    """,
    "executor that never ends": """
        from concurrent.futures import ThreadPoolExecutor
        executor = ThreadPoolExecutor(2, thread_name_prefix="forever")
        executor.submit(time.sleep, 3600)
    """,
    "event loop": """
        import asyncio
        def loop():
            asyncio.run(asyncio.sleep(3600))
        threading.Thread(target=loop, daemon=True).start()
    """,
    "pool": """
        pool = multiprocessing.Pool(2)
        pool.map(abs, range(10))
        pool.apply_async(time.sleep, (3600,))
    """,
    "process pool executor": """
        from concurrent.futures import ProcessPoolExecutor
        executor = ProcessPoolExecutor(2)
        assert list(executor.map(abs, range(4))) == [0, 1, 2, 3]
    """,
    "process pool executor that never ends": """
        from concurrent.futures import ProcessPoolExecutor
        executor = ProcessPoolExecutor(2)
        executor.submit(time.sleep, 3600)
    """,
    "process that ignores its end": """
        import signal
        def ignore():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print("ignoring", flush=True)
            time.sleep(3600)
        multiprocessing.Process(target=ignore).start()
    """,
    "queue between processes": """
        queue = multiprocessing.Queue()
        queue.put(b"x" * 10_000_000)  # more than a pipe holds, so that its thread has to wait
    """,
}
WARNINGS = {
    "threads that never end": r"does not wait any longer for the threads sorting, Thread-\d",
    "executor that never ends": r"does not wait any longer for the threads forever_0",
    "queue between processes": r"multiprocessing does not end, perhaps for a queue",
    "process pool executor that never ends": r"the worker process .* has not ended, it is terminated",
    "process that ignores its end": r"the worker process .* has not ended, it is terminated",
}
COMMON = """
import multiprocessing
import threading
import time
import numpy
import orthanc

orthanc.RegisterOnChangeCallback(lambda change, level, resource: orthanc.LogWarning(f"change {change}"))
orthanc.RegisterRestCallback("/hello", lambda output, uri, **request: output.AnswerBuffer("hello", "text/plain"))
"""
STOPS: dict[str, Callable[[OrthancServer], object]] = {
    "SIGTERM": lambda server: os.kill(server.pid, signal.SIGTERM),
    "SIGINT": lambda server: os.kill(server.pid, signal.SIGINT),
    "REST": lambda server: server.post("/tools/shutdown"),
}


def started(orthanc: Servers, left: str, timeout: int) -> OrthancServer:
    lines = "\n".join(line.removeprefix("        ") for line in LEFT[left].splitlines())
    server = orthanc(COMMON + lines, configuration={"Python": {"StopTimeout": timeout}})
    assert server.get("/hello").text == "hello"
    assert eventually(lambda: takes_sigterm(server.pid))
    return server


def ends_well(server: OrthancServer) -> str:
    """Wait for the end, and return what was written."""
    pid = server.pid
    status = server.wait(timeout=90.0)  # longer than a StopTimeout of these tests
    assert status == 0, f"Orthanc ended with exit status {status}"
    assert not server.left_processes and processes_of_group(pid) == []
    text = server.log() + server.output()
    assert "change 11" in text, "the script was not told of the stop"
    assert not any(word in text for word in ("Fatal Python error", "Segmentation", "terminate called", "KeyboardInterrupt"))
    return text


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("left", LEFT)
def test_left_running(orthanc: Servers, left: str, stop: str) -> None:
    server = started(orthanc, left, timeout=2 if left in WARNINGS else 60)  # it is all waited for in vain, or none of it
    STOPS[stop](server)
    text = ends_well(server)
    if left in WARNINGS:
        assert re.search(WARNINGS[left], text), "no warning names it"
    else:
        assert "does not wait any longer" not in text and "it is terminated" not in text


@pytest.mark.parametrize("stop", STOPS)
def test_requests_in_flight(orthanc: Servers, stop: str) -> None:
    server = orthanc(
        COMMON
        + """
def slow(output, uri, **request):
    orthanc.LogWarning("a slow request")
    time.sleep(1.0)
    orthanc.RestApiGet("/system")
    output.AnswerBuffer("slow", "text/plain")

orthanc.RegisterRestCallback("/slow", slow)
"""
    )

    def ask() -> None:
        with suppress(OSError, HTTPException):  # Orthanc may end without an answer
            server.get("/slow")

    clients = [threading.Thread(target=ask) for _ in range(6)]
    for client in clients:
        client.start()
    assert eventually(lambda: server.log().count("a slow request") == len(clients) and takes_sigterm(server.pid))
    STOPS[stop](server)
    ends_well(server)
    for client in clients:
        client.join()


def test_threads_that_end_in_time(orthanc: Servers) -> None:
    """The stop waits for them, and they can call Orthanc until their end."""
    server = orthanc(
        COMMON
        + """
def work():
    time.sleep(1.5)
    orthanc.RestApiGet("/system")
    orthanc.LogWarning("the work is done")

def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STOPPED:
        threading.Thread(target=work, daemon=False).start()  # a callback's thread is a daemon, and so are those it starts

orthanc.RegisterOnChangeCallback(on_change)
"""
    )
    orthanc.stop(server)
    assert "the work is done" in server.log() and "does not wait" not in server.log()


def test_change_listener_that_never_ends(orthanc: Servers) -> None:
    server = orthanc(
        """
        import time
        import orthanc

        def on_change(change, level, resource):
            if change == orthanc.ChangeType.ORTHANC_STOPPED:
                time.sleep(3600)

        orthanc.RegisterOnChangeCallback(on_change)
        """,
        configuration={"Python": {"StopTimeout": 1}},
    )
    orthanc.stop(server)
    assert "the change callback is still running, the stop does not wait for it any longer" in server.log()


def test_stop_timeout_of_zero(orthanc: Servers) -> None:
    server = started(orthanc, "threads that never end", timeout=0)
    orthanc.stop(server)
    assert "does not wait any longer for the threads sorting" in server.log()
