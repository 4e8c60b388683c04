# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a service's Orthanc runs, and since when: the doctor says so."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from orthanc_python.configuration import read_files
from orthanc_python.doctor.checks import log
from orthanc_python.doctor.finding import Finding, Level
from orthanc_python.doctor.loaded import PYTHON_PLUGIN
from orthanc_python.doctor.setup import Setup
from orthanc_python.interpreters.asking import Interpreter
from orthanc_python.libraries.file_names import plugin_for
from orthanc_python.libraries.library import Kind, Library
from orthanc_python.service import Manager, Service, process
from orthanc_python.service.process import has_failed, processes_of, start_of

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not os.access("/proc/1/cmdline", os.R_OK), reason="it needs Linux with the processes of others"
)
START = "W1130 00:00:01.000000 main.cpp:1] Orthanc version: 1.12.9\n"
FAILURE = "E1130 00:00:02.000000 main.cpp:2] no disk\nE1130 00:00:02.000001 main.cpp:3] Uncaught exception, stopping now: [x]\n"


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setup:
    monkeypatch.delenv("ORTHANC_PYTHON_ROOT", raising=False)
    path = tmp_path / f"{tmp_path.name}.json"  # other Orthancs of this machine are not given a file of that name
    path.write_text("{}")
    os.utime(path, (1, 1))
    (tmp_path / "Orthanc.log").write_text(START)
    service = Service("orthanc", Manager.INIT, path, working_folder=tmp_path, log_folder=tmp_path)
    return Setup(read_files(path, {}), {}, None, service, {})


@pytest.fixture
def orthanc(setup: Setup, tmp_path: Path) -> Iterator[int]:
    """Start a program of that name with the configuration, named from its working folder. Return its process."""
    program = tmp_path / "Orthanc"
    program.write_text("#!/bin/sh\necho\nread line\n")
    program.chmod(0o755)
    command = [program, "--logdir=x", setup.path.name]
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        started.stdout.readline()
        yield started.pid
        started.kill()


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


