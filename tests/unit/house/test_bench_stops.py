# SPDX-License-Identifier: GPL-3.0-or-later
"""Crashes are recognized when stops under load are counted."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from bench.soak.stops import Count, judged
from orthanc_python import OrthancServer

TAKEN = "Orthanc version: 1.13.0\nUncaught exception, stopping now: [The TCP port is already in use]\n"
GOOD = "Orthanc version: 1.13.0\nhandled 01234567-01234567-01234567-01234567-01234567\nOrthanc has stopped\n"


def count(log: str, tmp_path: Path) -> Count:
    server = SimpleNamespace(log=lambda: log, output=lambda: "", folder=tmp_path / "server")
    return judged(cast(OrthancServer, server), 1, Count(done=1), tmp_path)


def test_port_that_another_program_has_taken(tmp_path: Path) -> None:
    assert not count(TAKEN + GOOD, tmp_path).failed


def test_crash(tmp_path: Path) -> None:
    assert count(TAKEN + GOOD + "terminate called\n", tmp_path).crashes == 1


def test_lost_change(tmp_path: Path) -> None:
    assert count("Orthanc version: 1.13.0\nOrthanc has stopped\n", tmp_path).lost == 1
