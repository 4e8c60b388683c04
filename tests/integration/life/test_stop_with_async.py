# SPDX-License-Identifier: GPL-3.0-or-later
"""`async def` callbacks that the stop cancels, or that come after it: no original is stored, and no event is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException

import pytest
from conftest import Servers
from helpers import CT, MR, eventually

from orthanc_python import OrthancServer
from orthanc_python.server.processes import takes_sigterm

SCRIPT = """
import asyncio
import io
import threading
import time
import orthanc
import pydicom

heard = threading.Event()
heard.set()
tasks = []


def anonymise(dicom):
    dataset = pydicom.dcmread(io.BytesIO(dicom))
    dataset.PatientName = "Anonymous"
    changed = io.BytesIO()
    dataset.save_as(changed)
    return orthanc.ReceivedInstanceAction.MODIFY, changed.getvalue()


async def check(dicom, origin):
    orthanc.LogWarning("the check begins")
    try:
        await asyncio.sleep(SECONDS)
        return anonymise(dicom)
    except Exception:
        return orthanc.ReceivedInstanceAction.DISCARD, None


async def stored(instance, instance_id):
    await asyncio.sleep(0.01)
    orthanc.LogWarning(f"the listener hears of {orthanc.RestApiGet('/system')[:1]}")
    heard.set()


def wait():
    orthanc.LogWarning("the stop waits")
    heard.wait(20)
    time.sleep(1)  # for the answer


