# SPDX-License-Identifier: GPL-3.0-or-later
"""The service around a setup: whom it asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from orthanc_python.configuration import Configuration
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.service import Manager, Service
from orthanc_python.setup.control import Asked

PASSWORD = "Authorization"


@contextmanager
def listening(status: int) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """Answer each request with a status. Give the port, and the headers of the requests."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers))
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port, seen
        finally:
            server.shutdown()


def asked(port: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return the Orthanc of a service of systemd, stopped, that has a user."""
    monkeypatch.setattr(Asked, "_systemctl_says", lambda *_, **__: False)
    settings = {"HttpPort": port, "RegisteredUsers": {"alice": "secret"}}
    service = Service("orthanc", Manager.SYSTEMD, folder)
    return Asked(Setup(Configuration(folder, ()), settings, None, service, {}))


@pytest.mark.parametrize("status", [200, 401])
def test_another_program_gets_no_password(status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any account of the machine may listen at the port while the service does not run."""
    with listening(status) as (port, seen):
        with pytest.raises(Failure, match=f"another program answers at port {port}: stop that first"):
            asked(port, tmp_path, monkeypatch).refuse_another_server()
        asked(port, tmp_path, monkeypatch).wait()
    assert len(seen) == 2 and not any(PASSWORD in headers for headers in seen)


def test_question_for_the_plugin_has_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, an Orthanc that lacks the plugin would answer as one that has it."""
    with listening(200) as (port, seen):
        assert asked(port, tmp_path, monkeypatch).wait_for_plugin() == ""
    assert [headers[PASSWORD].split()[0] for headers in seen] == ["Basic"]
