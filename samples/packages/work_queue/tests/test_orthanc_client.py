# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the client: those that are the fault of a piece, and those that are not."""

from __future__ import annotations

import http.client
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


def test_end_of_orthanc_at_a_request(listening: socket.socket) -> None:
    """An instance that crashes Orthanc each time must fail. Else all Orthancs would crash for ever, one after the other."""

    def crash() -> None:
        connection, _ = listening.accept()
        connection.recv(1000)
        connection.close()

    thread = threading.Thread(target=crash)
    thread.start()
    with pytest.raises(ConnectionError):
        OrthancClient(url_of(listening.getsockname()[1]), {}).get("/x")
    thread.join()


def test_end_of_orthanc_while_a_body_is_sent(listening: socket.socket) -> None:
    def crash() -> None:
        connection, _ = listening.accept()
        connection.recv(1000)
        connection.close()  # with much unread, so that the system resets the connection

    thread = threading.Thread(target=crash)
    thread.start()
    with pytest.raises(ConnectionError):
        OrthancClient(url_of(listening.getsockname()[1]), {}).request("POST", "/x", bytes(50_000_000))
    thread.join()


def test_end_of_orthanc_at_an_answer(listening: socket.socket) -> None:
    def crash() -> None:
        connection, _ = listening.accept()
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        connection.close()

    thread = threading.Thread(target=crash)
    thread.start()
    with pytest.raises(http.client.IncompleteRead):
        OrthancClient(url_of(listening.getsockname()[1]), {}).get("/x")
    thread.join()


@pytest.mark.parametrize("path", ["/a b", "/a\nb", "/\u00e9"])
def test_path_that_no_url_has(path: str) -> None:
    """It never works, so that the piece must fail, and not wait for Orthanc."""
    with pytest.raises((http.client.InvalidURL, UnicodeError)):
        OrthancClient("http://localhost:1", {}).get(path)


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
