# SPDX-License-Identifier: GPL-3.0-or-later
"""Callbacks written as `async def`."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Servers
from helpers import CT, eventually

SCRIPT = """
import asyncio
import json
import threading
import orthanc

waiting = 0
everybody = asyncio.Event()

async def meet(output, uri, **request):
    global waiting
    waiting += 1
    if waiting == 20:
        everybody.set()
    await everybody.wait()
    output.AnswerBuffer(json.dumps([threading.current_thread().name, waiting]), "application/json")

async def fail(output, uri, **request):
    await asyncio.sleep(0)
    raise orthanc.OrthancException(orthanc.ErrorCode.UNKNOWN_RESOURCE, "nothing there")

async def leave(output, uri, **request):
    await asyncio.sleep(0)
    raise SystemExit(3)

async def nested(output, uri, **request):
    output.AnswerBuffer(orthanc.RestApiGetAfterPlugins("/inner"), "text/plain")

async def inner(output, uri, **request):
    await asyncio.sleep(0.01)
    output.AnswerBuffer("inner", "text/plain")

async def for_ever(output, uri, **request):
    seen.append("waiting")
    await asyncio.sleep(3600)

async def allow(uri, **request):
    await asyncio.sleep(0)
    return uri != "/forbidden"

seen = []

async def stored(instance, instance_id):
    await asyncio.sleep(0)
    seen.append(instance.GetInstanceSize())

def tell(output, uri, **request):
    output.AnswerBuffer(json.dumps(seen), "application/json")

for name, callback in {"meet": meet, "fail": fail, "leave": leave, "nested": nested, "inner": inner, "ever": for_ever}.items():
    orthanc.RegisterRestCallback("/" + name, callback)
orthanc.RegisterRestCallback("/seen", tell)
orthanc.RegisterIncomingHttpRequestFilter(allow)
orthanc.RegisterOnStoredInstanceCallback(stored)
"""


def test_requests_wait_together_on_one_thread(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration={"HttpThreadsCount": 30})
    with ThreadPoolExecutor(20) as pool:
        answers = [json.loads(answer.body) for answer in pool.map(lambda _: server.get("/meet"), range(20))]
    assert answers == [["orthanc-event-loop", 20]] * 20


def test_errors_are_answered_as_those_of_other_callbacks(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    assert server.get("/fail").status == 404
    assert "nothing there" in server.get("/fail").text
    assert server.get("/leave").status == 500
    assert "SystemExit: 3" in server.log()
    assert server.get("/inner").text == "inner"  # the loop goes on


def test_registration_of_a_route(orthanc: Servers) -> None:
    """Orthanc would wait for the end of all REST callbacks, and they for the event loop."""
    script = """
async def register(output, uri, **request):
    orthanc.RegisterRestCallback("/late", inner)

async def indirectly(output, uri, **request):
    orthanc.RestApiGetAfterPlugins("/register")

orthanc.RegisterRestCallback("/register", register)
orthanc.RegisterRestCallback("/indirectly", indirectly)
"""
    server = orthanc(SCRIPT + script)
    with ThreadPoolExecutor(20) as pool:
        meeting = [pool.submit(server.get, "/meet", timeout=30.0) for _ in range(19)]
        assert server.get("/register", timeout=30.0).status == 500
        server.wait_for_log("RuntimeError: a REST callback cannot register another, nor can an `async def` callback")
        assert server.get("/meet", timeout=30.0).status == 200
        assert all(answer.result().status == 200 for answer in meeting)
    assert server.get("/indirectly", timeout=30.0).status == 500


def test_a_coroutine_that_reaches_another_through_orthanc(orthanc: Servers) -> None:
    assert orthanc(SCRIPT).get("/nested", timeout=20).text == "inner"


def test_other_kinds_of_callbacks(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    server.upload(CT)
    assert eventually(lambda: server.get("/seen").json()) == [CT.stat().st_size]
    assert server.get("/forbidden").status == 403


def test_a_stop_does_not_wait_for_ever(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration={"Python": {"StopTimeout": 1}})
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(lambda: server.get("/ever").status)
        assert eventually(lambda: server.get("/seen").json() == ["waiting"])
        orthanc.stop(server)
        assert hanging.exception() or hanging.result() >= 400


EXITS = """
import asyncio
import sys
import orthanc

async def child():
    sys.exit("the child leaves")

async def quit():
    try:
        await asyncio.sleep(3600)
    finally:
        sys.exit("leaves when cancelled")

def interrupt():
    raise KeyboardInterrupt("the handle leaves")

async def task(output, uri, **request):
    asyncio.create_task(child())
    await asyncio.sleep(0.1)
    output.AnswerBuffer("task", "text/plain")

async def handles(output, uri, **request):
    asyncio.get_running_loop().call_soon(interrupt)
    asyncio.get_running_loop().call_later(0.05, interrupt)
    await asyncio.sleep(0.1)
    output.AnswerBuffer("handles", "text/plain")

async def nested(output, uri, **request):
    output.AnswerBuffer(orthanc.RestApiGetAfterPlugins("/task"), "text/plain")

async def leave_behind(output, uri, **request):
    tasks.append(asyncio.create_task(quit()))
    output.AnswerBuffer("left behind", "text/plain")

async def stop_loop(output, uri, **request):
    asyncio.get_running_loop().stop()
    await asyncio.sleep(3600)

tasks = []
for callback in (task, handles, nested, leave_behind, stop_loop):
    orthanc.RegisterRestCallback("/" + callback.__name__, callback)
