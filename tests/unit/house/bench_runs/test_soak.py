# SPDX-License-Identifier: GPL-3.0-or-later
"""The soaks count whatever goes wrong, and end when they are told to."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench.soak import memory, stops
from bench.soak.stops import Count, Scenario
from orthanc_python import OrthancDidNotStart, OrthancServer

SCENARIO = Scenario("made up", "script", uploads=2)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"


@contextmanager
def answering(times: int, running: bool = True) -> Iterator[OrthancServer]:
    """A server that answers the first so many requests, and says whether it is running."""
    left = threading.Semaphore(times)

    def serve(connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):
            while connection.recv(4096) and left.acquire(blocking=False):
                connection.sendall(ANSWER)
            connection.recv(4096)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield cast(OrthancServer, SimpleNamespace(url=url, running=running))
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.skipif(shutil.which("wrk") is None, reason="needs wrk")
class TestRequests:
    def test_all_are_answered(self) -> None:
        with answering(1000) as server:
            memory.requests("/", 200, seconds=30)(server, 20)

    def test_deadlock(self) -> None:
        with answering(1) as server, pytest.raises(RuntimeError, match="only some of 20 requests to / were answered in 1 s"):
            memory.requests("/", 200, seconds=1)(server, 20)

    def test_crash(self) -> None:
        begin = time.monotonic()
        with answering(1, running=False) as server, pytest.raises(RuntimeError, match="Orthanc has ended"):
            memory.requests("/", 200, seconds=60)(server, 20)
        assert time.monotonic() - begin < 30

    def test_another_status(self) -> None:
        with answering(1000) as server, pytest.raises(RuntimeError, match="status 200"):
            memory.requests("/", 500, seconds=30)(server, 20)


class FakeServer:
    """A server whose steps fail as they are told to."""

    pid = 0

    def __init__(self, folder: Path, fails: str, error: Exception, hangs: bool = False) -> None:
        self.folder = folder / "server"
        self.fails, self.error, self.hangs = fails, error, hangs
        self.started = self.running = False
        self.closed = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def step(*_: Any, **__: Any) -> Any:
            if name == self.fails:
                self.running = self.hangs
                raise self.error
            return ""

        return step

    def start(self) -> None:
        if self.fails == "start":
            raise self.error
        self.started = self.running = True

    def wait(self, timeout: float) -> int:
        if self.hangs:
            raise subprocess.TimeoutExpired("Orthanc", timeout)
        self.running = False
        return 0

    def log(self) -> str:
        return "Orthanc version: 1.13.0\n" + "handled 01234567-01234567-01234567-01234567-01234567\n" * 2

    def close(self) -> None:
        self.closed = True


def did_not_start(status: int | None) -> OrthancDidNotStart:
    return OrthancDidNotStart("Orthanc did not start", status, "")


@pytest.mark.parametrize(
    ("fails", "error", "hangs", "expected"),
    [
        ("", None, False, (1, 0, 0, 0)),
        ("upload", ConnectionRefusedError("refused"), False, (1, 1, 0, 0)),
        ("upload", http.client.RemoteDisconnected("gone"), False, (1, 1, 0, 0)),
        ("upload", TimeoutError("timed out"), True, (1, 0, 1, 0)),
        ("upload", ValueError("HTTP status 500"), False, (1, 0, 0, 1)),
        ("upload", ValueError("HTTP status 500"), True, (1, 0, 1, 1)),
        ("start", did_not_start(-11), False, (1, 1, 0, 0)),
        ("start", did_not_start(None), False, (1, 0, 1, 0)),
    ],
    ids=["good", "refused", "disconnected", "hang", "wrong", "wrong and hang", "crash at start", "hang at start"],
)
def test_any_failure_of_a_stop_is_counted(
    fails: str, error: Exception, hangs: bool, expected: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FakeServer(tmp_path, fails, error, hangs)
    monkeypatch.setattr(stops, "made", lambda scenario, plugin: server)
    monkeypatch.setattr(stops, "takes_sigterm", lambda pid: True)
    monkeypatch.setattr(os, "kill", lambda pid, number: None)
    count = stops.stop(SCENARIO, Path("plugin"), tmp_path / "failures")
    assert (count.done, count.crashes, count.hangs, count.wrong, count.lost) == (*expected, 0)
    assert server.closed
    assert (tmp_path / "failures" / "server.log").exists() == count.failed


@pytest.mark.parametrize("status", [200, 404])
def test_wrong_answer_to_the_begin_is_counted(status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeServer(tmp_path, "", ValueError())
    monkeypatch.setattr(server, "get", lambda path: SimpleNamespace(status=status), raising=False)
    monkeypatch.setattr(stops, "made", lambda scenario, plugin: server)
    monkeypatch.setattr(stops, "takes_sigterm", lambda pid: True)
    monkeypatch.setattr(os, "kill", lambda pid, number: None)
    count = stops.stop(Scenario("made up", "script", uploads=2, begin="/begin"), Path("plugin"), tmp_path / "failures")
    assert (count.done, count.wrong, count.failed) == (1, status != 200, status != 200)


def test_crash_during_a_reset_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeServer(tmp_path, "reset", ConnectionResetError("reset"))
    monkeypatch.setattr(stops, "made", lambda scenario, plugin: server)
    monkeypatch.setattr(stops, "takes_sigterm", lambda pid: True)
    count = stops.reset(SCENARIO, Path("plugin"), tmp_path / "failures", 3)
    assert (count.done, count.crashes, count.hangs) == (1, 1, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_cancels_what_has_not_begun(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = []

    def step(scenario: Scenario, plugin: Path, failures: Path) -> Count:
        begun.append(scenario)
        if len(begun) == 2:
            os.kill(os.getpid(), number)
        time.sleep(0.2)
        return Count(done=1)

    monkeypatch.setattr(stops, "stop", step)
    monkeypatch.setattr(sys, "argv", ["stops", "--plugin", "p", "--servers", "1", "--stops", "50", "--resets", "0", "timers"])
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        assert stops.main() == 130
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert len(begun) < 25
    assert "Stops and resets under load" in capsys.readouterr().out
