# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of errors in Orthanc's log, of the embedded module that writes them."""

from __future__ import annotations

import runpy
from pathlib import Path

ERRORS = runpy.run_path(str(Path(__file__).resolve().parents[2] / "src/plugin/embedded/log/errors.py"))
LINE = "Python: a step failed: ValueError: no disk"


def raised(error: ValueError) -> ValueError:
    try:
        raise error
    except ValueError:
        return error


def described(error: BaseException) -> list[str]:
    text: str = ERRORS["describe"]("a step", None, "", None, error)
    return text.split("\n")


def test_one_line_without_a_traceback() -> None:
    """It would only be repeated."""
    assert described(ValueError("no disk")) == [LINE]


def test_more_lines() -> None:
    first, second, *_, last = described(raised(ValueError("no disk")))
    assert (first, second, last) == (LINE, "Traceback (most recent call last):", "ValueError: no disk")
    assert described(ValueError("no disk\nat all")) == [LINE, "ValueError: no disk", "at all"]
    assert "ValueError: " + "x" * 3000 in described(ValueError("x" * 3000))
