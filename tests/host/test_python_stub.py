# SPDX-License-Identifier: GPL-3.0-or-later
"""macos/python_stub.py: it makes the stand-in for macOS' libpython in builds elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from elftools.elf.elffile import ELFFile  # type: ignore[import-untyped]

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


def test_has_the_names_of_a_text(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("PyList_New\n_Py_Dealloc\n")
    done = make_stub(tmp_path, "--names-of", tmp_path / "names.txt")
    assert done.returncode == 0 and " [ _PyList_New, __Py_Dealloc ]" in (tmp_path / "python.tbd").read_text()


@pytest.mark.parametrize("content", [b"", b"MZ\x90\0 no list"])
def test_refuses_what_has_no_names(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "empty").write_bytes(content)
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
    with foreign_pythons.library("3.13", targets["linux-aarch64"]).open("rb") as file:
        stub = ELFFile(file)
        names = {symbol.name for symbol in stub.get_section_by_name(".dynsym").iter_symbols()}
        sonames = [tag.soname for tag in stub.get_section_by_name(".dynamic").iter_tags() if tag.entry.d_tag == "DT_SONAME"]
        assert stub.get_machine_arch() == "AArch64" and sonames == [own.name]
    assert {"Py_InitializeFromConfig", "_Py_NoneStruct", "PyExc_ValueError"} <= names


def test_a_stub_of_a_free_threaded_cpython_needs_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler would first build its runtime library for the target."""
    targets = read_targets()
    own, headers = foreign_pythons.library("3.13", targets["linux-x86_64"]), foreign_pythons.unix_headers("3.13")
    monkeypatch.setattr(foreign_pythons, "CACHE", tmp_path)
    monkeypatch.setattr(foreign_pythons, "unix_headers", lambda version: headers)
    monkeypatch.setattr(foreign_pythons, "_debian_library", lambda version, processor: own)
    monkeypatch.setattr(foreign_pythons.sys, "executable", "/nowhere/python")  # type: ignore[attr-defined]
    with foreign_pythons.library("3.13t", targets["linux-aarch64"]).open("rb") as file:
        names = {symbol.name for symbol in ELFFile(file).get_section_by_name(".dynsym").iter_symbols()}
    assert {"Py_InitializeFromConfig", "_Py_MergeZeroLocalRefcount"} <= names
