# SPDX-License-Identifier: GPL-3.0-or-later
"""The next callback does not see what one callback sets for its thread."""

from __future__ import annotations

import pytest
from conftest import Servers
from helpers import CT, eventually

from orthanc_python import OrthancServer

SCRIPT = """
import asyncio
import contextvars
import decimal
import json
import threading
import orthanc

user = contextvars.ContextVar("user", default="nobody")
told = []


def look_and_set(name):
    found = [user.get(), decimal.getcontext().prec]
    user.set(name)
    decimal.getcontext().prec = 5
    return found


def answer(output, value):
    output.AnswerBuffer(json.dumps(value), "application/json")


def plain(output, uri, **request):
    answer(output, [*look_and_set(uri), threading.get_ident()])


async def later(output, uri, **request):
    found = look_and_set(uri)
    await asyncio.sleep(0)
    answer(output, [*found, threading.get_ident()])


def parts(output, uri, **request):
    found = look_and_set(uri)
    yield json.dumps([*found, threading.get_ident()])


def nested(output, uri, **request):
    look_and_set(uri)
    inner = json.loads(orthanc.RestApiGetAfterPlugins("/plain"))
    answer(output, [inner[:2], user.get(), decimal.getcontext().prec])


def nested_in_loop(output, uri, **request):
    async def call():
        user.set("outer")
        return [json.loads(orthanc.RestApiGetAfterPlugins("/later"))[:2], user.get()]

    answer(output, asyncio.run(call()))


async def later_nested(output, uri, **request):
    user.set("outer")
    answer(output, [json.loads(orthanc.RestApiGetAfterPlugins("/later"))[:2], user.get()])


def loops(output, uri, **request):
    try:
        loop = asyncio.get_event_loop()
    except RuntimeError:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
    result = loop.run_until_complete(asyncio.sleep(0, "slept"))
    loop.close()
    answer(output, [result, threading.get_ident()])


def local(output, uri, **request):
    kept.count = getattr(kept, "count", 0) + 1
    answer(output, [kept.count, threading.get_ident()])


kept = threading.local()


def allow(uri, **request):
    told.append(["filter", *look_and_set("filter")])
    return True


def on_change(change_type, level, resource_id):
    told.append(["change", *look_and_set("change")])


def stored(instance, instance_id):
    told.append(["stored", *look_and_set("stored")])


def job():
    user.set("job")
    yield 0.5
    told.append(["job", user.get()])


def jobs(output, uri, **request):
    orthanc.CreateJob(job, "job").SubmitJob()
    answer(output, None)


for callback in (plain, later, parts, nested, nested_in_loop, later_nested, loops, local, jobs):
    orthanc.RegisterRestCallback("/" + callback.__name__, callback)
orthanc.RegisterRestCallback("/told", lambda output, uri, **request: answer(output, told))
orthanc.RegisterIncomingHttpRequestFilter(allow)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterOnStoredInstanceCallback(stored)
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(SCRIPT, configuration={"HttpThreadsCount": 1})


@pytest.mark.parametrize("route", ["plain", "later", "parts"])
def test_requests(server: OrthancServer, route: str) -> None:
    """Context variables, and decimal's context with them, are as new in each callback."""
    answers = [server.get(f"/{route}").json() for _ in range(3)]
    assert len({thread for _, _, thread in answers}) == 1, "not on one thread: this shows nothing"
    assert [answer[:2] for answer in answers] == [["nobody", 28]] * 3


def test_nested_callbacks(server: OrthancServer) -> None:
    """The inner callback sees nothing of the outer one. The outer one finds its own context again."""
    assert server.get("/nested").json() == [["nobody", 28], "/nested", 5]
    assert server.get("/nested_in_loop").json() == [["nobody", 28], "outer"]
    assert server.get("/later_nested").json() == [["nobody", 28], "outer"]


def test_callbacks_of_other_kinds(server: OrthancServer) -> None:
    server.upload(CT)
    server.upload(CT)
    kinds = {"filter", "change", "stored"}
    assert eventually(lambda: kinds <= {each[0] for each in server.get("/told").json()})
    told = server.get("/told").json()
    assert all(each[1:] == ["nobody", 28] for each in told if each[0] in kinds)


def test_event_loops(server: OrthancServer) -> None:
    """A loop that a callback has set, and closed, is not that of the next."""
    answers = [server.get("/loops").json() for _ in range(3)]
    assert len({thread for _, thread in answers}) == 1, "not on one thread: this shows nothing"
    assert [answer[0] for answer in answers] == ["slept"] * 3


def test_thread_locals_stay(server: OrthancServer) -> None:
    """Scripts keep connections, for example, for each thread."""
    first, second = (server.get("/local").json() for _ in range(2))
    assert second == [first[0] + 1, first[1]]


def test_job_keeps_its_context(server: OrthancServer) -> None:
    """The steps of a generator are one run of it."""
    server.get("/jobs")
    assert eventually(lambda: [each for each in server.get("/told").json() if each[0] == "job"]) == [["job", "job"]]