def test_stopped_without_a_log(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.service = replace(service_of(setup), log_folder=None)
    assert finding(setup).fix.endswith("/etc/init.d/orthanc start")
    monkeypatch.setattr(log, "systemd_runs", lambda: False)
    monkeypatch.setattr(log, "restart_command", lambda service: "")
    monkeypatch.setattr(log, "processes_of", lambda service: [])
    setup.service = Service("absent", Manager.SYSTEMD, setup.path)
    assert finding(setup).fix.startswith("start it as this machine does; log: ")


def test_start_that_failed(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "Orthanc.log").write_text(START + FAILURE)
    found = finding(setup)
    assert (found.level, found.text) == (Level.PROBLEM, "Orthanc did not start the last time: no disk")


def test_another_start_that_failed_while_one_runs(setup: Setup, tmp_path: Path, orthanc: int) -> None:
    (tmp_path / "Orthanc.log").write_text(START + FAILURE)
    assert orthanc and finding(setup).level is Level.WARNING


@pytest.fixture
def older(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> Setup:
    """Have an Orthanc run that was started an hour before its configuration was written."""
    monkeypatch.setattr(log, "processes_of", lambda service: [42])
    monkeypatch.setattr(log, "start_of", lambda number: time.time() - 3600)
    os.utime(setup.path)
    return setup


def test_former_configuration(older: Setup) -> None:
    found = finding(older)
    assert (found.level, found.text) == (Level.WARNING, f"{older.path} is newer than the running Orthanc")
    assert found.fix.startswith("restart Orthanc: ")


def test_configuration_that_was_read_again(older: Setup, tmp_path: Path) -> None:
    """After /tools/reset, or SIGHUP, a log begins without the version. The same process has the present configuration."""
    (tmp_path / "Orthanc.log").write_text("W1130 00:00:01.000000 main.cpp:1] Loading the configuration\n")
    assert finding(older).level is Level.OK


@pytest.mark.parametrize("elsewhere", [True, False])
def test_configuration_that_may_have_been_read_again(elsewhere: bool, older: Setup, tmp_path: Path) -> None:
    """As of a service with its log in the journal, or with a log that this account cannot read."""
    (tmp_path / "Orthanc.log").unlink()
    if elsewhere:
        older.service = replace(service_of(older), log_folder=None)
    found = finding(older)
    assert found.level is Level.WARNING
    assert found.fix.startswith("restart Orthanc, unless /tools/reset was called since: ")


def test_configuration_of_the_future(older: Setup) -> None:
    """The clock went back since."""
    os.utime(older.path, (time.time() + 60, time.time() + 60))
    assert finding(older).level is Level.OK


@pytest.mark.parametrize(("numbers", "level"), [([1], Level.OK), ([1, 42], Level.WARNING)])
def test_first_process(numbers: list[int], level: Level, older: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a container: its entrypoint may have written the configuration."""
    monkeypatch.setattr(log, "processes_of", lambda service: numbers)
    assert finding(older).level is level


@pytest.mark.parametrize("version", ["3.13", "3.12", ""])
def test_former_plugin(version: str, older: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs a new process also after a reset. Of a loader's plugins, that of the interpreter counts."""
    (tmp_path / "Orthanc.log").write_text("W1130 00:00:01.000000 main.cpp:1] Loading the configuration\n")
    loader = tmp_path / "libOrthancPython.so"
    plugin = plugin_for(loader, "3.13")
    plugin.parent.mkdir()
    for path in (loader, plugin):
        path.touch()
    os.utime(loader, (1, 1))
    library = Library(loader, Kind.LOADER, "x86_64", "", "linux", PYTHON_PLUGIN)
    chosen = Interpreter(Path("python3"), version, version, "linux-x86_64", 64, "/usr", "") if version else None
    monkeypatch.setitem(vars(older), "libraries", [library])
    monkeypatch.setitem(vars(older), "interpreter", chosen)
    found = finding(older)
    if version == "3.12":
        assert found.level is Level.OK
    else:
        assert (found.level, found.text) == (Level.WARNING, f"{plugin} is newer than the running Orthanc")
        assert found.fix.startswith("restart Orthanc: ")


def test_failed_service(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if its log does not say so: as of a missing library, or killed."""
    asked: list[str] = []

    def answer(service: Service, name: str) -> str:
        asked.append(name)
        return {"ActiveState": "failed", "MainPID": "0"}[name]

    monkeypatch.setattr(process, "systemd_runs", lambda: True)
    monkeypatch.setattr(process, "systemd_property", answer)
    monkeypatch.setattr(log, "systemd_runs", lambda: True)
    setup.service = replace(service_of(setup), manager=Manager.SYSTEMD)
    found = finding(setup)
    assert (found.level, found.text) == (Level.PROBLEM, "Orthanc has failed") and set(asked) == {"ActiveState", "MainPID"}
    assert found.fix.startswith("start: ") and "systemctl start orthanc, when the cause is mended; log: " in found.fix
    monkeypatch.setenv("ORTHANC_PYTHON_ROOT", "/")
    assert not has_failed(service_of(setup))


@pytest.mark.parametrize(("number", "expected"), [("0", []), ("42", [42]), ("", None)])
def test_process_of_systemd(number: str, expected: list[int] | None, setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "systemd_runs", lambda: True)
    monkeypatch.setattr(process, "systemd_property", lambda service, name: number if name == "MainPID" else "")
    assert processes_of(replace(service_of(setup), manager=Manager.SYSTEMD)) == expected


@pytest.mark.parametrize(("state", "expected"), [(None, []), ("\tstate = not running\n", []), ("\tstate = running\n", None)])
def test_process_of_launchd(
    state: str | None, expected: list[int] | None, setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """launchd names no process to an account without its rights."""
    monkeypatch.setattr(process, "state_of", lambda service: state)
    assert processes_of(replace(service_of(setup), manager=Manager.LAUNCHD)) == expected


def test_processes_of_others_that_are_hidden(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by the mount option hidepid=1: it cannot be told whether one of them is Orthanc. One that has ended is none."""
    for number in (1, 2, 3):
        (tmp_path / "proc" / str(number)).mkdir(parents=True)
    for number in (1, 2):
        (tmp_path / "proc" / str(number) / "cmdline").write_bytes(b"/sbin/init\0")
    monkeypatch.setattr(process, "PROCESSES", tmp_path / "proc")
    assert processes_of(service_of(setup)) == []
    read_bytes = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.parent.name == "2":
            raise PermissionError
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert processes_of(service_of(setup)) is None


def processes(folder: Path, *words: str) -> Path:
    """Make files as those of proc(5), of process 1 and a process 42 with these words. Return the folder of the latter."""
    for number, each in ((1, ("init",)), (42, words)):
        (folder / "proc" / str(number)).mkdir(parents=True)
        (folder / "proc" / str(number) / "cmdline").write_bytes("".join(f"{word}\0" for word in each).encode())
    return folder / "proc" / "42"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["/usr/sbin/Orthanc", "FILE"], True),
        (["/bin/sh", "/usr/sbin/Orthanc", "FILE"], True),
        (["/usr/bin/qemu-x86_64-static", "/usr/sbin/Orthanc", "FILE"], True),
        (["/usr/sbin/Orthanc", "", "--logdir=x", "FILE"], True),
        (["/usr/sbin/Orthanc", "folder/FILE"], False),
        (["/usr/sbin/Orthanc", "--verbose"], False),
        (["/usr/sbin/Orthanc", "loop"], False),
        (["/bin/sh"], False),
        (["grep", "Orthanc", "FILE"], False),
        (["/usr/bin/gdb", "-p", "/usr/sbin/Orthanc", "FILE"], False),
    ],
)
def test_command_line(words: list[str], found: bool, setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loop").symlink_to("loop")
    proc = processes(tmp_path, *(word.replace("FILE", setup.path.name) for word in words)).parent
    monkeypatch.setattr(process, "PROCESSES", proc)
    assert processes_of(service_of(setup)) == ([42] if found else [])


def test_configuration_that_is_a_loop(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.setattr(process, "PROCESSES", processes(tmp_path, "Orthanc", setup.path.name).parent)
    assert processes_of(replace(service_of(setup), configuration=tmp_path / "loop")) == []


def test_working_folder_of_the_process(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be another one than that of the service: as of an Orthanc that was started by hand."""
    folder = processes(tmp_path, "Orthanc", setup.path.name)
    monkeypatch.setattr(process, "PROCESSES", folder.parent)
    (folder / "cwd").symlink_to("/nowhere")
    assert processes_of(service_of(setup)) == []
    (folder / "cwd").unlink()
    (folder / "cwd").symlink_to(tmp_path)
    assert processes_of(replace(service_of(setup), working_folder=Path("/"))) == [42]


def test_file_of_the_folder_that_the_service_has(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "PROCESSES", processes(tmp_path, "Orthanc", setup.path.name).parent)
    assert processes_of(replace(service_of(setup), configuration=tmp_path)) == [42]


def test_machine_without_systemd(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container: Debian's init script starts it."""
    monkeypatch.setattr(log, "systemd_runs", lambda: False)
    monkeypatch.setattr(log, "restart_command", lambda service: "sudo service orthanc restart")
    monkeypatch.setattr(log, "processes_of", lambda service: [])
    setup.service = Service("orthanc", Manager.SYSTEMD, setup.path)
    assert finding(setup).fix == "start: sudo service orthanc start; log: sudo journalctl -u orthanc -n 50".replace(
        "sudo journalctl", log.as_root("journalctl")
    )
