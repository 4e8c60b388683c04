# SPDX-License-Identifier: GPL-3.0-or-later
"""REST callbacks that return without an answer: the log has an error, whereas clients get what Orthanc makes of it."""

from __future__ import annotations

import http.client
import re
import socket
import threading
from typing import Any

import pytest
from conftest import Servers
from helpers import eventually, running_version

from orthanc_python import OrthancServer

SCRIPT = """
import asyncio
import os
import threading
import time

import orthanc

entered = threading.Event()


def returned(output, uri, **request):
    return "hello"


def silent(output, uri, **request):
    output.SetHttpHeader("X-Extra", "more")
    output.SetCookie("a", "b")


async def later(output, uri, **request):
    await asyncio.sleep(0)


def refused(output, uri, **request):
    try:
        output.AnswerBuffer("hello", "text/plain\\n")
    except ValueError:
        pass


def chunked(output, uri, **request):
    request["body"].read() if "body" in request else None
    return {"answer": 1}


ANSWERS = {
    "AnswerBuffer": ("hello", "text/plain"),
    "Redirect": ("/system",),
    "SendHttpStatusCode": (404,),
    "SendHttpStatus": (404, "nothing"),
    "SendUnauthorized": ("realm",),
    "SendMethodNotAllowed": ("POST",),
    "StartMultipartAnswer": ("mixed", "text/plain"),
    "CompressAndAnswerPngImage": (orthanc.PixelFormat.GRAYSCALE8, 1, 1, 1, b"a"),
    "CompressAndAnswerJpegImage": (orthanc.PixelFormat.GRAYSCALE8, 1, 1, 1, b"a", 90),
    "StartStreamAnswer": ("text/plain",),
}


def answering(output, uri, **request):
    name = request["groups"][0]
    getattr(output, name)(*ANSWERS[name])
    if name == "StartMultipartAnswer":
        output.SendMultipartItem("part")
    if name == "StartStreamAnswer":
        output.SendStreamChunk("part")
    return "ignored"


def by_a_thread(output, uri, **request):
    thread = threading.Thread(target=output.AnswerBuffer, args=("hello", "text/plain"))
    thread.start()
    thread.join()


def forked(output, uri, **request):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        output.AnswerBuffer("hello", "text/plain")


def inside(output, uri, **request):
    try:
        orthanc.RestApiPostAfterPlugins("/silent", b"")
    except orthanc.OrthancException as error:
        output.AnswerBuffer(str(error.args[0]), "text/plain")


async def patient(output, uri, **request):
    entered.set()
    try:
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        pass


def wait(output, uri, **request):
    entered.wait()
    output.AnswerBuffer("entered", "text/plain")


def left(output, uri, **request):
    thread = threading.Thread(target=output.AnswerBuffer, args=("left", "text/plain"))
    thread.start()
    time.sleep(0.2)
    orthanc.LogWarning("the callback leaves")


for callback in (returned, silent, later, refused, by_a_thread, forked, inside, patient, wait):
    orthanc.RegisterRestCallback("/" + callback.__name__, callback)
orthanc.RegisterRestCallback("/answering/(.*)", answering)
orthanc.RegisterChunkedRestCallback("/chunked", chunked)
orthanc.RegisterChunkedRestCallback("/left", left)
"""
ADVICE = "has returned without an answer: call output.AnswerBuffer() or another method of output"
IGNORED = "; what it returns is ignored"


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(SCRIPT)


def callback(server: OrthancServer, name: str) -> dict[str, Any]:
    found = [each for each in server.get("/python/status").json()["Callbacks"] if each["Function"] == name]
    assert len(found) == 1
    result: dict[str, Any] = found[0]
    return result


def ask(server: OrthancServer, route: str, method: str = "GET") -> bytes | None:
    """Return the body of the answer, None if Orthanc ends the connection without one."""
    connection = http.client.HTTPConnection(server.host, server.http_port, timeout=60)
    try:
        connection.request(method, route, b"body" if method == "POST" else None)
        return connection.getresponse().read()
    except (http.client.RemoteDisconnected, ConnectionResetError):
        return None
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("name", "method", "end"),
    [
        ("returned", "GET", IGNORED),
        ("silent", "GET", ""),
        ("later", "GET", ""),
        ("refused", "GET", ""),
        ("chunked", "GET", IGNORED),
        ("chunked", "POST", IGNORED),
    ],
)
def test_one_error_in_the_log(server: OrthancServer, name: str, method: str, end: str) -> None:
    before, errors = len(server.log()), callback(server, name)["Errors"]
    assert not ask(server, f"/{name}", method)
    kind = "chunked REST callback" if method == "POST" else "REST callback"
    place = rf"\({name}, \S+script\.py:[0-9]+, registered at \S+script\.py:[0-9]+\)"
    line = rf"E.*Python: the {kind} of /{name} {place} {re.escape(ADVICE + end)}"
    log = server.log()[before:]
    assert re.search(f"^{line}$", log, re.MULTILINE), log
    assert log.count("without an answer") == 1
    assert callback(server, name)["Errors"] == errors + 1


def ask_to_the_end(server: OrthancServer, route: str) -> bytes:
    """Return all that is sent until Orthanc ends the connection: it does so when the callback has returned."""
    with socket.create_connection((server.host, server.http_port), timeout=60) as connection:
        connection.sendall(f"GET {route} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


METHODS = re.findall(r'^    "([A-Z]\w+)": \(', SCRIPT, re.MULTILINE)


@pytest.mark.parametrize("route", [*(f"answering/{name}" for name in METHODS), "by_a_thread", "forked"])
def test_no_error_with_an_answer(server: OrthancServer, route: str) -> None:
    if "Stream" in route and running_version(server) < (1, 12, 6):
        pytest.skip("streams need Orthanc 1.12.6")
    before = len(server.log())
    assert ask_to_the_end(server, f"/{route}").startswith(b"HTTP/1.1 ")
    assert "Python:" not in server.log()[before:]
    assert callback(server, route.partition("/")[0])["Errors"] == 0


def test_no_error_of_a_thread_that_waits_for_the_body(server: OrthancServer) -> None:
    """The callback has returned long before its thread can answer."""
    before = len(server.log())
    with socket.create_connection((server.host, server.http_port), timeout=60) as connection:
        head = "POST /left HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(f"{head}4\r\nbody\r\n".encode())
        server.wait_for_log("the callback leaves", beginning=before)
        assert eventually(lambda: "RestOutput" in server.get("/python/threads").text)
        connection.sendall(b"0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"left")
    assert "without an answer" not in server.log()[before:]
    assert callback(server, "left")["Errors"] == 0


def test_call_inside_orthanc(server: OrthancServer) -> None:
    before = len(server.log())
    assert ask(server, "/inside") == b"17"
    assert server.log()[before:].count("the REST callback of /silent (silent, ") == 1


def test_callback_that_is_cancelled_at_a_stop(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration={"Python": {"StopTimeout": 1}})
    asking = threading.Thread(target=lambda: ask(server, "/patient"))
    asking.start()
    assert ask(server, "/wait") == b"entered"
    assert server.stop() == 0
    asking.join()
    assert "without an answer" not in server.log()
