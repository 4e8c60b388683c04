# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/matrix.py prints the jobs of the workflows."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from orthanc_release.matrix import main, matrix
from orthanc_release.targets import read_targets

ROOT = Path(__file__).resolve().parents[2]
TARGETS = {name: target for name, target in read_targets().items() if not target.parts}


def pairs(name: str) -> list[tuple[str, str]]:
    return [(entry["target"], entry["python"]) for entry in matrix(name)]


def test_targets_and_pythons() -> None:
    native = [(name, python) for name, target in TARGETS.items() for python in target.pythons]
    assert pairs("native") == native
    assert pairs("windows") == [(name, python) for name, python in native if TARGETS[name].system == "windows"]
    assert pairs("tested") == [(name, python) for name, target in TARGETS.items() for python in target.tested]
    assert {name.partition("-")[0] for name, _ in native} == {"linux", "windows", "macos"}


def test_one_job_gives_the_loader() -> None:
    """The workflow of releases takes these files from the job of one CPython, and each target has that job."""
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    found = re.findall(r"matrix\.python != '([^']+)' && '!build/targets/\*/([^']+)'", text)
    assert [name for _, name in found] == ["OrthancPython.dll", "host.exe", "symbols/OrthancPython.dll.pdb"]
    (python,) = {python for python, _ in found}
    assert {target for target, each in pairs("windows") if each == python} == {target for target, _ in pairs("windows")}


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
