# SPDX-License-Identifier: GPL-3.0-or-later
"""The finding of a check."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Level(enum.Enum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """`subject` is what was looked at, and `fix` the command or change that repairs it; "" if there is nothing to repair.

    `starts` says of a problem that Orthanc starts in spite of it.
    """

    level: Level
    subject: str
    text: str
    fix: str = ""
    starts: bool = False


def ok(subject: str, text: str) -> Finding:
    return Finding(Level.OK, subject, text)


def warning(subject: str, text: str, fix: str) -> Finding:
    return Finding(Level.WARNING, subject, text, fix)


def problem(subject: str, text: str, fix: str, *, starts: bool = False) -> Finding:
    return Finding(Level.PROBLEM, subject, text, fix, starts)