"""


def test_an_exit_beside_a_callback_does_not_end_the_loop(orthanc: Servers) -> None:
    server = orthanc(EXITS)
    assert server.get("/task", timeout=10).text == "task"
    server.wait_for_log("SystemExit: the child leaves")
    assert server.get("/handles", timeout=10).text == "handles"
    assert server.log().count("failed: KeyboardInterrupt: the handle leaves") == 2
    assert server.get("/task", timeout=10).text == "task"
    assert server.get("/nested", timeout=10).text == "task"  # the inner callback has a loop of its own
    assert "IndexError" not in server.log()


def test_an_exit_while_the_loop_ends(orthanc: Servers) -> None:
    server = orthanc(
        EXITS
        + """
import threading
import time

def work():
    while not stopping.wait(0.01):
        pass
    time.sleep(0.5)
    orthanc.LogWarning("the work is finished")

def stopped(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STOPPED:
        stopping.set()

stopping = threading.Event()
threading.Thread(target=work).start()
orthanc.RegisterOnChangeCallback(stopped)
"""
    )
    assert server.get("/leave_behind", timeout=10).text == "left behind"
    orthanc.stop(server)
    assert "the work is finished" in server.log()
    assert "SystemExit: leaves when cancelled" in server.log()


def test_an_exit_beside_the_stop_of_the_loop(orthanc: Servers, tmp_path: Path) -> None:
    """asyncio forgets the stop. The loop ends all the same, and closes its generators."""
    server = orthanc(f"""
        import asyncio
        import pathlib
        import sys
        import time
        import orthanc

        async def generate():
            try:
                yield
            finally:
                pathlib.Path({str(tmp_path / "closed")!r}).touch()

        def block(loop):
            time.sleep(3)  # meanwhile, the plugin calls loop.stop()
            loop.call_soon(sys.exit, "leaves beside the stop")

        async def wait():
            try:
                await asyncio.sleep(3600)
            finally:
                loop = asyncio.get_running_loop()
                loop.call_later(0.1, block, loop)

        async def begin(output, uri, **request):
            await anext(generator)
            tasks.append(asyncio.create_task(wait()))
            output.AnswerBuffer("begun", "text/plain")

        generator = generate()
        tasks = []
        orthanc.RegisterRestCallback("/begin", begin)
        """)
    server.get("/begin")
    orthanc.stop(server)
    assert "SystemExit: leaves beside the stop" in server.log()
    assert (tmp_path / "closed").exists()


def test_a_stopped_loop_releases_its_callbacks_and_the_next_one_has_another(orthanc: Servers) -> None:
    server = orthanc(EXITS)
    for _ in range(2):
        assert server.get("/stop_loop", timeout=10).status == 500
        assert "the event loop was stopped" in server.log()
        assert server.get("/task", timeout=10).text == "task"


def test_an_asyncio_that_cannot_be_imported(orthanc: Servers) -> None:
    """Each request gets its error, and the stop ends. With the module, async callbacks work."""
    script = """
        import sys
        import orthanc

        async def answer(output, uri, **request):
            output.AnswerBuffer("answered", "text/plain")

        def repair(output, uri, **request):
            del sys.modules["asyncio"]
            output.AnswerBuffer("", "text/plain")

        sys.modules["asyncio"] = None
        orthanc.RegisterRestCallback("/answer", answer)
        orthanc.RegisterRestCallback("/repair", repair)
    """
    server = orthanc(script)
    for _ in range(2):
        assert server.get("/answer", timeout=10).status == 500
    server.wait_for_log("ModuleNotFoundError: import of asyncio halted")
    orthanc.stop(server)
    server.start()
    assert server.get("/answer", timeout=10).status == 500
    server.get("/repair")
    assert server.get("/answer", timeout=10).text == "answered"


@pytest.mark.parametrize("route", ["cancel", "nested"])
def test_a_cancellation_by_the_script(orthanc: Servers, route: str) -> None:
    """The log shows the script's line, and names no stop."""
    server = orthanc("""
        import asyncio
        import orthanc

        async def cancel(output, uri, **request):
            task = asyncio.create_task(asyncio.sleep(3600))
            asyncio.get_running_loop().call_soon(task.cancel)
            await task  # nobody else cancels it

        async def nested(output, uri, **request):
            output.AnswerBuffer(orthanc.RestApiGetAfterPlugins("/cancel"), "text/plain")

        orthanc.RegisterRestCallback("/cancel", cancel)
        orthanc.RegisterRestCallback("/nested", nested)
    """)
    assert server.get(f"/{route}", timeout=10).status == 500
    server.wait_for_log("failed.*asyncio.exceptions.CancelledError")
    server.wait_for_log("await task  # nobody else cancels it")
    assert "the plugin stops" not in server.log()


def test_callbacks_within_each_other(orthanc: Servers) -> None:
    """The first one blocks the event loop. The others run all the same, also one that a thread of the second asks for."""
    server = orthanc("""
        import asyncio
        import orthanc

        async def outer(output, uri, **request):
            output.AnswerBuffer(orthanc.RestApiGetAfterPlugins("/middle"), "text/plain")

        async def middle(output, uri, **request):
            inner = await asyncio.to_thread(orthanc.RestApiGetAfterPlugins, "/inner")
            output.AnswerBuffer(inner + orthanc.RestApiGetAfterPlugins("/inner"), "text/plain")

        async def inner(output, uri, **request):
            await asyncio.sleep(0.01)
            output.AnswerBuffer("x", "text/plain")

        orthanc.RegisterRestCallback("/outer", outer)
        orthanc.RegisterRestCallback("/middle", middle)
        orthanc.RegisterRestCallback("/inner", inner)
    """)
    assert server.get("/outer", timeout=60).text == "xx"
