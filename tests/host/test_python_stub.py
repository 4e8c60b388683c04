# SPDX-License-Identifier: GPL-3.0-or-later
"""macos/python_stub.py, which makes what stands for macOS' libpython in builds elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import lief
import pytest
from conftest import ROOT

from orthanc_release.pythons import foreign_pythons
from orthanc_release.targets import read_targets


def make_stub(folder: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "macos" / "python_stub.py", "--version", "3.13", *options, "python.tbd"]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


@pytest.mark.parametrize("install_name", [None, "/Library/Frameworks/Python.framework/Versions/3.13/Python"])
def test_has_the_names_of_libpython(tmp_path: Path, install_name: str | None) -> None:
    library = foreign_pythons.library("3.13", read_targets()["linux-x86_64"])
    done = make_stub(tmp_path, "--names-of", library, *(["--install-name", install_name] if install_name else []))
    assert done.returncode == 0, done.stderr
    stub = (tmp_path / "python.tbd").read_text()
    assert f"install-name: '{install_name or '@rpath/libpython3.13.dylib'}'" in stub
    assert " _Py_InitializeFromConfig," in stub


def test_refuses_what_has_no_names(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    done = make_stub(tmp_path, "--names-of", tmp_path / "empty")
    assert done.returncode == 1
    assert "is not a shared library that exports names" in done.stderr
    assert not (tmp_path / "python.tbd").exists()


def test_a_stub_for_another_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CPython that Debian does not have; here, it is one that this machine has all the same."""
    targets = read_targets()
    own = foreign_pythons.library("3.13", targets["linux-x86_64"])
    monkeypatch.setattr(foreign_pythons, "CACHE", tmp_path)
    monkeypatch.setattr(foreign_pythons, "SUITES", {})
    monkeypatch.setattr(foreign_pythons, "_library_of", lambda interpreter: own)
    stub = lief.ELF.parse(str(foreign_pythons.library("3.13", targets["linux-aarch64"])))
    assert stub is not None and stub.header.machine_type == lief.ELF.ARCH.AARCH64
    names = {str(symbol.name) for symbol in stub.exported_symbols}
    assert {"Py_InitializeFromConfig", "_Py_NoneStruct", "PyExc_ValueError"} <= names
    assert [str(entry.name) for entry in stub.dynamic_entries if isinstance(entry, lief.ELF.DynamicSharedObject)] == [own.name]
