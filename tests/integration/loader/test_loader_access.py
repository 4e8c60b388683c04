# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that the loader cannot use as Orthanc's account: the log says who may not do what, and the command that allows it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import Servers
from loader_bundle import interpreters, write_program, write_shim
from nobody import check_environments, needs_root, refused, shared

__all__ = ["shared"]  # a fixture
pytestmark = needs_root


def test_environment_of_the_loader(orthanc: Servers, shared: Path, bundle: Path) -> None:
    check_environments(orthanc, shared, bundle / "libOrthancPython.so")


def test_executable(orthanc: Servers, shared: Path, bundle: Path) -> None:
    program = write_program(shared / "python", "exit 1")
    program.chmod(0o644)
    log = refused(orthanc, shared, bundle / "libOrthancPython.so", {"Executable": str(program)})
    assert f"the account nobody may not execute {program}; allow it with: chmod a+rx {program}" in log


def test_folders(orthanc: Servers, shared: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(bundle / "OrthancPython", shared / "OrthancPython", symlinks=True)
    (shared / "OrthancPython").chmod(0o700)
    closed = shared / "closed"
    closed.mkdir(mode=0o700)
    write_shim(shared / "open" / "python3", next(iter(interpreters(bundle).values())))
    monkeypatch.setenv("PATH", f"{closed}:{shared / 'open'}:{os.environ['PATH']}")
    active = shared / "active"
    active.mkdir(mode=0o700)
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    log = refused(orthanc, shared, bundle / "libOrthancPython.so", {})
    assert f"PATH: {closed}: the account nobody may not enter the folder {closed}" in log
    assert f"the environment variable VIRTUAL_ENV: {active}: the account nobody may not" in log
    assert f"may not read {shared / 'OrthancPython'}" in log
