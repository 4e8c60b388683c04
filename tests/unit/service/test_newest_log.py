# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a service. On Windows, Orthanc makes no link to its newest file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orthanc_python.configuration import Configuration
from orthanc_python.doctor.checks.log import END, _last_start, _was_reset, check_log
from orthanc_python.doctor.finding import Level
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.service import Manager, Service
from orthanc_python.service.model import newest_log
from orthanc_python.setup import control
from orthanc_python.setup.control import Asked

OLDER, NEWER = "Orthanc.log.20261129-235959.9999", "Orthanc.log.20261130-000001.42"
ENDED = """\
W1130 00:00:01.000000             MAIN main.cpp:2180] Orthanc version: 1.12.9
E1130 00:00:02.000000             MAIN OrthancPlugins.cpp:6:] Python: no such file
E1130 00:00:02.000001             MAIN main.cpp:2260] Uncaught exception, stopping now: [x]
"""


def described(folder: Path) -> Setup:
    service = Service("Orthanc", Manager.WINDOWS, folder / "Configuration", log_folder=folder)
    return Setup(Configuration(folder, ()), {"HttpPort": 1}, None, service, {})


def written(folder: Path, *names: str) -> None:
    """Make files, each a second later than the one before."""
    for second, name in enumerate(names):
        (folder / name).touch()
        os.utime(folder / name, (second, second))


def test_newest_file(tmp_path: Path) -> None:
    """The link, if there is one, else the last of the starts' files: not one that was packed or renamed."""
    assert newest_log(tmp_path / "missing") is None and newest_log(tmp_path) is None
    written(tmp_path, OLDER, NEWER, f"{NEWER}.gz", f"{NEWER}.old", "Orthanc.log.old", "Orthanc.log.2026-1.1", "other.log")
    assert newest_log(tmp_path) == tmp_path / NEWER
    (tmp_path / "Orthanc.log").symlink_to(OLDER)
    assert newest_log(tmp_path) == tmp_path / "Orthanc.log"


def test_plain_file(tmp_path: Path) -> None:
    """It is another program's if there are files of starts."""
    (tmp_path / "Orthanc.log").touch()
    assert newest_log(tmp_path) == tmp_path / "Orthanc.log"
    written(tmp_path, OLDER, NEWER)
    assert newest_log(tmp_path) == tmp_path / NEWER


@pytest.mark.parametrize("seconds", [1, 0])
def test_local_time_goes_back(seconds: int, tmp_path: Path) -> None:
    """The last that was written is taken, and of files of one time the last name."""
    first, second = "Orthanc.log.20261025-025500.10", "Orthanc.log.20261025-020100.11"
    written(tmp_path, first, second)
    os.utime(tmp_path / second, (seconds, seconds))
    assert newest_log(tmp_path) == tmp_path / (second if seconds else first)


def test_doctor_shows_the_error(tmp_path: Path) -> None:
    (tmp_path / OLDER).write_text("W1129 23:59:59.000000 MAIN main.cpp:2180] Orthanc version: 1.12.9\n")
    (tmp_path / NEWER).write_text(ENDED)
    (finding,) = check_log(described(tmp_path))
    assert finding.level is Level.WARNING and finding.text.endswith("the last time: Python: no such file")


@pytest.mark.skipif(os.name == "nt", reason="it has no such files")
@pytest.mark.parametrize("kind", ["FIFO", "device", "folder"])
def test_log_of_another_kind(kind: str, tmp_path: Path) -> None:
    """Orthanc's account may make it, and root reads it: a FIFO would block the doctor, and a device has no end."""
    log = tmp_path / "Orthanc.log"
    if kind == "FIFO":
        os.mkfifo(log)
    elif kind == "device":
        log.symlink_to("/dev/zero")
    else:
        log.mkdir()
    assert _last_start(tmp_path) == ""
    assert _was_reset(tmp_path) is None


def test_no_more_than_the_end_is_read(tmp_path: Path) -> None:
    (tmp_path / NEWER).write_bytes(b"first\n" + b"\n" * END + b"last\n")
    assert _last_start(tmp_path).strip() == "last"


@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 2000])
def test_empty_log(content: bytes, tmp_path: Path) -> None:
    """As of a full disk, or emptied by a program that keeps logs short. It does not tell of a reset."""
    (tmp_path / NEWER).write_bytes(content)
    assert _was_reset(tmp_path) is None


def test_setup_shows_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, also if the start before has ended by the same error."""
    monkeypatch.setattr(control, "START", 0.5)
    (tmp_path / OLDER).write_text(ENDED)
    asked = Asked(described(tmp_path))
    with pytest.raises(Failure, match="Orthanc does not answer"):
        asked.wait()
    (tmp_path / NEWER).write_text(ENDED)
    with pytest.raises(Failure, match=r"Orthanc does not start: .*Python: no such file"):
        asked.wait()


def test_command_that_shows_it(tmp_path: Path) -> None:
    service = Service("Orthanc", Manager.WINDOWS, tmp_path, log_folder=Path("C:/Ada's files/Logs"))
    show = "Get-ChildItem -LiteralPath 'C:/Ada''s files/Logs' -Filter 'Orthanc.log.2*' | Sort-Object LastWriteTime"
    read = "Get-Content -Tail 50 -Encoding UTF8"
    assert service.show_log == f'powershell -Command "{show} | Select-Object -Last 1 | {read}"'
