# SPDX-License-Identifier: GPL-3.0-or-later
"""The service around a setup: whom it asks, and the last line when its changes are undone."""

from __future__ import annotations

import os
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
def listening(status: int, known: int = 0) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """Answer each request with a status, or one with a password with another. Give the port, and the requests' headers."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers))
            body = b'{"Version": "1.2.3"}'
            self.send_response(known if known and PASSWORD in self.headers else status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port, seen
        finally:
            server.shutdown()


def asked(port: int, folder: Path, monkeypatch: pytest.MonkeyPatch, *, active: bool = False, process: int = -1) -> Asked:
    """Return the Orthanc of a service of systemd, by default stopped, that has a user."""
    monkeypatch.setattr(Asked, "_systemctl_says", lambda self, question, **_: active and question == "is-active")
    monkeypatch.setattr(Asked, "_main_process", lambda _: process, raising=False)
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


@pytest.mark.parametrize("process", [-1, 1], ids=["not known", "another"])
def test_another_program_gets_no_password_after_the_restart(
    process: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service runs, and another program has its port: before Orthanc takes it, or at another address."""
    with listening(401, 200) as (port, seen):
        other = asked(port, tmp_path, monkeypatch, active=True, process=process)
        other.refuse_another_server()
        assert other.wait_for_plugin() == ""
    assert seen and not any(PASSWORD in headers for headers in seen)


def test_question_for_the_plugin_has_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, an Orthanc that lacks the plugin would answer as one that has it."""
    for answer in (200, 404):
        with listening(401, answer) as (port, seen):
            own = asked(port, tmp_path, monkeypatch, active=True, process=os.getpid())
            if answer == 200:
                assert own.wait_for_plugin() == "1.2.3"
            else:
                with pytest.raises(Failure, match="has no plugin called python"):
                    own.wait_for_plugin()
        assert [headers.get(PASSWORD, "").partition(" ")[0] for headers in seen] == ["", "Basic"]


def test_question_without_need_has_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(200) as (port, seen):
        assert asked(port, tmp_path, monkeypatch, active=True, process=os.getpid()).wait_for_plugin() == "1.2.3"
    assert [PASSWORD in headers for headers in seen] == [False]


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
    monkeypatch.setattr(work, "will_restart", lambda service: True)
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
