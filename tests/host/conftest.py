# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the host program with the bundles of ci/build that something here can run: natively, under Wine and under QEMU.

ORTHANC_PYTHON_TARGETS is the folder that ci/build has written; by default build/targets.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orthanc_release.pythons import foreign_pythons
from orthanc_release.targets import Target, read_targets
from orthanc_release.trial.host_program import START_WINE, HostProgram, private_wine, run_program, why_not

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(os.environ.get("ORTHANC_PYTHON_TARGETS", ROOT / "build" / "targets"))


@dataclass
class Bundle(HostProgram):
    """A bundle of a target, to be run with one CPython."""

    def run_script(self, script: str, commands: str, python: dict[str, str] | None = None, loader: bool = True) -> list[str]:
        """Run commands of the host with a script; what it printed. Fail the test if it ends badly."""
        section = python if python is not None else {"Executable": self.executable} if self.executable else {}
        library = self.folder / (self.target.loader if loader else self.target.stand_alone(self.python))
        if self.system is not None and loader:
            self.find_libpython_by_the_system()
            library = self.folder / self.target.plugin(self.python)
            commands = self.open_libpython() + commands
        status, output = self.run(library, script, commands, section)
        lines = output.splitlines()
        assert status == 0 and lines[-1:] == ["end"], f"exit status {status}:\n{output}"
        return lines


@contextlib.contextmanager
def registered(wine: dict[str, str], version: str, folder: str) -> Iterator[None]:
    """A CPython in Wine's registry, as python.org's installer puts it there."""
    key = rf"HKCU\Software\Python\PythonCore\{version}"
    status, output = run_program([*START_WINE, "reg", "add", rf"{key}\InstallPath", "/ve", "/d", folder, "/f"], wine)
    assert status == 0, output
    try:
        yield
    finally:
        run_program([*START_WINE, "reg", "delete", key, "/f"], wine)


def built() -> list[tuple[Target, str]]:
    """The targets and CPython versions that have been built and can be run."""
    found = []
    for target in read_targets().values():
        for python in target.pythons if target.runner else ():
            folder = FOLDER / target.name
            if (folder / target.plugin(python)).exists() and why_not(target, python, folder) is None:
                found.append((target, python))
    return found


def runner_of(target: Target, python: str) -> str | None:
    """Return the runner of a target with a CPython, "system" for another Debian release: its interpreter cannot be started."""
    own = target.runner != "native" or foreign_pythons.shared_interpreter(python) is not None
    return target.runner if own else "system"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "bundle" in metafunc.fixturenames:
        runner = metafunc.definition.get_closest_marker("runner")
        chosen = [(target, python) for target, python in built() if runner is None or runner_of(target, python) in runner.args]
        names = [f"{target.name}-python{python}" for target, python in chosen]
        metafunc.parametrize("bundle", chosen, indirect=True, ids=names)


@pytest.fixture(scope="session")
def wine() -> Iterator[dict[str, str]]:
    """The environment of a Wine of the tests' own. It ends with them."""
    with private_wine() as environment:
        yield environment


@pytest.fixture
def bundle(request: pytest.FixtureRequest, tmp_path: Path) -> Bundle:
    target, python = request.param
    environment = request.getfixturevalue("wine") if target.runner == "wine" else {}
    return Bundle(target, python, FOLDER / target.name, tmp_path, dict(environment))
