# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orthanc_sdk.__main__ import main

FILES = {
    "generated.h", "enumerations.cpp", "handles.cpp", "functions.cpp", "routines.cpp", "orthanc.pyi", "coverage.md",
    "coverage.json", "stamp", "testing.py", "sdk_services.h",
}  # fmt: skip

Write = Callable[[str], Path]


def run(header: Path, output: Path) -> int:
    return main(["--header", str(header), "--output", str(output)])


def test_writes_exactly_these_files(small_header: Write, tmp_path: Path) -> None:
    output = tmp_path / "new" / "folder"
    assert run(small_header(""), output) == 0
    assert {path.name for path in output.iterdir()} == FILES


def test_unchanged_files_are_left_alone(small_header: Write, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(small_header(""), output)
    for path in output.iterdir():
        os.utime(path, (1, 1))
    run(small_header("FN void OrthancPluginMore(CTX);"), output)
    touched = {path.name for path in output.iterdir() if path.stat().st_mtime > 1}
    assert touched == FILES - {"enumerations.cpp", "handles.cpp"}


def test_errors_are_one_line(small_header: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = small_header("FN void OrthancPluginOdd(CTX, OrthancPluginCallback callback);")
    assert run(header, tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert error.startswith("error: no rule covers void OrthancPluginOdd(OrthancPluginContext* context, ")
    assert "In src/orthanc_sdk/binding, add each to callbacks.py or functions.py" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_missing_header(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "absent.h", tmp_path / "out") == 1
    assert capsys.readouterr().err.startswith("error: no SDK header at ")


def test_output_that_is_a_file(small_header: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("")
    assert run(small_header(""), tmp_path / "out") == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_as_a_module(small_header: Write, tmp_path: Path) -> None:
    source = Path(sys.modules["orthanc_sdk"].__path__[0]).parent
    command = [sys.executable, "-m", "orthanc_sdk", "--header", "absent.h", "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(source)}, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: no SDK header at absent.h\n"
