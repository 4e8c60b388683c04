# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the client: those that are the fault of a piece, and those that are not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import HTTPError

import pytest
from orthanc_work_queue.orthanc_client import OrthancClient, Unreachable


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


def url_of(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def test_no_answer_in_time(listening: socket.socket) -> None:
    """The connection is made, and no answer comes: a piece that always needs too long must fail."""
    with pytest.raises(TimeoutError):
        OrthancClient(url_of(listening.getsockname()[1]), {}, timeout=0.1).get("/x")


def test_no_connection(listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    listening.close()
    with pytest.raises(Unreachable):
        OrthancClient(url_of(port), {}).get("/x")


@pytest.mark.parametrize(("status", "error"), [(401, Unreachable), (403, HTTPError), (404, HTTPError)])
def test_status(status: int, error: type[Exception]) -> None:
    """Only a wrong authorization is not the fault of the piece."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(error):
            OrthancClient(url_of(server.server_port), {}).get("/x")
        thread.join()