def on_change(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STOPPED:
        threading.Thread(target=wait, daemon=False).start()
        orthanc.LogWarning("the stop begins")


async def stay():
    try:
        await asyncio.sleep(3600)
    finally:
        orthanc.LogWarning("the tasks are cancelled")


async def forget(output, uri, **request):
    heard.clear()
    tasks.append(asyncio.create_task(stay()))
    output.AnswerBuffer("", "text/plain")


orthanc.RegisterRestCallback("/forget", forget)
orthanc.RegisterReceivedInstanceCallback(check)
orthanc.RegisterOnStoredInstanceCallback(stored)
orthanc.RegisterOnChangeCallback(on_change)
"""


@contextmanager
def uploading(server: OrthancServer) -> Iterator[list[int]]:
    """Upload at the same time. Give the status, or none if Orthanc has closed the connection."""
    statuses: list[int] = []

    def upload() -> None:
        with contextlib.suppress(OSError, HTTPException):
            statuses.append(server.post("/instances", CT.read_bytes()).status)

    thread = threading.Thread(target=upload)
    thread.start()
    try:
        yield statuses
    finally:
        thread.join(30)
        assert not thread.is_alive(), "the client waits for an answer"


def test_a_cancelled_callback_stores_no_original(orthanc: Servers) -> None:
    server = orthanc(SCRIPT.replace("SECONDS", "3600"), configuration={"Python": {"StopTimeout": 1}})
    with uploading(server) as statuses:
        assert eventually(lambda: "the check begins" in server.log() and takes_sigterm(server.pid))
        os.kill(server.pid, signal.SIGTERM)
    assert server.wait(timeout=40.0) == 0
    assert [status for status in statuses if status == 200] == []
    server.start()
    assert server.get("/instances").json() == []


def test_a_callback_that_comes_after_the_cancellation(orthanc: Servers) -> None:
    """It runs, and so does the listener: the stop waits for the thread, so that Orthanc still takes requests."""
    server = orthanc(SCRIPT.replace("SECONDS", "0.01"), configuration={"Python": {"StopTimeout": 20}})
    assert server.post("/instances", MR.read_bytes()).status == 200
    server.wait_for_log("the listener hears")
    server.get("/forget")
    assert eventually(lambda: takes_sigterm(server.pid))
    os.kill(server.pid, signal.SIGTERM)
    server.wait_for_log("the tasks are cancelled")
    with uploading(server) as statuses:
        pass
    assert server.wait(timeout=40.0) == 0
    assert statuses == [200] and server.log().count("the listener hears") == 2
    server.start()
    instances = server.get("/instances").json()
    assert [server.get(f"/instances/{each}/tags?simplify").json()["PatientName"] for each in instances] == ["Anonymous"] * 2


def test_a_late_callback_that_waits_for_a_cancelled_task(orthanc: Servers) -> None:
    """It ends with the time of the stop, and Orthanc stores nothing."""
    script = SCRIPT.replace("await asyncio.sleep(SECONDS)", "await (asyncio.Event().wait() if tasks else asyncio.sleep(0))")
    server = orthanc(script, configuration={"Python": {"StopTimeout": 4}})
    server.get("/forget")
    assert eventually(lambda: takes_sigterm(server.pid))
    os.kill(server.pid, signal.SIGTERM)
    server.wait_for_log("the tasks are cancelled")
    with uploading(server) as statuses:
        assert server.wait(timeout=30.0) == 0
    assert 200 not in statuses
    assert "the check begins" in server.log()
    server.start()
    assert server.get("/instances").json() == []


@pytest.mark.parametrize("moment", ["exit functions", "threads"])
def test_the_first_callback_comes_during_the_stop(orthanc: Servers, moment: str) -> None:
    """No callback has begun the event loop before. This one ends with the time of the stop."""
    script = (
        SCRIPT.replace("heard.set()\ntasks", "tasks").replace("SECONDS", "3600")
        + """
import atexit

exits = threading.Event()
begun = threading.Event()


async def begin(dicom, origin):
    begun.set()
    return await check(dicom, origin)


def leave():
    if MOMENT == "exit functions":
        orthanc.LogWarning("the stop waits for a callback")
        begun.wait(20)
    exits.set()


def run():
    exits.wait(20)
    time.sleep(0.5)
    if MOMENT == "threads":
        orthanc.LogWarning("the stop waits for a callback")
        begun.wait(20)


atexit.register(leave)
threading.Thread(target=run).start()
orthanc.RegisterReceivedInstanceCallback(begin)
"""
    )
    script = script.replace("MOMENT", repr(moment)).replace("orthanc.RegisterReceivedInstanceCallback(check)\n", "")
    server = orthanc(script, configuration={"Python": {"StopTimeout": 4}})
    assert eventually(lambda: takes_sigterm(server.pid))
    os.kill(server.pid, signal.SIGTERM)
    server.wait_for_log("the stop waits for a callback")
    with uploading(server) as statuses:
        assert server.wait(timeout=30.0) == 0
    assert 200 not in statuses
    assert "the check begins" in server.log()


@pytest.mark.parametrize("wait", ["asyncio.sleep(3600)", "asyncio.to_thread(event.wait)"])
@pytest.mark.parametrize("route", ["inner", "middle"])
def test_a_callback_that_another_has_called_through_orthanc(orthanc: Servers, route: str, wait: str) -> None:
    """The outer one blocks the event loop until the inner one has ended. The stop cancels the inner one."""
    server = orthanc(
        f"""
        import asyncio
        import threading
        import orthanc

        event = threading.Event()

        async def outer(output, uri, **request):
            output.AnswerBuffer(orthanc.RestApiGetAfterPlugins("/{route}"), "text/plain")

        async def middle(output, uri, **request):
            output.AnswerBuffer(orthanc.RestApiGetAfterPlugins("/inner"), "text/plain")

        async def inner(output, uri, **request):
            orthanc.LogWarning("the inner callback waits")
            try:
                await {wait}
            finally:
                event.set()  # the stop would wait for the thread, as for all of the script

        orthanc.RegisterRestCallback("/outer", outer)
        orthanc.RegisterRestCallback("/middle", middle)
        orthanc.RegisterRestCallback("/inner", inner)
        """,
        configuration={"Python": {"StopTimeout": 1}},
    )

    def ask() -> None:
        with contextlib.suppress(OSError, HTTPException):
            server.get("/outer", timeout=60)

    thread = threading.Thread(target=ask)
    thread.start()
    server.wait_for_log("the inner callback waits")
    assert eventually(lambda: takes_sigterm(server.pid))
    os.kill(server.pid, signal.SIGTERM)
    assert server.wait(timeout=30.0) == 0
    thread.join(30)
    assert "the callback was cancelled, because the plugin stops" in server.log()
