# SPDX-License-Identifier: GPL-3.0-or-later
"""A stop and a reset lose no change, and no thread of the script's reaches Orthanc when it is being destroyed."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Servers
from helpers import CT, eventually, new_instance

from orthanc_python import OrthancServer
from orthanc_python.server.processes import takes_sigterm

LISTENER = """
import time
import orthanc

def on_change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.NEW_INSTANCE:
        for _ in range({gets}):
            orthanc.RestApiGet(f"/instances/{{resource_id}}")
        time.sleep({seconds})
        orthanc.RestApiPut(f"/instances/{{resource_id}}/metadata/1024", b"seen")
        orthanc.LogWarning(f"handled {{resource_id}}")
    elif change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        orthanc.LogWarning("the script has seen the stop")

orthanc.RegisterOnChangeCallback(on_change)
orthanc.LogWarning("the script begins")
"""
# Before another script: its listener hears of no instance before the test opens the gate.
GATE = """
import os
import time
import orthanc

def wait_at_gate(change_type, level, resource_id):
    while change_type == orthanc.ChangeType.NEW_INSTANCE and not os.path.exists({gate!r}):
        time.sleep(0.01)

orthanc.RegisterOnChangeCallback(wait_at_gate)
"""
THREADS = """
import threading
import time
import orthanc

def work():
    while True:
        try:
            orthanc.RestApiGet("/statistics")
        except orthanc.OrthancException:  # the script's start has no database yet
            time.sleep(0.01)
        except RuntimeError as error:
            print(f"refused: {{error}}", flush=True)
            return

for _ in range({count}):
    threading.Thread(target=work, daemon=True).start()
orthanc.LogWarning("the script begins")
"""
TASKS = """
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
import orthanc

async def again():
    try:
        while True:
            orthanc.RestApiGet("/statistics")
            await asyncio.sleep(0)
    finally:
        orthanc.RestApiGet("/system")
        orthanc.LogWarning("the task ends")

async def begin(output, uri, **request):
    global task
    task = asyncio.create_task(again())
    executor.submit(work)
    timer()
    output.AnswerBuffer("begun", "text/plain")

def timer():
    orthanc.RestApiGet("/system")
    later = threading.Timer(0.001, timer)
    later.daemon = True
    later.start()

def work():
    orthanc.RestApiGet("/system")
    try:
        executor.submit(work)
    except RuntimeError:
        pass

executor = ThreadPoolExecutor(2)
orthanc.RegisterRestCallback("/begin", begin)
orthanc.LogWarning("the script begins")
"""


def terminate(server: OrthancServer, gate: Path | None = None) -> None:
    """Stop a server whose listener is behind at the stop, if it waits at a gate."""
    assert eventually(lambda: takes_sigterm(server.pid))
    os.kill(server.pid, signal.SIGTERM)
    if gate is not None:
        gate.touch()
    ends_well(server)


def reset(server: OrthancServer) -> None:
    assert eventually(lambda: takes_sigterm(server.pid))
    begun = server.log().count("the script begins")
    server.post("/tools/reset")
    assert eventually(lambda: server.log().count("the script begins") > begun), "no second start"

    def answers() -> bool:
        try:
            return server.get("/system", timeout=5.0).status == 200
        except OSError:
            return False

    assert eventually(answers), "no answer after the reset"
    assert eventually(lambda: takes_sigterm(server.pid))


def ends_well(server: OrthancServer) -> None:
    assert server.wait(timeout=120.0) == 0
    text = server.log() + server.output()
    assert not re.search("Fatal Python error|Segmentation|terminate called", text)


ENDS = pytest.mark.parametrize("end", [terminate, reset])
End = Callable[[OrthancServer], None]


@ENDS
@pytest.mark.parametrize(("gets", "seconds"), [(1, 0.2), (200, 0.0)])
def test_no_change_is_lost(orthanc: Servers, gets: int, seconds: float, end: End) -> None:
    server = orthanc(LISTENER.format(gets=gets, seconds=seconds), configuration={"Python": {"StopTimeout": 60}})
    for _ in range(20):
        server.upload(new_instance(CT)[1])
    end(server)
    text = server.log()
    assert text.count("handled ") == 20
    assert text.rindex("handled ") < text.index("the script has seen the stop")


def test_what_is_left_is_named(orthanc: Servers, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    script = GATE.format(gate=str(gate)) + LISTENER.format(gets=1, seconds=0.4)  # less than the second for the call that runs
    server = orthanc(script, configuration={"Python": {"StopTimeout": 1}})
    for _ in range(25):
        server.upload(new_instance(CT)[1])
    terminate(server, gate)
    assert re.search(r"the script is not told of \d+ changes: .*NEW_INSTANCE \(\d+\)", server.log())
    assert "the script has seen the stop" in server.log()


@ENDS
@pytest.mark.parametrize("count", [1, 4, 64])
def test_threads_in_calls(orthanc: Servers, count: int, end: End) -> None:
    server = orthanc(THREADS.format(count=count))
    end(server)
    assert eventually(
        lambda: server.output().count("refused: RestApiGet cannot be called any more: Orthanc has stopped") >= count
    )


@ENDS
def test_tasks_executors_and_timers(orthanc: Servers, end: End) -> None:
    server = orthanc(TASKS, configuration={"Python": {"StopTimeout": 3}})
    assert server.get("/begin").text == "begun"
    end(server)
    assert "the task ends" in server.log()
