# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings of callbacks that take too long, while they run."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import Servers
from helpers import CT, eventually, held_gil

from orthanc_python import OrthancServer

WATCH = {"Python": {"SlowCallback": 1}}

SCRIPT = """
import asyncio
import threading
import time
import orthanc

release = threading.Event()

def work():
    release.wait(60)

def slow(output, uri, **request):
    work()
    output.AnswerBuffer("done", "text/plain")

async def waits(output, uri, **request):
    await asyncio.sleep(0)
    while not release.is_set():
        await asyncio.sleep(0.05)
    output.AnswerBuffer("done", "text/plain")

async def blocks(output, uri, **request):
    work()
    output.AnswerBuffer("done", "text/plain")

def let_go(output, uri, **request):
    release.set()
    output.AnswerBuffer("ok", "text/plain")

orthanc.RegisterRestCallback("/slow", slow)
orthanc.RegisterRestCallback("/waits", waits)
orthanc.RegisterRestCallback("/blocks", blocks)
orthanc.RegisterRestCallback("/let-go", let_go)
"""


@contextmanager
def request(server: OrthancServer, path: str, release: str = "/let-go") -> Iterator[None]:
    """A request that is not answered before the end of the scope."""
    thread = threading.Thread(target=lambda: server.get(path))
    thread.start()
    try:
        yield
    finally:
        server.get(release)
        thread.join()


@pytest.mark.usefixtures("stacks")
def test_warning(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration=WATCH)
    with request(server, "/slow?patient=Miller"):
        server.wait_for_log("has been running for")
        log = eventually(lambda: "release.wait(60)" in server.log() and server.log())
    assert "the rest callback slow (" in log and "script.py:12) has been running for" in log
    assert "called for /slow" in log and "Miller" not in log.partition("has been running for")[2]
    assert 'script.py", line 13, in slow' in log and 'script.py", line 10, in work' in log and "release.wait(60)" in log
    assert log.count("has been running for") == 1


def test_once_a_minute(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration=WATCH)
    with request(server, "/slow"):
        server.wait_for_log("has been running for")
        with request(server, "/waits"):
            server.wait_for_log("the rest callback waits")
    assert server.log().count("the rest callback slow") == 1


@pytest.mark.usefixtures("stacks")
def test_coroutine(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration=WATCH)
    with request(server, "/waits"):
        server.wait_for_log("It waits, as a coroutine, here:")
        assert eventually(lambda: "in waits" in server.log())


@pytest.mark.usefixtures("stacks")
def test_blocked_event_loop(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration=WATCH)
    with request(server, "/blocks"):
        server.wait_for_log("It waits for the event loop of the async callbacks, blocked by this:")
        assert eventually(lambda: "in work" in server.log())


def test_growing_change_queue(orthanc: Servers) -> None:
    server = orthanc(SCRIPT + "orthanc.RegisterOnChangeCallback(lambda *change: release.wait(60))\n", configuration=WATCH)
    try:
        server.upload(CT)
        server.wait_for_log("changes wait for the change callbacks, the oldest for")
        server.wait_for_log("the change callback <lambda>")
    finally:
        server.get("/let-go")


def test_growing_change_queue_is_named_once_a_minute(orthanc: Servers) -> None:
    server = orthanc(SCRIPT + "orthanc.RegisterOnChangeCallback(lambda *change: release.wait(60))\n", configuration=WATCH)
    try:
        server.upload(CT)
        said = server.wait_for_log(r"(\d+) changes wait for the change callbacks, the oldest for (\d+\.\d) seconds")
        assert int(said[1]) >= 3 and 1 <= float(said[2]) < 20
        assert eventually(lambda: server.get("/python/status").json()["ChangeQueueOldestSeconds"] > float(said[2]) + 2.5)
        assert server.log().count("changes wait for the change callbacks") == 1
    finally:
        server.get("/let-go")


def test_call_of_orthanc(orthanc: Servers) -> None:
    """Name the call of Orthanc that a callback waits for, but not the call that has led to the callback."""
    asks = """
def asks(output, uri, **request):
    orthanc.RestApiGetAfterPlugins("/slow")
    output.AnswerBuffer("done", "text/plain")

def other(output, uri, **request):
    work()
    output.AnswerBuffer("done", "text/plain")

orthanc.RegisterRestCallback("/asks", asks)
orthanc.RegisterRestCallback("/other", other)
"""
    server = orthanc(SCRIPT + asks, configuration=WATCH)
    with request(server, "/other"):  # a call in flight that has begun before, of another thread
        assert eventually(lambda: "/other" in str(server.get("/python/status").json()["CallsInFlight"]))
        with request(server, "/asks"):
            said = {each: server.wait_for_log(f"the rest callback {each} .*")[0] for each in ("asks", "slow", "other")}
    assert said["asks"].endswith("called for /asks; it is in a call of Orthanc, RestApiGetAfterPlugins")
    assert said["slow"].endswith("called for /slow") and said["other"].endswith("called for /other")


def test_hostile_path(orthanc: Servers) -> None:
    """A path cannot make a line of its own in the log."""
    server = orthanc(SCRIPT + 'orthanc.RegisterRestCallback("/odd/(.*)", slow)\n', configuration=WATCH)
    with request(server, "/odd/%0AE1129 00:00:00 forged".replace(" ", "%20")):
        said = server.wait_for_log("has been running for .*")[0]
    assert said.endswith(r"called for /odd/\nE1129 00:00:00 forged")
    assert re.search(r"^E1129 00:00:00 forged", server.log(), re.MULTILINE) is None


@pytest.mark.usefixtures("stacks")
def test_code_that_holds_the_gil(orthanc: Servers, tmp_path: Path) -> None:
    with held_gil(orthanc, tmp_path, configuration=WATCH) as server:
        server.wait_for_log("the rest callback hold")
        assert eventually(lambda: "C code holds the GIL" in server.log())
        answer = server.get("/python/threads").json()
        assert answer["Responsive"] is False and "in hold" in answer["Text"]


def test_turned_off(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration={"Python": {"SlowCallback": 0}})

    def slow_calls() -> bool:
        return any(call["Seconds"] > 1.5 for call in server.get("/python/status").json()["CallsInFlight"])

    with request(server, "/slow"):
        assert eventually(slow_calls)
    assert "has been running for" not in server.log()


def test_stop_and_reset_meanwhile(orthanc: Servers) -> None:
    """The watch and its thread must not keep Orthanc from a reset and a stop."""
    server = orthanc(SCRIPT, configuration=WATCH)
    with request(server, "/slow"):
        server.wait_for_log("has been running for")
    server.reset()
    with request(server, "/waits"):
        server.wait_for_log("the rest callback waits")
    orthanc.stop(server)
