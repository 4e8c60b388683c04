# SPDX-License-Identifier: GPL-3.0-or-later
"""The loader and the doctor search alike: both must pass the cases of one file."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from loader_bundle import interpreters, write_answer, write_program, write_shim

from orthanc_python import OrthancDidNotStart
from orthanc_python.doctor.search import Wishes, choose
from orthanc_python.interpreters.asking import Interpreter
from orthanc_python.libraries.file_names import plugin_for

CASES = json.loads(Path(__file__).with_name("interpreter_cases.json").read_text(encoding="utf-8"))


class Place:
    """The files of a case."""

    def __init__(self, case: dict[str, Any], folder: Path, bundle: Path) -> None:
        self.case = case
        self.folder = folder
        self.version, self.interpreter = next(iter(interpreters(bundle).items()))
        for name, kind in case["programs"].items():
            self._write(folder / name, kind)
        plugins = folder / case["around"] / "lib" if "around" in case else folder / "plugins"
        plugins.mkdir(parents=True)
        if "around" in case:
            (folder / case["around"] / "pyvenv.cfg").write_text("")
        self.loader = Path(shutil.copy(bundle / "libOrthancPython.so", plugins))
        inner = plugin_for(self.loader, self.version)
        inner.parent.mkdir()
        shutil.copy(plugin_for(bundle / self.loader.name, self.version), inner)
        if "link" in case:
            link = folder / case["link"] / self.loader.name
            link.parent.mkdir()
            link.symlink_to(self.loader)
            self.loader = link
        paths = ("Executable", "VirtualEnv")
        self.section = {key: str(folder / text) if key in paths else text for key, text in case.get("section", {}).items()}
        # The system's folders come after these.
        self.variables = {
            "PATH": os.pathsep.join(str(folder / each) for each in case["path"]),
            "VIRTUAL_ENV": str(folder / case["active"]) if "active" in case else "",
            "XDG_CACHE_HOME": str(folder / "cache"),
        }

    def _write(self, path: Path, kind: str) -> None:
        self.folder.mkdir(exist_ok=True)
        broken = self.folder / "broken.so"
        broken.write_text("not a library")
        if kind == "good":
            write_shim(path, self.interpreter)
        elif kind in ("fails", "says nothing"):
            write_program(path, "exit 3" if kind == "fails" else "exit 0")
        else:
            version = "3.99" if kind == "another version" else self.version
            library = "" if kind == "no library" else broken
            write_answer(path, version, library, bits=16 if kind == "other bits" else 64)

    def check(self, said: list[str]) -> None:
        """The refused ones are said in their order, and no others of this folder."""
        own = [line for line in said if str(self.folder) in line]
        expected = self.case["refused"]
        assert len(own) == len(expected), said
        for line, (name, reason, problem) in zip(own, expected, strict=True):
            assert f"{reason}: " in line and str(self.folder / name) in line and problem in line


@pytest.fixture(params=CASES, ids=[case["name"].replace(" ", "-") for case in CASES])
def place(request: pytest.FixtureRequest, tmp_path: Path, bundle: Path) -> Place:
    return Place(request.param, tmp_path / "place", bundle)


def test_loader(orthanc: Servers, place: Place) -> None:
    server = orthanc.prepare(
        "import orthanc\n",
        with_plugin=False,
        plugins=[place.loader],
        configuration={"Python": place.section},
        environment=place.variables,
        verbose=True,
    )
    marks = ("the environment variable", "the virtual environment that", "PATH: ", "the setting")
    if place.case["chosen"] is None:
        with pytest.raises(OrthancDidNotStart) as error:
            server.start()
        lines = error.value.log.split("Found:\n")[-1].splitlines()
        place.check([line for line in lines if line.startswith("  ")])
        return
    server.start()
    lines = server.log().splitlines()
    place.check([line for line in lines if "cannot be used, found by" in line and any(mark in line for mark in marks)])
    (using,) = (line for line in lines if "Python: using" in line)
    assert using.endswith(f"found by {place.case['chosen'][1]}")


def test_doctor(place: Place) -> None:
    section = place.section
    wishes = Wishes(section.get("Executable", ""), section.get("VirtualEnv", ""), section.get("Version", ""))

    def misfit(found: Interpreter) -> str:
        fits = plugin_for(place.loader.resolve(), found.version).exists()
        return "" if fits else f"there is no plugin for Python {found.version}"

    choice = choose(wishes, place.loader, place.variables, misfit)
    place.check([f"{candidate.reason}: {candidate.executable}: {problem}" for candidate, problem in choice.refused])
    if place.case["chosen"] is None:
        assert choice.chosen is None
    else:
        assert choice.chosen is not None and choice.chosen.version == place.version
        assert choice.reason == place.case["chosen"][1]


def test_hanging_interpreters(orthanc: Servers, bundle: Path, tmp_path: Path) -> None:
    """The doctor reads what the loader has kept: it puts off the same ones, and asks them when no other fits."""
    version, interpreter = next(iter(interpreters(bundle).items()))
    hanging = write_program(tmp_path / "a" / "python3", "exec sleep 600")
    good = write_shim(tmp_path / "b" / "python3", interpreter)
    path = os.pathsep.join([str(hanging.parent), str(good.parent), os.environ["PATH"]])
    variables = {"PATH": path, "VIRTUAL_ENV": "", "HOME": str(tmp_path), "XDG_CACHE_HOME": ""}
    server = orthanc(
        "import orthanc\n", with_plugin=False, plugins=[bundle / "libOrthancPython.so"], environment=variables, verbose=True
    )
    assert f"found by PATH: {hanging}: it did not answer within 10 s" in server.log()
    choice = choose(Wishes(), None, variables)
    assert [(candidate.executable, problem) for candidate, problem in choice.refused] == [
        (hanging, "it did not answer at an earlier start")
    ]
    assert choice.chosen is not None and choice.chosen.version == version and choice.reason == "PATH"


def test_the_question(orthanc: Servers, bundle: Path, tmp_path: Path) -> None:
    """The doctor and the loader start an interpreter with the same options."""
    _, interpreter = next(iter(interpreters(bundle).items()))
    asked = tmp_path / "asked"
    program = write_program(tmp_path / "a" / "python3", f"""echo "$@" >>'{asked}'; exec "{interpreter}" "$@" """)
    section = {"Executable": str(program)}
    orthanc("import orthanc\n", with_plugin=False, plugins=[bundle / "libOrthancPython.so"], configuration={"Python": section})
    by_loader = asked.read_text()
    asked.unlink()
    choose(Wishes(executable=str(program)), None, {})
    assert by_loader.startswith("-I -S ") and asked.read_text() == by_loader
