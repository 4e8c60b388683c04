# SPDX-License-Identifier: GPL-3.0-or-later
"""REST callbacks that are generator functions: what they yield is the answer."""

from __future__ import annotations

import re

import pytest
from conftest import Servers
from helpers import CT

SCRIPT = """
import orthanc

def texts(output, uri, **request):
    for number in range(3):
        yield f"part {number}\\n"

def data(output, uri, **request):
    yield b"a"
    yield bytearray(b"b")
    yield memoryview(b"c")

def by_itself(output, uri, **request):
    output.AnswerBuffer("by itself", "text/plain")
    return
    yield

def nothing(output, uri, **request):
    yield from ()

def fails(output, uri, **request):
    raise LookupError("before the first part")
    yield

def wrong(output, uri, **request):
    yield 5

async def asynchronous(output, uri, **request):
    yield "part"

for callback in (texts, data, by_itself, nothing, fails, wrong, asynchronous):
    orthanc.RegisterRestCallback("/" + callback.__name__, callback)
orthanc.RegisterChunkedRestCallback("/chunked", texts)
"""


@pytest.mark.parametrize(
    ("route", "body", "kind"),
    [
        ("/texts", "part 0\npart 1\npart 2\n", "text/plain"),
        ("/chunked", "part 0\npart 1\npart 2\n", "text/plain"),
        ("/data", "abc", "application/octet-stream"),
        ("/nothing", "", "text/plain"),
        ("/by_itself", "by itself", "text/plain"),
    ],
)
def test_what_is_yielded_is_the_answer(orthanc: Servers, route: str, body: str, kind: str) -> None:
    answer = orthanc(SCRIPT).get(route)
    assert (answer.status, answer.text) == (200, body)
    assert answer.headers["content-type"] == kind


def test_errors(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    for route in ("/fails", "/wrong", "/asynchronous"):
        assert server.get(route).status == 500
    assert re.search(r"^E.*/fails.*LookupError: before the first part", server.log(), re.MULTILINE)
    assert re.search(r"^E.*/wrong.*TypeError: .* must yield str or bytes, not 5", server.log(), re.MULTILINE)
    assert re.search(r"^E.*/asynchronous.*TypeError: .*asynchronous generator", server.log(), re.MULTILINE)


def test_callbacks_without_a_result(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc

        def on_change(change_type, level, resource_id):
            yield 1

        async def on_stored(instance, instance_id):
            yield 1

        orthanc.RegisterOnChangeCallback(on_change)
        orthanc.RegisterOnStoredInstanceCallback(on_stored)
        """
    )
    server.upload(CT)
    server.wait_for_log("the change callback failed .*: TypeError: the callback is a generator function")
    server.wait_for_log("the callback of the stored instance .* failed .*: TypeError: the callback is a generator function")
