# SPDX-License-Identifier: GPL-3.0-or-later
"""The last line of a command that fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orthanc_python import cli


@pytest.fixture(autouse=True)
def signals_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "interrupt_on_signals", lambda: None)
    monkeypatch.setattr(cli, "ignore_signals", lambda: None)


def failed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *command: str) -> list[str]:
    """Return the lines of the standard error of a command that fails."""
    monkeypatch.setattr(sys, "argv", ["orthanc-python", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\nb.py", r"a\nb.py"), ("\x1b[2Ja.py", r"\x1b[2Ja.py"), ("caf\udce9.py", r"caf\udce9.py"), ("café b.py", "café b.py")],
)
def test_name_of_odd_characters(
    name: str, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and no control character for the terminal."""
    assert failed(monkeypatch, capsys, "run", name) == [f"error: there is no script {shown}"]


@pytest.mark.parametrize("command", [["doctor"], ["install", "--to"]])
def test_loop_of_symbolic_links(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    (line,) = failed(monkeypatch, capsys, *command, str(loop))
    assert str(loop) in line and "an error of orthanc-python itself" not in line
