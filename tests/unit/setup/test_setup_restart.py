# SPDX-License-Identifier: GPL-3.0-or-later
"""The service around a setup: whom it asks, and the last line when its changes are undone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from orthanc_python.configuration import Configuration
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.service import Manager, Service
from orthanc_python.setup import control, work
from orthanc_python.setup.change import Change
from orthanc_python.setup.control import Asked
from orthanc_python.setup.plan import Plan
from orthanc_python.setup.target import Place

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


def test_file_that_another_one_changes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays. The service is started again all the same, and the error is that of the setup."""
    path = tmp_path / "orthanc.json"
    path.write_text("{}")
    plan = Plan(Setup.read(path), Place(tmp_path, listed=True), None, [Change(path, "{}", '{"Name": "x"}')])
    plan.setup.service = Service("orthanc", Manager.SYSTEMD, path)
    restarted = []

    def fail(_: Asked) -> str:
        path.write_text('{"Name": "y"}')
        raise Failure("Orthanc does not start: no such machine")

    monkeypatch.setattr(Plan, "installs", False)
    monkeypatch.setattr(work, "_refuse_problems", lambda plan, user: None)
    monkeypatch.setattr(work, "can_restart", lambda service: True)
    monkeypatch.setattr(work, "restart", restarted.append)
    monkeypatch.setattr(control.subprocess, "run", None)  # no test may ask the machine's own manager
    monkeypatch.setattr(Asked, "refuse_another_server", lambda _: None)
    monkeypatch.setattr(Asked, "wait", lambda _: None)
    monkeypatch.setattr(Asked, "wait_for_plugin", fail)
    said: list[str] = []
    with pytest.raises(Failure, match="Orthanc does not start: no such machine"):
        work.carry_out(plan, "", said.append, nullcontext)
    assert len(restarted) == 2 and path.read_text() == '{"Name": "y"}'
    refused, *then = said[2:]
    assert refused.startswith(f"{path} was changed since: the former file is in ")
    assert then == ["restarted the service orthanc with the files as they are", "Orthanc answers"]
