# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a service's Orthanc runs, and since when: the doctor says so."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orthanc_python.configuration import read_files
from orthanc_python.doctor.checks import log
from orthanc_python.doctor.finding import Finding, Level
from orthanc_python.doctor.setup import Setup
from orthanc_python.service import Manager, Service
from orthanc_python.service.process import processes_of, start_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at on Linux")
START = "W1130 00:00:01.000000 main.cpp:1] Orthanc version: 1.12.9\n"
FAILURE = "E1130 00:00:02.000000 main.cpp:2] no disk\nE1130 00:00:02.000001 main.cpp:3] Uncaught exception, stopping now: [x]\n"


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setup:
    monkeypatch.delenv("ORTHANC_PYTHON_ROOT", raising=False)
    path = tmp_path / "orthanc.json"
    path.write_text("{}")
    os.utime(path, (1, 1))
    (tmp_path / "Orthanc.log").write_text(START)
    service = Service("orthanc", Manager.INIT, path, working_folder=tmp_path, log_folder=tmp_path)
    return Setup(read_files(path, {}), {}, None, service, {})


@pytest.fixture
def orthanc(tmp_path: Path) -> Iterator[int]:
    """Start a program of that name with the configuration, named from its working folder. Return its process."""
    program = tmp_path / "Orthanc"
    program.write_text("#!/bin/sh\necho\nread line\n")
    program.chmod(0o755)
    command = [program, "--logdir=x", "orthanc.json"]
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def service_of(setup: Setup) -> Service:
    assert setup.service is not None
    return setup.service


def finding(setup: Setup) -> Finding:
    (found,) = log.check_log(setup)
    return found


def test_process_that_runs(setup: Setup, orthanc: int) -> None:
    assert processes_of(service_of(setup)) == [orthanc]
    start = start_of(orthanc)
    assert start is not None and abs(start - time.time()) < 60
    assert start_of(0) is None
    assert finding(setup).level is Level.OK


def test_stopped(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    assert processes_of(service_of(setup)) == []
    found = finding(setup)
    assert (found.level, found.text) == (Level.WARNING, "Orthanc is not running")
    assert "start: " in found.fix and "/etc/init.d/orthanc start; log: " in found.fix
    monkeypatch.setenv("ORTHANC_PYTHON_ROOT", "/")  # files of another system tell nothing of processes
    assert processes_of(service_of(setup)) is None and finding(setup).level is Level.OK


def test_start_that_failed(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "Orthanc.log").write_text(START + FAILURE)
    found = finding(setup)
    assert (found.level, found.text) == (Level.PROBLEM, "Orthanc did not start the last time: no disk")


def test_another_start_that_failed_while_one_runs(setup: Setup, tmp_path: Path, orthanc: int) -> None:
    (tmp_path / "Orthanc.log").write_text(START + FAILURE)
    assert orthanc and finding(setup).level is Level.WARNING


def test_former_configuration(setup: Setup, orthanc: int) -> None:
    assert orthanc
    os.utime(setup.path, (time.time() + 60, time.time() + 60))
    found = finding(setup)
    assert (found.level, found.text) == (Level.WARNING, f"{setup.path} is newer than the running Orthanc")
    assert found.fix.startswith("restart Orthanc: ")


def test_machine_without_systemd(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container: Debian's init script starts it."""
    monkeypatch.setattr(log, "systemd_runs", lambda: False)
    monkeypatch.setattr(log, "restart_command", lambda service: "sudo service orthanc restart")
    monkeypatch.setattr(log, "processes_of", lambda service: [])
    setup.service = Service("orthanc", Manager.SYSTEMD, setup.path)
    assert finding(setup).fix == "start: sudo service orthanc start; log: sudo journalctl -u orthanc -n 50".replace(
        "sudo journalctl", log.as_root("journalctl")
    )
