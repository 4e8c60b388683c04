# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/matrix.py prints the jobs of the workflows."""

from __future__ import annotations

import json
import sys

import pytest

from orthanc_release.matrix import main, matrix
from orthanc_release.targets import read_targets

TARGETS = {name: target for name, target in read_targets().items() if not target.parts}


def pairs(name: str) -> list[tuple[str, str]]:
    return [(entry["target"], entry["python"]) for entry in matrix(name)]


def test_targets_and_pythons() -> None:
    native = [(name, python) for name, target in TARGETS.items() for python in target.pythons]
    assert pairs("native") == native
    assert pairs("windows") == [(name, python) for name, python in native if TARGETS[name].system == "windows"]
    assert pairs("tested") == [(name, python) for name, target in TARGETS.items() for python in target.tested]
    assert {name.partition("-")[0] for name, _ in native} == {"linux", "windows", "macos"}


def test_wheels() -> None:
    """A job of cibuildwheel for each target, with its own name of the processor."""
    found = {entry["target"]: entry["archs"] for entry in matrix("wheels")}
    assert found.keys() == TARGETS.keys()
    assert (found["linux-aarch64"], found["windows-x86_64"], found["macos-arm64"]) == ("aarch64", "AMD64", "arm64")


def test_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["ci/matrix.py", "windows"])
    main()
    name, _, value = capsys.readouterr().out.partition("=")
    assert name == "windows" and json.loads(value) == {"include": matrix("windows")}
