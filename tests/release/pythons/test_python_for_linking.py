# SPDX-License-Identifier: GPL-3.0-or-later
"""A CPython for Windows, and a free-threaded one, that is linked to and not run: of headers and the names of a libpython."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from conftest import ROOT

from orthanc_release.pythons import foreign_pythons

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
INCLUDE = Path(sysconfig.get_path("include"))


def make_root(output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run windows/python_root.py with this CPython's headers and the names of its libpython."""
    names = foreign_pythons.names_file(VERSION)
    command = [sys.executable, ROOT / "windows" / "python_root.py", "--names-of", names, "--include", INCLUDE]
    command += ["--pyconfig", INCLUDE / "pyconfig.h", *options, output]
    return subprocess.run([*map(str, command)], capture_output=True, text=True)


@pytest.mark.parametrize("processor", ["x86_64", "x86", "arm64"])
@pytest.mark.parametrize("flag", ["", "t"])
def test_a_root_without_a_dll(processor: str, flag: str, tmp_path: Path) -> None:
    done = make_root(tmp_path / "root", "--version", VERSION + flag, "--processor", processor)
    assert done.returncode == 0, done.stderr
    name = f"python{VERSION.replace('.', '')}{flag}"
    library = (tmp_path / "root" / "libs" / f"{name}.lib").read_bytes()
    assert f"{name}.dll".encode() in library and b"Py_InitializeFromConfig" in library and b"_fini" not in library
    assert (tmp_path / "root" / "include" / "Python.h").is_file() and not list((tmp_path / "root").glob("*.exe"))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            ["--version", "3.9", "--processor", "x86"],
            f"has the headers of CPython {VERSION}, but the distribution has python39.dll",
        ),
        (["--version", VERSION], "--names-of needs --processor"),
        (["--version", "new", "--processor", "x86"], "--version such as 3.14 or 3.14t"),
    ],
)
def test_what_is_no_root(options: list[str], text: str, tmp_path: Path) -> None:
    done = make_root(tmp_path / "root", *options)
    assert done.returncode != 0 and text in done.stderr and not (tmp_path / "root").exists()


def test_what_has_no_names(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("_fini\nmain\n")
    command = [sys.executable, ROOT / "windows" / "python_root.py", "--names-of", tmp_path / "names.txt", "--include", INCLUDE]
    command += ["--pyconfig", INCLUDE / "pyconfig.h", "--version", VERSION, "--processor", "x86", tmp_path / "root"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    assert done.returncode == 1 and "is not a libpython for Linux, and not a list of its names" in done.stderr


def test_names_that_headers_declare() -> None:
    text = """
PyAPI_FUNC(void) _Py_MergeZeroLocalRefcount(PyObject *);
PyAPI_FUNC(PyObject *) PyList_GetItemRef(PyObject *, Py_ssize_t index);
    extern PyAPI_DATA(PyTypeObject) PyList_Type;
PyAPI_FUNC(const char *) PyUnicode_AsUTF8(PyObject *unicode);
#define PyAPI_FUNC(RTYPE) RTYPE
"""
    expected = ["_Py_MergeZeroLocalRefcount", "PyList_GetItemRef", "PyList_Type", "PyUnicode_AsUTF8"]
    assert foreign_pythons.DECLARED.findall(text) == expected


def test_only_some_run_under_wine() -> None:
    assert [python for python in ("3.13", "3.14", "3.13t") if foreign_pythons.runs_on_windows(python)] == ["3.13"]
