# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads: those of the script and those of Orthanc, and calls of Orthanc that come back to the script."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Servers
from helpers import CT, eventually, http_service
from remote import SCRIPT, Remote

NESTED = """
import json
import logging
import threading
import orthanc

events = []
local = threading.local()


def inner(output, uri, **request):
    output.AnswerBuffer(request.get("body", b"inner"), "text/plain")


def outer(output, uri, **request):
    text = orthanc.RestApiGetAfterPlugins("/inner") + orthanc.RestApiPostAfterPlugins("/inner", "+posted")
    output.AnswerBuffer(text, "text/plain")


def deep(output, uri, **request):
    depth = int(request["groups"][0])
    text = orthanc.RestApiGetAfterPlugins(f"/deep/{depth - 1}") if depth else b""
    output.AnswerBuffer(text + str(depth).encode(), "text/plain")


def upload(output, uri, **request):
    \"\"\"Storing an instance calls the listeners while this callback waits.\"\"\"
    output.AnswerBuffer(orthanc.RestApiPost("/instances", request["body"]), "application/json")


def on_stored(instance, instance_id):
    events.append("stored")
    orthanc.RestApiGetAfterPlugins("/inner")


def on_received(data, origin):
    events.append("received")
    return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None


def on_change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.NEW_INSTANCE:
        events.append(orthanc.RestApiGetAfterPlugins("/inner").decode())


def threads(output, uri, **request):
    names = [thread.name for thread in threading.enumerate()]
    output.AnswerBuffer(json.dumps({"threads": names, "events": events}), "application/json")


orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterReceivedInstanceCallback(on_received)
orthanc.RegisterOnChangeCallback(on_change)
for route, callback in {
    "/inner": inner, "/outer": outer, "/deep/([0-9]+)": deep, "/upload": upload, "/threads": threads
}.items():
    orthanc.RegisterRestCallback(route, callback)
"""


def test_calls_that_come_back(orthanc: Servers) -> None:
    server = orthanc(NESTED)
    with ThreadPoolExecutor(8) as clients:
        answers = clients.map(lambda _: server.get("/outer").text, range(40))
        assert set(answers) == {"inner+posted"}
    assert server.get("/deep/20").text == "".join(str(number) for number in range(21))
    assert server.post("/upload", CT.read_bytes()).json()["Status"] == "Success"
    events = eventually(lambda: found if len(found := server.get("/threads").json()["events"]) == 3 else None)
    assert sorted(events) == ["inner", "received", "stored"]


def test_threads_do_not_pile_up(orthanc: Servers) -> None:
    server = orthanc(NESTED)
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(lambda _: server.get("/inner"), range(200)))
        before = len(server.get("/threads").json()["threads"])
        list(clients.map(lambda _: server.get("/inner"), range(600)))
    after = len(server.get("/threads").json()["threads"])
    assert after <= max(before, 60), "each request leaves a thread behind"  # Orthanc has 50 threads for HTTP


def test_threads_of_the_script(orthanc: Servers) -> None:
    server = orthanc("""
        import asyncio
        import json
        import logging
        import queue
        import threading
        from concurrent.futures import ThreadPoolExecutor
        import orthanc

        class Handler(logging.Handler):
            def emit(self, record):
                orthanc.LogWarning(f"{record.threadName}: {record.getMessage()}")

        logging.getLogger().addHandler(Handler())
        work = queue.Queue()
        results = []

        def run():
            while (item := work.get()) is not None:
                results.append(json.loads(orthanc.RestApiGet("/statistics"))["CountInstances"] + item)
                logging.warning("done %d", item)

        async def gather():
            loop = asyncio.get_running_loop()
            calls = [loop.run_in_executor(None, orthanc.RestApiGet, "/system") for _ in range(5)]
            return len(await asyncio.gather(*calls))

        def answer(output, uri, **request):
            with ThreadPoolExecutor(4) as executor:
                systems = list(executor.map(orthanc.RestApiGet, ["/system"] * 20))
            found = {"results": sorted(results), "systems": len(set(systems)), "gathered": asyncio.run(gather())}
            output.AnswerBuffer(json.dumps(found), "application/json")

        def on_change(change_type, level, resource_id):
            if change_type == orthanc.ChangeType.ORTHANC_STARTED:
                for number in range(10):
                    work.put(number)
            elif change_type == orthanc.ChangeType.ORTHANC_STOPPED:
                work.put(None)
                thread.join()
                orthanc.LogWarning("joined")

        thread = threading.Thread(target=run, name="worker")
        thread.start()
        orthanc.RegisterOnChangeCallback(on_change)
        orthanc.RegisterRestCallback("/answer", answer)
    """)
    server.wait_for_log("worker: done 9")
    assert server.get("/answer").json() == {"results": list(range(10)), "systems": 1, "gathered": 5}
    orthanc.stop(server)
    assert "joined" in server.log()


@pytest.mark.parametrize("allowed", [True, False])
def test_allow_threads(orthanc: Servers, allowed: bool) -> None:
    """Other threads of the script run while one waits in an Orthanc call, if the setting allows that."""
    import time

    calls: list[tuple[float, float]] = []

    def answer(body: bytes) -> bytes:
        received = time.monotonic()  # the clock of the whole machine
        time.sleep(1.0)
        calls.append((received, time.monotonic()))
        return body

    with http_service(answer) as (address, _):
        server = orthanc(SCRIPT, configuration={"Python": {"AllowThreads": allowed}})
        remote = Remote(server)
        ticks = remote(f"""
            import threading, time
            ticks, ending = [], threading.Event()
            def tick():
                while not ending.is_set():
                    ticks.append(time.monotonic())
                    time.sleep(0.01)
            thread = threading.Thread(target=tick)
            thread.start()
            orthanc.HttpPost({address!r}, "body", None, None)
            ending.set()
            thread.join()
            result = ticks
        """)
        threaded = remote("import sysconfig; result = bool(sysconfig.get_config_var('Py_GIL_DISABLED'))")
    ((received, answered),) = calls
    ticked = any(received < each < answered for each in ticks)
    assert ticked == (allowed or threaded)  # without a GIL there is nothing that a call could keep
