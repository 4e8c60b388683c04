# SPDX-License-Identifier: GPL-3.0-or-later
"""Interpreters that the plugin's loader knows to hang are put off by `orthanc-python doctor` too."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from orthanc_python.doctor import search
from orthanc_python.doctor.hanging import MOST_BYTES, WEEK, hanging_interpreters
from orthanc_python.doctor.search import Wishes, choose
from orthanc_python.interpreters import on_path
from orthanc_python.interpreters.asking import Interpreter, NoAnswer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the loader keeps them elsewhere")
FILE = Path(".cache", "orthanc-python", "hanging-interpreters.txt")


def keep(folder: Path, *events: tuple[int, Path]) -> dict[str, str]:
    """Write the file of the loader, and return the variables that lead to it."""
    file = folder / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{seconds} -4643569259000000000 {path}\n" for seconds, path in events))
    return {"HOME": str(folder), "PATH": str(folder)}


def program(path: Path) -> Path:
    path.touch(0o755)
    return path


def test_the_file(tmp_path: Path) -> None:
    first, last = program(tmp_path / "a program\x85"), Path("/nowhere/last")
    now = int(time.time()) + 2
    variables = keep(tmp_path, (now, first), (now - WEEK - 60, Path("/nowhere/python")), (now - WEEK + 60, last))
    assert hanging_interpreters(variables) == {first, last}
    assert hanging_interpreters({"HOME": "/nowhere", "XDG_CACHE_HOME": f"{tmp_path}/.cache"}) == {first, last}
    assert hanging_interpreters({"HOME": "/nowhere"}) == hanging_interpreters({}) == set()
    os.utime(first, (now + 1, now + 1))  # it is another program since
    assert hanging_interpreters(keep(tmp_path, (now, first))) == set()


def test_an_upgrade_of_an_interpreter_keeps_an_old_date(tmp_path: Path) -> None:
    upgraded = program(tmp_path / "python")
    os.utime(upgraded, (1000, 1000))  # as a package does
    assert hanging_interpreters(keep(tmp_path, (int(time.time()) - 60, upgraded))) == set()
    assert hanging_interpreters(keep(tmp_path, (int(time.time()) + 2, upgraded))) == {upgraded}


@pytest.mark.parametrize(
    "content",
    [b"\xff\nx y z\n1\n\n", *(f"{event} 1 /nowhere/python\n".encode() for event in ("9" * 400, "9" * 5000, "\u0663", "-1"))],
    ids=["no lines", "400 digits", "5000 digits", "a digit of another script", "a sign"],
)
def test_a_file_of_another_format(tmp_path: Path, content: bytes) -> None:
    """Orthanc's account writes it, and root may read it."""
    variables = keep(tmp_path)
    good = f"{int(time.time())} 1 /nowhere/good\n".encode()
    (tmp_path / FILE).write_bytes(content + good)
    assert hanging_interpreters(variables) == {Path("/nowhere/good")}


def test_no_more_than_a_limit_is_read(tmp_path: Path) -> None:
    line = f"{int(time.time())} 1 /nowhere/python\n".encode()
    variables = keep(tmp_path)
    (tmp_path / FILE).write_bytes(line + b"\n" * MOST_BYTES + line.replace(b"python", b"behind"))
    assert hanging_interpreters(variables) == {Path("/nowhere/python")}


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    variables = keep(tmp_path)
    (tmp_path / FILE).unlink()
    os.mkfifo(tmp_path / FILE)  # to open or read it would block
    assert hanging_interpreters(variables) == set()
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).symlink_to("/dev/zero")
    assert hanging_interpreters(variables) == set()
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
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
    monkeypatch.setattr(on_path, "SYSTEM_FOLDERS", ())
    variables = keep(tmp_path, (int(time.time()) + 2, hanging))
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
