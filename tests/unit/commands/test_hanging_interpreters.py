# SPDX-License-Identifier: GPL-3.0-or-later
"""Interpreters that the plugin's loader knows to hang are put off by `orthanc-python doctor` too."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from orthanc_python.doctor import search
from orthanc_python.doctor.hanging import WEEK, hanging_interpreters
from orthanc_python.doctor.search import Wishes, choose
from orthanc_python.interpreters.asking import Interpreter, NoAnswer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the loader keeps them elsewhere")
PYTHON = Path(sys.executable)


def keep(folder: Path, *events: tuple[int, Path]) -> dict[str, str]:
    """Write the file of the loader, and return the variables that lead to it."""
    file = folder / ".cache" / "orthanc-python" / "hanging-interpreters.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{seconds} -4643569259000000000 {path}\n" for seconds, path in events))
    return {"HOME": str(folder), "PATH": str(folder)}


def program(path: Path) -> Path:
    path.touch(0o755)
    os.utime(path, (1000, 1000))
    return path


def test_the_file(tmp_path: Path) -> None:
    first, second = program(tmp_path / "a program"), program(tmp_path / "python")
    now = int(time.time())
    variables = keep(tmp_path, (now, first), (now - WEEK - 1, second))
    assert hanging_interpreters(variables) == {first}
    assert hanging_interpreters({"HOME": "/nowhere", "XDG_CACHE_HOME": f"{tmp_path}/.cache"}) == {first}
    assert hanging_interpreters({"HOME": "/nowhere"}) == hanging_interpreters({}) == set()
    os.utime(first, (now + 1, now + 1))  # it is another program since
    assert hanging_interpreters(variables) == set()
    (tmp_path / ".cache" / "orthanc-python" / "hanging-interpreters.txt").write_bytes(b"\xff\nx y z\n1\n\n")
    assert hanging_interpreters(variables) == set()


def test_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging, good = program(tmp_path / "python3"), program(tmp_path / "python")
    asked: list[tuple[Path, float]] = []
    needs = {hanging: 5.0}  # seconds

    def question(executable: Path, timeout: float = 10) -> Interpreter:
        asked.append((executable, timeout))
        if needs.get(executable, 0) > timeout:
            raise NoAnswer(f"it did not answer within {timeout} s")
        return Interpreter(executable, "3.13", "3.13.1", "linux-x86_64", 64, "/usr", "")

    monkeypatch.setattr(search, "question", question)
    monkeypatch.setattr(search, "_obstacle", lambda found, wishes, misfit: misfit(found))
    monkeypatch.setattr(search, "SYSTEM_FOLDERS", ())
    variables = keep(tmp_path, (int(time.time()), hanging))
    choice = choose(Wishes(), None, variables)
    assert choice.chosen is not None and choice.chosen.executable == good and asked == [(hanging, 2), (good, 10)]
    assert [(each.executable, text) for each, text in choice.refused] == [(hanging, "it did not answer at an earlier start")]
    asked.clear()  # no other fits
    choice = choose(Wishes(), None, variables, lambda found: "it is broken" if found.executable == good else "")
    assert choice.chosen is not None and choice.chosen.executable == hanging
    assert asked == [(hanging, 2), (good, 10), (hanging, 10)]
    asked.clear()  # it was only slow once
    needs.clear()
    choice = choose(Wishes(), None, variables)
    assert choice.chosen is not None and choice.chosen.executable == hanging and not choice.refused
    asked.clear()  # the configuration names it
    choice = choose(Wishes(executable=str(hanging)), None, variables)
    assert choice.chosen is not None and asked == [(hanging, 10)]
