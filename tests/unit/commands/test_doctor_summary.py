# SPDX-License-Identifier: GPL-3.0-or-later
"""The last line of the doctor."""

from __future__ import annotations

import pytest
from rich.console import Console

from orthanc_python.cli import consoles
from orthanc_python.cli.doctor import show
from orthanc_python.doctor import Finding, Level


@pytest.mark.parametrize(
    ("levels", "line"),
    [
        ([Level.OK], "No problems found"),
        ([Level.OK, Level.WARNING], "No problems found, 1 warning"),
        ([Level.PROBLEM], "1 problem found"),
        ([Level.PROBLEM, Level.PROBLEM, Level.WARNING, Level.WARNING], "2 problems found, 2 warnings"),
    ],
    ids=str,
)
def test_a_warning_is_counted(levels: list[Level], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    show([Finding(level, "service orthanc", "cannot be read", "use sudo") for level in levels])
    assert capsys.readouterr().out.splitlines()[-1] == line


def test_long_subject_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It is folded, so that a path is whole."""
    monkeypatch.setattr(consoles, "results", Console(width=40))
    path = "/usr/share/orthanc/plugins/libOrthancPython.so"
    show([Finding(Level.OK, path, "the loader, which picks the interpreter")])
    assert path in "".join(line[4:22].strip() for line in capsys.readouterr().out.splitlines())
