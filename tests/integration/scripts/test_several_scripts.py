# SPDX-License-Identifier: GPL-3.0-or-later
"""Several scripts in one server: "Path" of the section "Python" may be a list."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import Servers
from helpers import failure_of

FIRST = """
import json
import sys
import orthanc

started = ["first"]

def answer(output, uri, **request):
    output.AnswerBuffer(json.dumps({"started": started, "path": sys.path[:3], "argv": sys.argv}), "application/json")

orthanc.RegisterRestCallback("/started", answer)
"""
SECOND = """
import first
import helper

first.started.append(f"second with {helper.NAME}")
"""
THIRD = """
import atexit
import orthanc
import first

first.started.append("third")
atexit.register(orthanc.LogWarning, "the third script has ended")
"""


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def paths(*scripts: object) -> dict[str, object]:
    return {"Python": {"Path": [str(script) if isinstance(script, Path) else script for script in scripts]}}


def test_started_in_order_in_one_interpreter(orthanc: Servers, tmp_path: Path) -> None:
    one, two = (
        write(tmp_path / "one", first=FIRST, third=THIRD),
        write(tmp_path / "two", second=SECOND, helper="NAME = 'helper'"),
    )
    server = orthanc(configuration=paths(one / "first.py", two / "second.py", one / "third.py"))
    found = server.get("/started").json()
    assert found["started"] == ["first", "second with helper", "third"]
    assert found["path"][:2] == [str(one), str(two)] and str(one) not in found["path"][2:]
    assert found["argv"] == [str(one / "first.py")]
    orthanc.stop(server)
    assert "the third script has ended" in server.log()


def test_imported_by_a_former_one(orthanc: Servers, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "one", first="import second\n" + FIRST, second="import orthanc\northanc.LogWarning('second runs')\n"
    )
    server = orthanc(configuration=paths(folder / "first.py", folder / "second.py"))
    assert server.log().count("second runs") == 1


def test_reset(orthanc: Servers, tmp_path: Path) -> None:
    one, two = write(tmp_path / "one", first=FIRST), write(tmp_path / "two", second=SECOND, helper="NAME = 'helper'")
    server = orthanc(configuration=paths(one / "first.py", two / "second.py"))
    assert server.get("/started").json()["started"][1] == "second with helper"
    write(two, helper="NAME = 'another helper'")
    server.reset()
    assert server.get("/started").json()["started"] == ["first", "second with another helper"]


def test_global_setting_wins(orthanc: Servers, tmp_path: Path) -> None:
    folder = write(tmp_path / "one", first=FIRST, broken="raise LookupError")
    server = orthanc(folder / "first.py", configuration=paths(folder / "broken.py", folder / "broken.py"))
    assert server.get("/started").json()["started"] == ["first"]


def test_failing_script_is_named(orthanc: Servers, tmp_path: Path) -> None:
    folder = write(tmp_path / "one", first=FIRST, broken="\nraise LookupError('nothing here')\n", third=THIRD)
    log = failure_of(orthanc.prepare(configuration=paths(folder / "first.py", folder / "broken.py", folder / "third.py")))
    assert re.search(r"^E.*the start of the script \S+/broken\.py failed: LookupError: nothing here", log, re.MULTILINE)
    assert re.search(r'broken\.py", line 2', log)


def test_missing_script_is_named_before_any_runs(orthanc: Servers, tmp_path: Path) -> None:
    folder = write(tmp_path / "one", first="import orthanc\northanc.LogWarning('first runs')\n")
    log = failure_of(orthanc.prepare(configuration=paths(folder / "first.py", folder / "missing.py")))
    assert re.search(r"^E.*the Python script \S+/missing\.py does not exist", log, re.MULTILINE)
    assert "first runs" not in log


def test_same_name_in_two_folders(orthanc: Servers, tmp_path: Path) -> None:
    one, two = write(tmp_path / "one", main=FIRST), write(tmp_path / "two", main=SECOND)
    log = failure_of(orthanc.prepare(configuration=paths(one / "main.py", two / "main.py")))
    assert re.search(
        rf"^E.*the scripts {one}/main\.py and {two}/main\.py have the same name 'main': rename one", log, re.MULTILINE
    )
