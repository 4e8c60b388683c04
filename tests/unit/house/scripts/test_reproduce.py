# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/reproduce in a checkout where only ci/build has run. The programs that it calls are stand-ins here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
LIBRARY = """
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
environment_folder() { echo "$ROOT/$1-environment"; }
make_environment() {
  mkdir -p "$(environment_folder "$1")/bin"
  mv "$ROOT/program" "$(environment_folder "$1")/bin/python"
}
"""
PYTHON = """#!/bin/bash
echo building >&2
while [ "$1" != --output ]; do shift; done
mkdir -p "$2/$3/OrthancPython"
echo 1 >"$2/$3/OrthancPython/plugin.so"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "ci" / "lib").mkdir(parents=True)
    shutil.copy(ROOT / "ci" / "reproduce", tmp_path / "ci")
    (tmp_path / "ci" / "lib" / "common.sh").write_text(LIBRARY, encoding="utf-8")
    (tmp_path / ".gitignore").write_text("/build\n*-environment\n", encoding="utf-8")
    (tmp_path / "program").write_text(PYTHON, encoding="utf-8")
    (tmp_path / "program").chmod(0o755)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def reproduce(checkout: Path, built: str | None) -> subprocess.CompletedProcess[str]:
    """Compare a target whose first build, if there is one, had a plugin with that content."""
    if built is not None:
        plugin = checkout / "build/targets/linux-x86_64/OrthancPython/plugin.so"
        plugin.parent.mkdir(parents=True)
        plugin.write_text(built, encoding="utf-8")
    command = [checkout / "ci" / "reproduce", "linux-x86_64"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_environment_is_made(checkout: Path) -> None:
    done = reproduce(checkout, "1\n")
    assert done.returncode == 0, done.stderr
    assert "1 libraries are bit by bit the same" in done.stdout


def test_another_library(checkout: Path) -> None:
    done = reproduce(checkout, "2\n")
    assert done.returncode == 1 and "plugin.so is different when it is built again" in done.stderr


def test_nothing_to_compare_is_said_before_the_build(checkout: Path) -> None:
    done = reproduce(checkout, None)
    assert done.returncode == 1
    assert done.stderr == "build/targets/linux-x86_64 has nothing to compare; run ci/build linux-x86_64 first\n"
