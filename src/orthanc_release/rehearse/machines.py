# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins for GitHub's machines, by runners.toml. Each runs the commands of steps and keeps its files between them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import tomllib

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
UID = 1001  # of the user `runner`


class NotRehearsedError(Exception):
    """A job or a step that cannot run here; the message says why."""

    def __init__(self, message: str, missing: bool = False) -> None:
        """`missing`: this machine lacks something that others have, so that the rehearsal is not all that it can be."""
        super().__init__(message)
        self.missing = missing


@dataclass(frozen=True)
class Runner:
    """An entry of runners.toml."""

    label: str
    kind: str
    system: str = ""
    processor: str = ""
    suite: str = ""
    packages: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    lacks_here: Mapping[str, str] = field(default_factory=dict)  # reasons, by a text in the output of a step
    reason: str = ""

    def excuse(self, log: Path) -> str | None:
        """Return why a step that failed could not go on here, by the end of what it printed."""
        text = log.read_text(encoding="utf-8", errors="replace")[-20_000:]
        return next((reason for said, reason in self.lacks_here.items() if said in text), None)


@dataclass(frozen=True)
class Interpreter:
    """A Python that stands in for one of actions/setup-python: paths as the job sees them."""

    version: str
    program: str
    folder: str  # for PATH
    libraries: str = ""  # for LD_LIBRARY_PATH


class Machine(Protocol):
    """A machine that runs steps."""

    home: Path  # the runner's folder as this system sees it: checkout, temporary files and files of commands

    @property
    def workspace(self) -> Path:
        """The checkout, as this system sees it."""

    def path(self, path: Path) -> str:
        """A path below `home` as the job sees it."""

    def interpreter(self, version: str, processor: str) -> Interpreter:
        """A Python of that version. Raises NotRehearsedError."""

    def run(self, command: list[str], environment: dict[str, str], log: Path) -> int:
        """Run a command in the workspace, its output into a file; the exit status."""

    def excuse(self, log: Path) -> str | None:
        """Why a step that failed could not go on here, if the machine lacks what its runner has."""

    def close(self) -> None:
        """Delete what the job has left."""


def read_runners(file: Path = HERE / "runners.toml") -> dict[str, Runner]:
    """Return the entries of runners.toml by their labels."""
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    found = {}
    for table in tables.values():
        values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
        found[str(values["label"])] = Runner(**values)
    return found


class RootMachine:
    """A root file system like that of a Linux runner. The steps run as the user `runner`, who may use sudo."""

    def __init__(self, runner: Runner, work: Path) -> None:
        if os.geteuid() != 0 or sys.platform != "linux" or shutil.which("debootstrap") is None:
            raise NotRehearsedError("a root file system needs root, and debootstrap, on a Debian or Ubuntu", missing=True)
        self.runner, self.work, self.home = runner, work, work / "home"
        lists = [" ".join(runner.packages), " ".join(runner.lacks)]
        command = [str(HERE / "make_root.sh"), f"runner-{runner.label}", runner.suite, *lists]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise NotRehearsedError(f"the root file system of {runner.label} could not be made: see above", missing=True)
        self.lower = Path(done.stdout.strip())
        self.mounts: list[str] = []
        self.home.mkdir(parents=True)
        os.chown(self.home, UID, UID)

    @property
    def workspace(self) -> Path:
        """The checkout, as this system sees it."""
        return self.home / "orthanc-python" / "orthanc-python"

    def path(self, path: Path) -> str:
        """A path below `home` as the job sees it."""
        return str(Path("/home/runner/work") / path.relative_to(self.home))

    def interpreter(self, version: str, processor: str) -> Interpreter:
        """A Python of pyenv, at its own path: its files have that in them. Raises NotRehearsedError."""
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
        plain, kind = version.rstrip("t"), "t" if version.endswith("t") else "[!t]"  # 3.14.0t has the programs of 3.14 too
        found = sorted(pyenv.glob(f"versions/{plain}.*{kind}/bin/python{version}"))
        if not found:
            raise NotRehearsedError(f"no CPython {version} here to stand in for that of actions/setup-python")
        prefix = found[-1].parent.parent
        if str(prefix) not in self.mounts:
            self.mounts.append(str(prefix))
        return Interpreter(version, str(found[-1]), str(prefix / "bin"), str(prefix / "lib"))

    def run(self, command: list[str], environment: dict[str, str], log: Path) -> int:
        """Run a command in the workspace, its output into a file; the exit status."""
        (self.work / "mounts.txt").write_text("".join(f"{each}\n" for each in self.mounts), encoding="utf-8")
        path = environment.get("PATH", "") + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        values = [f"{name}={value}" for name, value in {**environment, "PATH": path.lstrip(":")}.items()]
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", str(HERE / "enter_root.sh")]
        subprocess.run(["chown", "-R", f"{UID}:{UID}", str(self.home)], check=True)
        with log.open("ab") as file:
            full = [*enter, str(self.lower), str(self.work), *values, *command]
            return subprocess.run(full, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT).returncode

    def excuse(self, log: Path) -> str | None:
        """Why a step that failed could not go on here, by runners.toml."""
        return self.runner.excuse(log)

    def close(self) -> None:
        """Delete what the job has left."""
        shutil.rmtree(self.work, ignore_errors=True)
