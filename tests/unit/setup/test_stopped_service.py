# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that was stopped on purpose: a setup leaves it stopped."""

from __future__ import annotations

import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest

from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.service import VARIABLE, Manager, Service, restart_command, start_command
from orthanc_python.setup import control, work
from orthanc_python.setup.backup import Backup
from orthanc_python.setup.change import Change
from orthanc_python.setup.control import Asked, is_stopped, will_restart
from orthanc_python.setup.plan import Plan
from orthanc_python.setup.target import Place

BEFORE, AFTER = "{}", '{"Name": "x"}'


def answers(monkeypatch: pytest.MonkeyPatch, status: int, text: str) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, status, text, "")

    monkeypatch.setattr(control.subprocess, "run", run)


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Return the plan of a change, for a service that is stopped. A restart or a question to it fails the test."""
    path = tmp_path / "orthanc.json"
    path.write_text(BEFORE)
    made = Plan(Setup.read(path), Place(tmp_path, listed=True), None, [Change(path, BEFORE, AFTER)])
    made.setup.service = Service("orthanc", Manager.SYSTEMD, path)
    monkeypatch.setattr(Plan, "installs", False)
    monkeypatch.setattr(work, "_refuse_problems", lambda plan, user: None)
    monkeypatch.setattr(control, "systemd_runs", lambda: True)
    monkeypatch.setattr(work, "restart", lambda service: pytest.fail("it was restarted"))
    monkeypatch.setattr(Asked, "refuse_another_server", lambda _: None)
    monkeypatch.setattr(Asked, "_get", lambda *_: pytest.fail("it was asked"))
    answers(monkeypatch, 0, "inactive\n")
    return made


def test_setup_and_undo(plan: Plan) -> None:
    said: list[str] = []
    work.carry_out(plan, "", said.append, nullcontext)
    assert plan.setup.path.read_text() == AFTER
    assert said[-1].startswith("the service orthanc was stopped, and is not started: start it by ")
    assert said[-1].endswith("systemctl start orthanc")
    work.undo(plan.setup, Backup.latest(plan.setup.path), said.append, nullcontext)
    assert plan.setup.path.read_text() == BEFORE and said[-1].endswith("systemctl start orthanc")


def test_failure(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(plan: Plan, user: str) -> None:
        raise Failure("there is no such module")

    monkeypatch.setattr(work, "_refuse_problems", refuse)
    with pytest.raises(Failure, match="there is no such module"):
        work.carry_out(plan, "", lambda text: None, nullcontext)
    assert plan.setup.path.read_text() == BEFORE


@pytest.mark.parametrize("loaded", [True, False])
def test_start_of_a_daemon(loaded: bool, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """launchctl knows no daemon that was stopped by its bootout: it has to be loaded again, and enabled if it was disabled."""
    monkeypatch.delenv(VARIABLE, raising=False)
    answers(monkeypatch, 0 if loaded else 113, "x = {\n\tstate = not running\n}\n" if loaded else "")
    file = Path("/Library/LaunchDaemons/my orthanc.plist")
    plan.setup.service = Service("org.orthanc", Manager.LAUNCHD, plan.setup.path, property_list=file)
    said: list[str] = []
    work.carry_out(plan, "", said.append, nullcontext)
    start = "launchctl kickstart system/org.orthanc" if loaded else f"launchctl load -w '{file}'"
    assert said[-1].endswith(start)
    restart = restart_command(plan.setup.service)
    assert restart.endswith("launchctl kickstart -k system/org.orthanc" if loaded else start)


def test_daemon_of_another_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This system's launchd does not know it."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    answers(monkeypatch, 113, "")
    service = Service("org.orthanc", Manager.LAUNCHD, tmp_path, property_list=tmp_path / "orthanc.plist")
    assert restart_command(service).endswith("launchctl kickstart -k system/org.orthanc")
    assert start_command(service).endswith("launchctl kickstart system/org.orthanc")


def test_daemon_whose_state_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    answers(monkeypatch, 1, "")
    service = Service("org.orthanc", Manager.LAUNCHD, tmp_path, property_list=tmp_path / "orthanc.plist")
    assert restart_command(service).endswith("launchctl kickstart -k system/org.orthanc")


@pytest.mark.parametrize(
    ("manager", "status", "text", "stopped"),
    [
        (Manager.SYSTEMD, 0, "inactive\n", True),  # also if it was never started since the boot
        (Manager.SYSTEMD, 0, "active\n", False),
        (Manager.SYSTEMD, 0, "activating\n", False),  # by Restart=, after a failure
        (Manager.SYSTEMD, 0, "failed\n", False),  # nobody wants that
        (Manager.SYSTEMD, 1, "", False),
        (Manager.LAUNCHD, 0, "x = {\n\tstate = not running\n}\n", True),
        (Manager.LAUNCHD, 0, "x = {\n\tstate = running\n\tpid = 7\n}\n", False),
        (Manager.LAUNCHD, 113, "", True),  # after launchctl bootout
        (Manager.LAUNCHD, 1, "", False),
        (Manager.LAUNCHD, 64, "", False),
        (Manager.WINDOWS, 0, "Stopped\r\n", True),
        (Manager.WINDOWS, 0, "Running\r\n", False),
        (Manager.INIT, 0, "inactive", False),
    ],
)
def test_state(
    manager: Manager, status: int, text: str, stopped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, status, text)
    monkeypatch.setattr(control, "systemd_runs", lambda: True)
    service = Service("orthanc", manager, tmp_path)
    assert is_stopped(service) is stopped
    assert will_restart(service) is (not stopped and manager is not Manager.INIT)
    assert not will_restart(None)
