# SPDX-License-Identifier: GPL-3.0-or-later
"""Callbacks that return coroutines and generators of compilers such as Cython, or what only looks like them."""

from __future__ import annotations

import pytest
from conftest import Servers
from helpers import CT

STORAGE = """
import asyncio
import threading
import time
from unittest.mock import MagicMock
import orthanc

files = {}
other = asyncio.new_event_loop()
threading.Thread(target=other.run_forever, daemon=True).start()

async def write(uuid, content):
    await asyncio.sleep(0)
    files[uuid] = content

class Later:
    # an iterator beside it, as the coroutines of Cython have
    def __init__(self, *arguments):
        self.coroutine = write(*arguments)

    def __await__(self):
        return self.coroutine.__await__()

    def send(self, value):
        return self.coroutine.send(value)

    def throw(self, *error):
        return self.coroutine.throw(*error)

    def close(self):
        self.coroutine.close()

class Compiled(Later):
    # the iterator itself, as the coroutines of Nuitka
    def __await__(self):
        return self

    def __next__(self):
        return self.coroutine.send(None)

class Handle:
    # as the futures of Dask: the method itself waits
    def result(self):
        time.sleep(60)
        orthanc.LogError("failed: the event loop has waited")

    def __await__(self):
        return self.result().__await__()

def handle(uuid, content):
    files[uuid] = content
    return Handle()

class Generator:
    # as the generators of Cython and Nuitka
    def __init__(self, *arguments):
        pass

    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration

    def send(self, value):
        raise StopIteration

class AsyncGenerator:
    def __init__(self, *arguments):
        pass

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration

    async def asend(self, value):
        raise StopAsyncIteration

def submitted(*arguments):
    return asyncio.run_coroutine_threadsafe(write(*arguments), other)

def task(*arguments):
    made = threading.Event()
    tasks = []
    def make():
        tasks.append(other.create_task(write(*arguments)))
        made.set()
    other.call_soon_threadsafe(make)
    made.wait()
    return tasks[0]

def body():
    yield from (b"one", b"two")

class Body:
    # as the generators of Cython and Nuitka
    def __init__(self):
        self.parts = body()

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.parts)

    def send(self, value):
        return self.parts.send(value)

async def fail():
    raise LookupError("not there")

class Raising(Compiled):
    def __init__(self):
        self.coroutine = fail()

def mocked(output, uri, **request):
    output.AnswerBuffer("mocked", "text/plain")
    return MagicMock()

async def quick(output, uri, **request):
    output.AnswerBuffer("quick", "text/plain")

orthanc.RegisterStorageArea(
    lambda uuid, content_type, content: KIND(uuid, content),
    lambda uuid, content_type: files[uuid],
    lambda uuid, content_type: files.pop(uuid),
)
orthanc.RegisterRestCallback("/body", lambda output, uri, **request: Body())
orthanc.RegisterRestCallback("/raising", lambda output, uri, **request: Raising())
orthanc.RegisterRestCallback("/mocked", mocked)
orthanc.RegisterRestCallback("/quick", quick)
orthanc.RegisterOnStoredInstanceCallback(lambda instance, identifier: MagicMock())
"""


@pytest.mark.parametrize("kind", ["Later", "Compiled", "task", "submitted"])
def test_storage_area(orthanc: Servers, kind: str) -> None:
    """A task of another loop has begun already, and goes on there."""
    server = orthanc(STORAGE.replace("KIND", kind), configuration={"MaximumStorageCacheSize": 0})
    instance = server.upload(CT)["ID"]
    assert server.get(f"/instances/{instance}/file").body == CT.read_bytes()
    assert "failed" not in server.log()


def test_a_handle_that_blocks(orthanc: Servers) -> None:
    """It goes on by itself. The event loop would wait for nothing else meanwhile."""
    server = orthanc(STORAGE.replace("KIND", "handle"))
    assert server.get("/quick").text == "quick"
    server.upload(CT)
    assert server.get("/quick").text == "quick"
    assert "failed" not in server.log()


def test_mocks(orthanc: Servers) -> None:
    """They have every attribute, but are neither coroutines nor generators."""
    server = orthanc(STORAGE.replace("KIND", "Later"))
    server.upload(CT)
    assert server.get("/mocked").text == "mocked"
    assert "failed" not in server.log()


@pytest.mark.parametrize("kind", ["Generator", "AsyncGenerator"])
def test_generators(orthanc: Servers, kind: str) -> None:
    server = orthanc(STORAGE.replace("KIND", kind))
    assert server.post("/instances", CT.read_bytes()).status >= 400
    server.wait_for_log("TypeError: the callback is a generator function")


def test_rest_callbacks(orthanc: Servers) -> None:
    server = orthanc(STORAGE.replace("KIND", "Later"))
    assert server.get("/body").text == "onetwo"
    assert server.get("/raising").status == 500
    server.wait_for_log("the REST callback of /raising failed.* LookupError: not there")
