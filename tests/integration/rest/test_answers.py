# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers in several parts, and answers that are sent while they are made, as a client receives them."""

from __future__ import annotations

import email
import http.client
import re
from email.message import Message
from pathlib import Path

import pytest
from conftest import Servers
from helpers import running_version

from orthanc_python import OrthancServer

SCRIPT = """
import threading

import orthanc

go_on = threading.Event()


def multipart(output, uri, **request):
    output.StartMultipartAnswer(request["groups"][0], "application/octet-stream")
    output.SendMultipartItem(b"first \\x00\\xff")
    output.SendMultipartItem("second")
    output.SendMultipartItem2(b"third", {"Content-Location": "/3", "X-Extra": "more"})
    output.SendMultipartItem2("fourth", None)


def stream(output, uri, **request):
    output.SetHttpHeader("X-Extra", "more")
    output.StartStreamAnswer("text/plain")
    output.SendStreamChunk(b"first ")
    go_on.wait()
    output.SendStreamChunk("second ")
    output.SendStreamChunk(None)
    output.SendStreamChunk(memoryview(b"third"))


def large(output, uri, **request):
    output.StartStreamAnswer("application/octet-stream")
    block = bytes(1 << 20)
    for _ in range(300):
        output.SendStreamChunk(block)


orthanc.RegisterRestCallback("/multipart/(.*)", multipart)
orthanc.RegisterRestCallback("/stream", stream)
orthanc.RegisterRestCallback("/large", large)
orthanc.RegisterRestCallback("/go-on", lambda output, uri, **request: (go_on.set(), output.AnswerBuffer("", "text/plain")))
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(SCRIPT)


def parts(server: OrthancServer, kind: str) -> list[Message]:
    answer = server.get(f"/multipart/{kind}")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(f"multipart/{kind}")
    header = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    found = email.message_from_bytes(header + answer.body).get_payload()
    assert isinstance(found, list)
    return [part for part in found if isinstance(part, Message)]


@pytest.mark.parametrize("kind", ["mixed", "related"])
def test_multipart(server: OrthancServer, kind: str) -> None:
    found = parts(server, kind)
    contents = [part.get_payload(decode=True) for part in found]
    assert contents == [b"first \x00\xff", b"second", b"third", b"fourth"]
    assert [part["Content-Location"] for part in found] == [None, None, "/3", None]
    assert found[2]["X-Extra"] == "more"
    assert found[0]["Content-Type"].startswith("application/octet-stream")


def needs_streams(server: OrthancServer) -> None:
    if running_version(server) < (1, 12, 6):
        pytest.skip("streams need Orthanc 1.12.6")


def test_stream_arrives_while_it_is_made(server: OrthancServer) -> None:
    needs_streams(server)
    connection = http.client.HTTPConnection(server.host, server.http_port)
    connection.request("GET", "/stream")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"], answer.headers["X-Extra"]) == (200, "text/plain", "more")
    assert answer.read(6) == b"first "
    server.get("/go-on")
    assert answer.read() == b"second third"
    connection.close()


def test_large_stream(server: OrthancServer) -> None:
    needs_streams(server)
    status = Path(f"/proc/{server.pid}/status")

    def memory(name: str) -> int:
        found = re.search(rf"^{name}:\s+(\d+) kB", status.read_text(), re.MULTILINE)
        assert found
        return int(found.group(1)) // 1024

    Path(f"/proc/{server.pid}/clear_refs").write_text("5")
    before = memory("VmRSS")
    connection = http.client.HTTPConnection(server.host, server.http_port)
    connection.request("GET", "/large")
    answer = connection.getresponse()
    size = 0
    while chunk := answer.read(1 << 20):
        size += len(chunk)
    connection.close()
    assert size == 300 << 20
    assert memory("VmHWM") - before < 100
