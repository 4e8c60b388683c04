# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server for the tests of HTTP clients, in pieces as in one, with TLS or without."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BLOCK = bytes(range(256)) * 1024  # 256 kB


@dataclass
class WebServer:
    """`requests` are those received as a whole, `ended` how the transfer of each /endless came to its end."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    told: WebServer

    def handle_request(self) -> None:
        _, kind, *rest = self.path.split("/")
        getattr(self, f"answer_{kind}")(*rest)

    do_GET = do_POST = do_PUT = do_DELETE = handle_request

    def pieces(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding") != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return
        while True:
            size = int(self.rfile.readline(), 16)
            yield self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command != "HEAD" else b"")

    def answer_status(self, status: str) -> None:
        list(self.pieces())
        self.answer(int(status), f"this is status {status}".encode(), X_Extra="more")

    def answer_echo(self) -> None:
        """Return the request without its body."""
        size, sha = 0, hashlib.sha256()
        for piece in self.pieces():
            size += len(piece)
            sha.update(piece)
        request = {"method": self.command, "headers": dict(self.headers), "size": size, "sha256": sha.hexdigest()}
        self.told.requests.append(request)
        self.answer(200, json.dumps(request).encode(), Content_Type="application/json")

    def answer_large(self, blocks: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(int(blocks) * len(BLOCK)))
        self.end_headers()
        for _ in range(int(blocks)):
            self.wfile.write(BLOCK)

    def answer_duplex(self) -> None:
        """Send back each piece as it arrives."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in self.pieces():
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def answer_endless(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK))
        except OSError as error:
            self.told.ended.append(type(error).__name__)
            self.close_connection = True

    def answer_broken(self) -> None:
        """Less than is announced."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True

    def answer_silent(self) -> None:
        self.told.release.wait()
        self.close_connection = True

    def log_message(self, format: str, *values: object) -> None:
        pass


@contextmanager
def web_server(tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """On a free port of the loopback interface."""
    told = WebServer("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"told": told}))
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    told.url = f"{'https' if tls else 'http'}://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield told
    finally:
        told.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
