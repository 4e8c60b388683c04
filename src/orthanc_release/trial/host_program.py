# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the program of tests/host with a library of any target that this machine can run: natively, under Wine or under QEMU.
The program loads a plugin as Orthanc does."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from orthanc_release.processors import this_processor, this_system
from orthanc_release.pythons import foreign_pythons
from orthanc_release.pythons.debian_systems import QEMU, debian_system, libpython, starter
from orthanc_release.pythons.foreign_pythons import UnavailableError
from orthanc_release.targets import Target

WINE = "/usr/lib/wine/wine64" if not shutil.which("wine64") else "wine64"  # Debian's package has it outside PATH
# Windows' programs have data at 7ffe0000. With random addresses, Linux puts the heap of Wine's 64-bit loader there once in some
# thousand starts, and the loader ends without a word.
START_WINE = ["setarch", "--addr-no-randomize", WINE]


@dataclass
class HostProgram:
    """The program of a target, with one of the target's CPython versions."""

    target: Target
    python: str
    folder: Path  # where ci/build has put the program
    work: Path  # for the script and the configuration
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def system(self) -> Path | None:
        """The root of a Debian that has the CPython, if this system does not have it."""
        if self.target.runner == "qemu" or (
            self.target.runner == "native" and foreign_pythons.shared_interpreter(self.python) is None
        ):
            return debian_system(self.python, self.target.processor)
        return None

    @property
    def executable(self) -> str | None:
        """The interpreter for the loader; that of another system cannot be started, and its plugins need no loader."""
        if self.target.runner == "wine":
            return self.path(foreign_pythons.windows_root(self.python) / "python.exe")
        return foreign_pythons.shared_interpreter(self.python) if self.system is None else None

    def path(self, path: Path) -> str:
        """A path of this machine as the target's programs see it."""
        return "Z:" + str(path).replace("/", "\\") if self.target.runner == "wine" else str(path)

    def run(self, library: Path, script: str, commands: str, python: dict[str, str]) -> tuple[int, str]:
        """Run commands (see tests/host/main.cpp) with a plugin, a script and a section "Python"; exit status and output."""
        (self.work / "script.py").write_text(script, encoding="utf-8")
        section = {"Path": self.path(self.work / "script.py"), **python}
        (self.work / "orthanc.json").write_text(json.dumps({"Python": section}), encoding="utf-8")
        (self.work / "commands.txt").write_text(commands, encoding="utf-8")
        files = [library, self.work / "orthanc.json", self.work / "commands.txt"]
        return run_program([*self._host(), *map(self.path, files)], self.environment)

    def open_libpython(self) -> str:
        """The command that opens the libpython of another system for a plugin, where there is no loader."""
        file = libpython(self.python, self.target.processor)
        root = self.system if self.target.runner == "native" else None
        return f"open {root or ''}{file}\n"

    def find_libpython_by_the_system(self) -> str:
        """Have the system find the DLL or shared library of the CPython, as an installation does; its prefix."""
        if self.target.runner == "wine":
            prefix = self.environment["WINEPATH"] = self.path(foreign_pythons.windows_root(self.python))
            return prefix
        if self.system is not None:
            prefix = self.environment["PYTHONHOME"] = "/usr" if self.target.runner == "qemu" else f"{self.system}/usr"
            return prefix
        program = "import sys, sysconfig; print(sys.base_prefix, sysconfig.get_config_var('LIBDIR'), sep='\\n')"
        command = [str(self.executable), "-c", program]
        prefix, folder = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        if self.target.system == "windows":
            self.environment["PATH"] = os.pathsep.join([prefix, os.environ["PATH"]])
        else:
            self.environment["DYLD_LIBRARY_PATH" if self.target.system == "macos" else "LD_LIBRARY_PATH"] = folder
        self.environment["PYTHONHOME"] = prefix
        return prefix

    def _host(self) -> list[str]:
        program = str(self.folder / program_name(self.target))
        if self.target.runner == "wine":
            return [*START_WINE, program]
        if self.system is not None:
            return [*starter(self.system, self.target.processor, native=self.target.runner == "native"), program]
        return [program]


def program_name(target: Target) -> str:
    """Return the file name of the program."""
    return "host.exe" if target.system == "windows" else "host"


def why_not(target: Target, python: str, folder: Path) -> str | None:
    """Return why libraries of a target and CPython version cannot be run here; None if they can."""
    if target.runner is None:
        return f"nothing here runs {target.system} on {target.processor}"
    if target.runner == "native" and not target.is_here:
        return f"this machine is {this_system()} on {this_processor()}"
    needed = {"wine": WINE, "qemu": QEMU}.get(target.runner)
    if needed is not None and shutil.which(needed) is None:
        return f"there is no {needed} here"
    try:
        if target.runner == "wine" and not foreign_pythons.runs_on_windows(python):
            return f"PyPI has no CPython {python} for Windows"
        if target.runner == "wine":
            foreign_pythons.windows_root(python)
        elif target.runner == "qemu" or foreign_pythons.shared_interpreter(python) is None:
            debian_system(python, target.processor)
    except UnavailableError as error:
        return str(error)
    program = folder / program_name(target)
    return None if program.exists() else f"there is no {program}; ci/build {target.name} makes it"


def run_program(command: list[str], environment: dict[str, str], timeout: float = 120) -> tuple[int, str]:
    """Run a program with pipes as its input and output, as Wine needs. Return its exit status and all that it printed."""
    everything = {**os.environ, **environment}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=everything, timeout=timeout
    )
    return done.returncode, done.stdout.decode(errors="replace").replace("\r", "")


@contextlib.contextmanager
def private_wine() -> Iterator[dict[str, str]]:
    """Give the environment of a Wine of its own. The Wine ends with the block."""
    with tempfile.TemporaryDirectory(prefix="orthanc-python-wine-", ignore_cleanup_errors=True) as folder:
        environment = {
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=",
            "WINEPREFIX": f"{folder}/prefix",
        }
        server = shutil.which("wineserver") or "/usr/lib/wine/wineserver64"
        try:
            status, output = run_program([*START_WINE, "wineboot", "-i"], environment)
            if status != 0:
                raise RuntimeError(f"Wine cannot make its folder (exit status {status}): {output}")
            yield environment
        finally:
            run_program([server, "-k"], environment)
            remove_server_folder(Path(environment["WINEPREFIX"]))


def remove_server_folder(prefix: Path) -> None:
    """Remove the folder that Debian's wineserver makes below /tmp, and never removes. A file of the prefix has its name."""
    try:
        name = (prefix / "wineserver").read_text(encoding="ascii").strip()
    except OSError:
        return
    if re.fullmatch(r"wine-\w{6}", name):
        shutil.rmtree(Path("/tmp", name), ignore_errors=True)
