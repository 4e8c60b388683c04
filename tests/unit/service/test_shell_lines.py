# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that are shown on Windows: cmd.exe and PowerShell both understand them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from orthanc_python import command, rights
from orthanc_python.command import own_command, shell_line
from orthanc_python.libraries import installation
from orthanc_python.rights import how_to_put, pip_of
from orthanc_python.service import Manager, Service, restart_command


@pytest.fixture(autouse=True)
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "os", SimpleNamespace(name="nt"))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["powershell", "-Command", "Restart-Service Orthanc"], 'powershell -Command "Restart-Service Orthanc"'),
        (["x", r"--to=C:\plain\~1", "-r", "a.b"], r"x --to=C:\plain\~1 -r a.b"),
        (["x", "C:\\my plugins\\", "it's", "a&b", ""], 'x "C:\\my plugins\\\\" "it\'s" "a&b" ""'),
        ([r"C:\Ada Lovelace\env\x.exe", "-m"], r'C:\"Ada Lovelace"\env\x.exe -m'),
    ],
    ids=["command", "plain", "quoted", "program"],
)
def test_line(words: list[str], line: str) -> None:
    """PowerShell takes a line that begins with a quote for a text, and does not run it."""
    assert shell_line(words) == line


def test_own_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its program is called orthanc-python.exe."""
    monkeypatch.chdir(tmp_path)
    folder = Path("C:\\my env\\Scripts")  # one name here
    folder.mkdir()
    monkeypatch.setattr(sys, "executable", str(folder / "python.exe"))
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert own_command("doctor") == "orthanc-python doctor"
    (folder / "orthanc-python.exe").touch()
    line = own_command("install", "--to", "C:\\my plugins", sudo=True)
    assert line == r'C:\"my env"\Scripts/orthanc-python.exe install --to "C:\my plugins"'


def test_restart(tmp_path: Path) -> None:
    assert restart_command(Service("Orthanc", Manager.WINDOWS, tmp_path)) == 'powershell -Command "Restart-Service Orthanc"'


def test_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pip_of(Path("C:\\env\\Scripts\\python.exe")) == "C:\\env\\Scripts\\python.exe -m pip"
    text = '{"url": "file:///C:/my clone"}'
    monkeypatch.setattr(installation.metadata, "distribution", lambda _: SimpleNamespace(read_text=lambda _: text))
    assert installation.how_to_install("pip") == 'pip install "/C:/my clone"'


def test_folder_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither shell makes it by mkdir -p, and PowerShell 5 has no &&."""
    monkeypatch.setattr(rights, "os", SimpleNamespace(**vars(rights.os) | {"name": "nt"}))
    assert (
        how_to_put(tmp_path / "new", ["install"]) == f"make the folder {tmp_path / 'new'}, and then: {own_command('install')}"
    )
