# SPDX-License-Identifier: GPL-3.0-or-later
"""The stacks of all threads, and profiles: by routes, by the command line, and by a signal."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from conftest import Servers
from helpers import asking_at_once, eventually
from test_slow_callbacks import SCRIPT, request

from orthanc_python import OrthancServer
from orthanc_python.cli import app
from orthanc_python.failure import Failure

BUSY = (
    SCRIPT
    + """
def compute():
    while not release.is_set():
        sum(range(1000))

def busy(output, uri, **request):
    compute()
    output.AnswerBuffer("done", "text/plain")

def inner(output, uri, **request):
    output.AnswerBuffer(orthanc.RestApiGetAfterPlugins("/slow"), "text/plain")

thread = threading.Thread(target=work, name="worker", daemon=True)
thread.start()
orthanc.RegisterRestCallback("/busy", busy)
orthanc.RegisterRestCallback("/inner", inner)
"""
)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def thread_of(server: OrthancServer, function: str) -> dict[str, Any]:
    """The thread that runs a callback."""

    def look() -> dict[str, Any] | None:
        threads = server.get("/python/threads").json()["Threads"]
        return next((each for each in threads if any(call["Function"] == function for call in each["Callbacks"])), None)

    found = eventually(look)
    assert found is not None
    return found


@pytest.mark.usefixtures("stacks")
def test_threads(orthanc: Servers) -> None:
    server = orthanc(BUSY)
    with request(server, "/slow"):
        thread = thread_of(server, "slow")
        assert [entry["Function"] for entry in thread["Stack"]][:2] == ["slow", "work"]
        assert thread["Stack"][1]["Code"] == "release.wait(60)" and thread["Callbacks"][0]["Subject"] == "/slow"
        names = {each["Name"] for each in server.get("/python/threads").json()["Threads"]}
        assert "worker" in names
        text = run("threads", server.url)
        assert "Thread worker (daemon)" in text and "runs the rest callback slow for /slow" in text and "in work" in text
        assert json.loads(run("threads", server.url, "--json"))["Responsive"] is True


def test_call_of_orthanc(orthanc: Servers) -> None:
    server = orthanc(BUSY)
    with request(server, "/inner"):
        thread_of(server, "slow")
        inner = thread_of(server, "inner")
        assert [call["Function"] for call in inner["Callbacks"]] == ["inner", "slow"]  # on one thread
        assert inner["WaitsFor"] in ("", "Orthanc, in RestApiGetAfterPlugins")
        calls = server.get("/python/status").json()["CallsInFlight"]
        assert [call["Function"] for call in calls] == ["inner", "RestApiGetAfterPlugins", "slow"]


ANSWERS_LATE = """
import threading
import orthanc

begun = threading.Event()

def send(output):
    begun.set()
    output.AnswerBuffer(bytes(100_000_000), "application/octet-stream")

def leave(output, uri, **request):
    threading.Thread(target=send, args=(output,), name="sender").start()
    begun.wait()
    while not sending():
        pass

def sending():
    calls = orthanc.RestApiGetAfterPlugins("/python/status")
    return b"AnswerBuffer" in calls

orthanc.RegisterRestCallback("/leave", leave)
"""


def test_wait_for_a_handle(orthanc: Servers) -> None:
    server = orthanc(ANSWERS_LATE)
    with socket.create_connection(("127.0.0.1", server.http_port)) as client:
        client.sendall(b"GET /leave HTTP/1.1\r\nHost: localhost\r\n\r\n")  # and read nothing of the answer

        def waiting() -> dict[str, Any] | None:
            threads = server.get("/python/threads").json()["Threads"]
            return next((each for each in threads if each["WaitsFor"].startswith("another thread")), None)

        thread = eventually(waiting)
        assert thread is not None
        assert thread["WaitsFor"] == "another thread, which uses the RestOutput of the callback that has returned"
        assert thread["Callbacks"] == [] and thread["Stack"] == []
        text = run("threads", server.url)
        assert "waits for another thread, which uses the RestOutput" in text and "Thread sender" in text
        kinds = {(call["Kind"], call["Function"]) for call in server.get("/python/status").json()["CallsInFlight"]}
        assert {("handle", "RestOutput"), ("orthanc", "RestOutput.AnswerBuffer")} <= kinds
    assert eventually(lambda: not server.get("/python/status").json()["CallsInFlight"])


@pytest.mark.parametrize("metrics", [True, False])
def test_signal(orthanc: Servers, *, metrics: bool) -> None:
    server = orthanc(BUSY, configuration={"Python": {"Metrics": metrics}})

    def dumped() -> bool:
        os.kill(server.pid, signal.SIGUSR1)
        return "in work" in server.log() and "in slow" in server.log()

    with request(server, "/slow"):
        assert eventually(dumped)


def test_top(orthanc: Servers) -> None:
    server = orthanc(BUSY)
    server.get("/let-go")
    with request(server, "/slow"):
        text = run("top", server.url, "--once", "--interval", "0.1")
    assert "let_go" in text and "calls/s" in text and "Python threads" in text


@pytest.mark.usefixtures("stacks")
def test_profile(orthanc: Servers, tmp_path: Path) -> None:
    server = orthanc(BUSY)
    picture = tmp_path / "profile.svg"
    with request(server, "/busy"):
        thread_of(server, "busy")
        assert "wrote" in run("profile", server.url, "--seconds", "1", "--output", str(picture))
    titles = [element.text or "" for element in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}title")]
    assert any(title.startswith("compute (script.py:") for title in titles)
    written = json.loads(picture.with_suffix(".speedscope.json").read_text())
    names = [frame["name"] for frame in written["shared"]["frames"]]
    stacks = [[names[index] for index in sample] for each in written["profiles"] for sample in each["samples"]]
    assert any(stack[:2] == ["busy", "compute"] for stack in stacks)


@pytest.mark.usefixtures("stacks")
def test_one_profile_at_a_time(orthanc: Servers) -> None:
    server = orthanc(BUSY)
    with asking_at_once(server, "/python/profile?seconds=2", 3) as statuses:
        pass
    assert sorted(statuses) == [200, 503, 503]


@pytest.mark.usefixtures("stacks")
def test_stop_ends_a_profile(orthanc: Servers) -> None:
    server = orthanc(BUSY)
    with asking_at_once(server, "/python/profile?seconds=60", 2) as statuses:
        assert eventually(lambda: statuses) == [503]  # since the other one runs
        orthanc.stop(server)


PROFILE_AT_THE_STOP = """
import atexit
import json
import time

import orthanc


def profile():
    begin = time.monotonic()
    samples = json.loads(orthanc.RestApiGetAfterPlugins("/python/profile?seconds=60"))["Samples"]
    orthanc.LogWarning(f"a profile of {samples} samples, {'at once' if time.monotonic() - begin < 30 else 'late'}")


atexit.register(profile)
"""


@pytest.mark.usefixtures("stacks")
def test_profile_that_begins_after_the_stop(orthanc: Servers) -> None:
    server = orthanc(PROFILE_AT_THE_STOP)
    orthanc.stop(server)
    assert "a profile of 1 samples, at once" in server.log()


@pytest.mark.parametrize("command", ["top", "threads", "profile"])
def test_no_plugin(orthanc: Servers, command: str) -> None:
    server = orthanc(None, with_plugin=False)
    done = CliRunner().invoke(app, [command, server.url])
    assert isinstance(done.exception, Failure) and "runs no Python script" in str(done.exception)
