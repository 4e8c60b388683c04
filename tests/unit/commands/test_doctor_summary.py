# SPDX-License-Identifier: GPL-3.0-or-later
"""The last line of the doctor."""

from __future__ import annotations

import pytest

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
