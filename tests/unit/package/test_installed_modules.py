# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of plugins are found without running them."""

from __future__ import annotations

import json
import py_compile
import sys
from pathlib import Path

import pytest

from orthanc_python.doctor.checks.modules import check_modules
from orthanc_python.doctor.finding import Level
from orthanc_python.doctor.setup import Setup
from orthanc_python.interpreters.asking import CannotAsk
from orthanc_python.modules.installed_modules import InstalledModule, find_modules
from orthanc_python.rights import pip_of
from orthanc_python.run.reload import module_sources


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def write(folder: Path, name: str, text: str = "raise ValueError('was run')\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def find(name: str) -> InstalledModule:
    (found,) = find_modules(Path(sys.executable), [name])
    return found


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("one_plugin", "one_plugin.py"),
        ("a_plugin", "a_plugin/__init__.py"),
        ("a_plugin.part", "a_plugin/part.py"),
        ("shared.plugin", "shared/plugin.py"),
    ],
)
def test_found(folder: Path, name: str, file: str) -> None:
    for each in ("one_plugin.py", "a_plugin/__init__.py", "a_plugin/part.py", "shared/plugin.py"):
        write(folder, each)
    assert find(name) == InstalledModule(name, str(folder / file))


@pytest.mark.parametrize(("name", "missing"), [("absent.plugin", "absent"), ("one_plugin.part", "one_plugin.part")])
def test_missing(folder: Path, name: str, missing: str) -> None:
    write(folder, "one_plugin.py")
    assert find(name).missing == missing


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ('ORTHANC_REQUIRES = {"sdk": ">=1.12.8"}\n', {"sdk": ">=1.12.8"}),
        (
            '"""About."""\nORTHANC_REQUIRES: dict[str, str] = {"sdk": ">=1", "plugin": "~=0.1"}\n',
            {"sdk": ">=1", "plugin": "~=0.1"},
        ),
        ('print("ORTHANC_REQUIRES")\n', {}),
    ],
)
def test_requirements(folder: Path, text: str, needs: dict[str, str]) -> None:
    write(folder, "one_plugin.py", f"{text}raise ValueError('was run')\n")
    assert find("one_plugin").needs == needs


@pytest.mark.parametrize("value", ['{"sdk": 3}', "dict(sdk='>=1')", "['sdk']", "NAME"])
def test_requirements_that_cannot_be_read(folder: Path, value: str) -> None:
    path = write(folder, "one_plugin.py", f"NAME = 1\nORTHANC_REQUIRES = {value}\n")
    assert find("one_plugin").fault.startswith(f"{path}:2: ORTHANC_REQUIRES is not like ")


def test_interpreter_that_cannot_be_run(tmp_path: Path) -> None:
    for interpreter in (tmp_path / "absent", Path("/bin/false"), Path("/bin/true"), Path("/bin/echo")):
        with pytest.raises(CannotAsk, match=r"^it does not say which modules it has: "):
            find_modules(interpreter, ["one_plugin"])


def test_doctor(folder: Path) -> None:
    write(folder, "one_plugin.py")
    settings = {"Python": {"Executable": sys.executable, "Modules": ["one_plugin", "absent_plugin"]}}
    path = write(folder, "orthanc.json", json.dumps(settings))
    good, bad = check_modules(Setup.read(path))
    assert (good.subject, good.text) == ("module one_plugin", str(folder / "one_plugin.py"))
    assert bad.text == f"absent_plugin is not installed for {sys.executable}, and Orthanc stops"
    install = f"{pip_of(Path(sys.executable))} install absent-plugin"
    assert bad.fix == f"{install}, if the package is called so, or name its folder: ./absent_plugin"


@pytest.mark.parametrize(
    ("text", "about"),
    [("", True), ('"""About."""\n__version__ = "1"\n', True), ("import a_plugin.plugin\n", False), ("start()\n", False)],
    ids=["empty", "about", "import", "call"],
)
def test_package_whose_module_plugin_is_meant(folder: Path, text: str, about: bool) -> None:
    """`orthanc-python new --package` writes one: the package itself registers nothing."""
    write(folder, "a_plugin/__init__.py", text)
    write(folder, "a_plugin/plugin.py")
    write(folder, "alone/__init__.py", "")
    write(folder, "shared/plugin.py")
    names = ["a_plugin", "alone", "shared"]
    path = write(folder, "orthanc.json", json.dumps({"Python": {"Executable": sys.executable, "Modules": names}}))
    found = {each.subject: each for each in check_modules(Setup.read(path))}
    warned = {name for name in names if found[f"module {name}"].level is Level.WARNING}
    assert warned == ({"a_plugin", "shared"} if about else {"shared"})
    assert found["module shared"].text == "it only contains the module that registers callbacks, shared.plugin"
    assert found["module shared"].fix == 'write "shared.plugin" in "Modules"'


def test_package_whose_module_plugin_is_named_too(folder: Path) -> None:
    write(folder, "a_plugin/__init__.py", "")
    write(folder, "a_plugin/plugin.py")
    settings = {"Python": {"Executable": sys.executable, "Modules": ["a_plugin", "a_plugin.plugin"]}}
    path = write(folder, "orthanc.json", json.dumps(settings))
    assert [each.level for each in check_modules(Setup.read(path))] == [Level.OK, Level.OK]


def test_package_that_is_compiled(folder: Path) -> None:
    """Nobody can see whether its __init__.pyc runs code."""
    source = write(folder, "a_plugin/__init__.py", "import a_plugin.plugin\n")
    write(folder, "a_plugin/plugin.py")
    py_compile.compile(str(source), str(source.with_suffix(".pyc")))
    source.unlink()
    assert find("a_plugin") == InstalledModule("a_plugin", str(source.with_suffix(".pyc")))


FINDER = """
import sys
from importlib.machinery import ModuleSpec

class Loader:
    {loader}

class Finder:
    def find_spec(name, path=None, target=None):
        if name in ("a_plugin", "a_plugin.plugin"):
            spec = ModuleSpec(name, Loader(), is_package=True)
            spec.submodule_search_locations.append("archive")
            return spec

sys.meta_path.insert(0, Finder)
"""


@pytest.mark.parametrize("loader", ["def get_source(self, name): raise ImportError(name)", "pass"], ids=["raises", "has none"])
def test_package_without_a_source(folder: Path, loader: str) -> None:
    """A loader of another project need not show the source."""
    write(folder, "sitecustomize.py", FINDER.format(loader=loader))
    assert find("a_plugin") == InstalledModule("a_plugin")


def test_files_to_watch(folder: Path) -> None:
    files = {write(folder, name) for name in ("a_plugin/__init__.py", "a_plugin/deep/part.py", "shared/plugin.py")}
    write(folder, "shared/other.py")
    assert module_sources(["a_plugin.deep.part", "shared.plugin", "absent"]) == files
