# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the current folder, such as one that everyone may write to, are not run: the command may be that of root."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orthanc_python.doctor.checks.modules import check_modules
from orthanc_python.doctor.checks.script import check_script
from orthanc_python.doctor.finding import Finding, Level
from orthanc_python.doctor.setup import Setup
from orthanc_python.interpreters.asking import CannotAsk, last_json, question
from orthanc_python.modules.installed_modules import find_modules
from orthanc_python.modules.installed_plugins import find_plugins
from orthanc_python.setup.environment import Environment

NAMES = ("__future__", "ast", "ctypes", "ensurepip", "importlib", "json", "pip", "re", "struct", "sysconfig", "venv")
PYTHON = Path(sys.executable)


@pytest.fixture(autouse=True)
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Fill the current folder with modules that write a mark. Without a search path, an empty entry of it is that folder."""
    folder, mark = tmp_path / "everyone", tmp_path / "mark"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write({name!r})\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", os.pathsep)
    yield mark
    assert not mark.exists(), mark.read_text(encoding="utf-8")


def setup_of(folder: Path, python: Path, text: str = "import json, absent_module\n") -> Setup:
    (folder / "hello.py").write_text(text, encoding="utf-8")
    settings = {"Executable": str(python), "Modules": ["json", "absent_module"]}
    text = json.dumps({"PythonScript": str(folder / "hello.py"), "Python": settings})
    (folder / "orthanc.json").write_text(text, encoding="utf-8")
    return Setup.read(folder / "orthanc.json")


def test_questions() -> None:
    assert question(PYTHON).executable == PYTHON
    assert find_modules(PYTHON, ["absent_module"])[0].missing == "absent_module"
    assert isinstance(find_plugins(PYTHON), list)


def test_doctor(tmp_path: Path) -> None:
    setup = setup_of(tmp_path, PYTHON)
    (found,) = check_script(setup)
    assert found.level is Level.PROBLEM and "the module absent_module that it imports is not there" in found.text
    good, bad = check_modules(setup)
    assert (good.level, bad.level) == (Level.OK, Level.PROBLEM)


def test_environment(tmp_path: Path) -> None:
    folder = tmp_path / "environment"
    Environment({"VirtualEnv": str(folder)}, PYTHON).make()
    assert (folder / "bin" / "pip").is_file()


def test_modules_beside_the_script_are_found(tmp_path: Path) -> None:
    (tmp_path / "own_module.py").touch()
    (found,) = check_script(setup_of(tmp_path, PYTHON, "import __main__, own_module, json\n"))
    assert found.level is Level.OK


def test_search_path_relative_to_the_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller has named it."""
    Path("more").mkdir()
    Path("more/own_module.py").touch()
    monkeypatch.setenv("PYTHONPATH", f"more{os.pathsep}")
    assert find_modules(PYTHON, ["own_module"])[0].file == str(Path("more/own_module.py").absolute())


def test_relative_interpreter() -> None:
    Path("python").symlink_to(PYTHON)
    assert last_json(Path("python"), "print(1)", asked_for="a number") == 1


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return an interpreter that says what it is, and fails otherwise."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\n[ "$1" = -I ] && exec {PYTHON} "$@"\necho no memory >&2; exit 3\n', encoding="utf-8")
    python.chmod(0o755)
    return python


def test_question_that_fails(broken: Path, tmp_path: Path) -> None:
    """That is not an answer without missing modules. The error has the interpreter's own, and no code."""
    with pytest.raises(CannotAsk, match=r"^it does not say a number: it ends with status 3: no memory$"):
        last_json(broken, "print(1)", asked_for="a number")
    setup = setup_of(tmp_path, broken)
    setup.__dict__["interpreter"] = question(PYTHON).__class__(**{**vars(question(PYTHON)), "executable": broken})
    found: list[Finding] = [*check_script(setup), *check_modules(setup)]
    assert [each.level for each in found] == [Level.WARNING] * 2
    advice = [f"the imports of {tmp_path / 'hello.py'} are not checked", "they are not checked"]
    assert [each.fix for each in found] == [f"correct what it says, and run this again: {each}" for each in advice]
    assert all("no memory" in each.text and str(broken) in each.text for each in found)
