# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that goes away while it is answered is not an error of the script."""

from __future__ import annotations

import socket
import struct

import pytest
from conftest import Servers

SCRIPT = """
import threading
import orthanc

LARGE = bytes(20_000_000)  # more than the buffers of a connection hold


def whole(output, uri, **request):
    output.AnswerBuffer(LARGE, "text/plain")


async def later(output, uri, **request):
    output.AnswerBuffer(LARGE, "text/plain")


def multipart(output, uri, **request):
    output.StartMultipartAnswer("mixed", "text/plain")
    for _ in range(50):
        output.SendMultipartItem(LARGE)


def parts(output, uri, **request):
    for _ in range(50):
        yield LARGE


def chunked(output, uri, **request):
    for _ in request["body"]:
        pass
    output.AnswerBuffer(LARGE, "text/plain")


def other(output, uri, **request):
    raise orthanc.OrthancException(orthanc.ErrorCode.NETWORK_PROTOCOL, "of another connection")


for callback in (whole, later, multipart, parts, other):
    orthanc.RegisterRestCallback("/" + callback.__name__, callback)
orthanc.RegisterChunkedRestCallback("/chunked", chunked)
"""


@pytest.mark.parametrize("route", ["whole", "later", "multipart", "parts", "chunked"])
def test_client_that_goes(orthanc: Servers, route: str) -> None:
    server = orthanc(SCRIPT, verbose=True)
    with socket.create_connection((server.host, server.http_port)) as connection:
        if route == "chunked":
            fields, body = "\r\nTransfer-Encoding: chunked", "1\r\nx\r\n0\r\n\r\n"
            connection.sendall(f"POST /{route} HTTP/1.1\r\nHost: localhost{fields}\r\n\r\n{body}".encode())
        else:
            connection.sendall(f"GET /{route} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert connection.recv(100)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() resets the connection
    server.wait_for_log(rf"(?m)^I.*the (chunked )?REST callback of /{route} has ended, because the client has gone$")
    assert "Traceback" not in server.log()
    assert "Exception inside the plugin engine" not in server.log()
    assert server.get("/other").status == 500


def test_other_errors_with_the_same_code(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    answer = server.get("/other")
    assert answer.status == 500 and "of another connection" in answer.text
    server.wait_for_log("the REST callback of /other failed")
