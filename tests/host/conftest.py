# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the host program with the bundles of ci/build that something here can run: natively, under Wine and under QEMU.

ORTHANC_PYTHON_TARGETS is the folder that ci/build has written; by default build/targets.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "ci"))

import foreign_pythons  # noqa: E402
from targets import Target, read_targets  # noqa: E402

FOLDER = Path(os.environ.get("ORTHANC_PYTHON_TARGETS", ROOT / "build" / "targets"))


@dataclass
class Bundle:
    """A bundle of a target, to be run with one CPython."""

    target: Target
    python: str
    work: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return FOLDER / self.target.name

    def path(self, path: Path) -> str:
        """A path of this machine as the target's programs see it."""
        return "Z:" + str(path).replace("/", "\\") if self.target.runner == "wine" else str(path)

    @property
    def executable(self) -> str | None:
        """The interpreter for the loader; QEMU's user mode cannot start one, so the plugin is opened without the loader."""
        if self.target.runner == "wine":
            return self.path(foreign_pythons.windows_root(self.python) / "python.exe")
        return foreign_pythons.shared_interpreter(self.python) if self.target.runner == "native" else None

    def run(self, script: str, commands: str, python: dict[str, str] | None = None, loader: bool = True) -> list[str]:
        """Runs commands of the host (see main.cpp) with a script; what it printed. Fails the test if it ends badly."""
        (self.work / "script.py").write_text(script, encoding="utf-8")
        section = {"Path": self.path(self.work / "script.py")}
        section |= python if python is not None else {"Executable": self.executable} if self.executable else {}
        (self.work / "orthanc.json").write_text(json.dumps({"Python": section}), encoding="utf-8")
        library = self.folder / (self.target.loader if loader else self.target.stand_alone(self.python))
        if self.target.runner == "qemu":
            library = self.folder / self.target.plugin(self.python)
        if self.target.runner == "qemu":
            commands = f"open /usr/lib/aarch64-linux-gnu/libpython{self.python}.so.1.0\n" + commands
        (self.work / "commands.txt").write_text(commands, encoding="utf-8")
        files = [library, self.work / "orthanc.json", self.work / "commands.txt"]
        command = [*self._host(), *map(self.path, files)]
        status, output = run_program(command, self.environment)
        lines = output.splitlines()
        assert status == 0 and lines[-1:] == ["end"], f"exit status {status}:\n{output}"
        return lines

    def find_libpython_by_the_system(self) -> str:
        """Has the system find the DLL or shared library of the CPython, as an installation does; its sys.prefix."""
        if self.target.runner == "wine":
            prefix = self.environment["WINEPATH"] = self.path(foreign_pythons.windows_root(self.python))
            return prefix
        program = "import sys, sysconfig; print(sys.prefix, sysconfig.get_config_var('LIBDIR'), sep='\\n')"
        command = [str(self.executable), "-c", program]
        prefix, folder = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        self.environment |= {"LD_LIBRARY_PATH": folder, "PYTHONHOME": prefix}
        return prefix

    def _host(self) -> list[str]:
        if self.target.runner == "wine":
            return [WINE, str(self.folder / "host.exe")]
        if self.target.runner == "qemu":
            return ["qemu-aarch64-static", "-L", str(foreign_pythons.arm64_system()), str(self.folder / "host")]
        return [str(self.folder / "host")]


WINE = "/usr/lib/wine/wine64" if not shutil.which("wine64") else "wine64"  # Debian's package has it outside PATH


def run_program(command: list[str], environment: dict[str, str], timeout: float = 120) -> tuple[int, str]:
    """Runs a program with its input and output as pipes, which Wine needs; its exit status and all that it printed."""
    everything = {**os.environ, **environment}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=everything, timeout=timeout
    )
    return done.returncode, done.stdout.decode(errors="replace").replace("\r", "")


@contextlib.contextmanager
def registered(wine: dict[str, str], version: str, folder: str) -> Iterator[None]:
    """A CPython in Wine's registry, as python.org's installer puts it there."""
    key = rf"HKCU\Software\Python\PythonCore\{version}"
    status, output = run_program([WINE, "reg", "add", rf"{key}\InstallPath", "/ve", "/d", folder, "/f"], wine)
    assert status == 0, output
    try:
        yield
    finally:
        run_program([WINE, "reg", "delete", key, "/f"], wine)


def built() -> list[tuple[Target, str]]:
    """The targets and CPython versions that have been built and can be run."""
    found = []
    for target in read_targets().values():
        for python in target.pythons if target.runner else ():
            runnable = target.runner != "native" or foreign_pythons.shared_interpreter(python)
            if runnable and (FOLDER / target.name / target.plugin(python)).exists():
                found.append((target, python))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "bundle" in metafunc.fixturenames:
        runner = metafunc.definition.get_closest_marker("runner")
        chosen = [(target, python) for target, python in built() if runner is None or target.runner in runner.args]
        names = [f"{target.name}-python{python}" for target, python in chosen]
        metafunc.parametrize("bundle", chosen, indirect=True, ids=names)


@pytest.fixture(scope="session")
def wine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a Wine of the tests' own, which ends with them."""
    environment = {
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=",
        "WINEPREFIX": str(tmp_path_factory.mktemp("wine") / "prefix"),
    }
    server = shutil.which("wineserver") or "/usr/lib/wine/wineserver64"
    run_program([WINE, "wineboot", "-i"], environment)
    try:
        yield environment
    finally:
        run_program([server, "-k"], environment)
        shutil.rmtree(environment["WINEPREFIX"], ignore_errors=True)


@pytest.fixture
def bundle(request: pytest.FixtureRequest, tmp_path: Path) -> Bundle:
    target, python = request.param
    environment = request.getfixturevalue("wine") if target.runner == "wine" else {}
    return Bundle(target, python, tmp_path, dict(environment))
