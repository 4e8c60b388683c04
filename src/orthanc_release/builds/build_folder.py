# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder in which all CPythons of a target are built, one after another."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from orthanc_release.commands import Commands
from orthanc_release.targets import ROOT

if sys.platform != "win32":
    import fcntl

PAUSE = 0.5  # seconds between two attempts to lock
COMPILER = re.compile(r'^set\(CMAKE_CXX_COMPILER "(.+)"\)$', re.MULTILINE)
# Variables that CMake reads when it configures a folder for the first time.
VARIABLES = ("CC", "CXX", "CXXFLAGS", "LDFLAGS", "PATH", "ZIG_FOLDER")


class BuildFolder:
    """The folder of CMake and Ninja. One ci/build at a time uses it, and it records how CMake has configured it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record = path / "configured.txt"

    @contextmanager
    def locked(self, commands: Commands, wait: Callable[[], None]) -> Iterator[int]:
        """Make and lock the folder, and yield the lock's descriptor. Call `wait` once if another process has the lock.

        The programs of the build inherit the descriptor: they keep the lock when this process is killed and they go on.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if not _lock(lock):
                wait()
                while not _lock(lock):
                    commands.pause(PAUSE)
            yield lock
        finally:
            os.close(lock)

    def prepare(self, settings: str) -> list[str]:
        """Delete the objects of another compiler, because Ninja does not know compilers, and return CMake's option --fresh.

        With it, CMake forgets what it has found. If its last run ended well and had these settings, the list is empty.
        """
        settings, compiler = _with_variables(settings), self._compiler()
        recorded = self._record.read_text(encoding="utf-8") if self._record.exists() else ""
        if recorded and not recorded.endswith(f"\n{compiler}"):
            for path in self.path.iterdir():
                if path.name != "lock":
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        return [] if recorded == f"{settings}\n{compiler}" else ["--fresh"]

    def forget(self) -> None:
        """Forget the settings, before CMake changes them."""
        self._record.unlink(missing_ok=True)

    def configured(self, settings: str) -> None:
        """Record that CMake has configured the folder with these settings."""
        self._record.write_text(f"{_with_variables(settings)}\n{self._compiler()}", encoding="utf-8")

    def _compiler(self) -> str:
        """Return the path, size and time of the compiler that CMake has found, and a checksum of the scripts that call it."""
        for file in self.path.glob("CMakeFiles/*/CMakeCXXCompiler.cmake"):
            if found := COMPILER.search(file.read_text(encoding="utf-8", errors="replace")):
                compiler = Path(found[1])
                status = compiler.stat() if compiler.exists() else None
                scripts = b"".join(script.read_bytes() for script in sorted((ROOT / "cmake" / "toolchains").glob("*.py")))
                return f"{compiler} {status and (status.st_size, status.st_mtime_ns)} {hashlib.sha256(scripts).hexdigest()}"
        return ""


def _lock(descriptor: int) -> bool:
    """Lock a file unless another process has locked it, and return whether this one has the lock."""
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _with_variables(settings: str) -> str:
    """Add the environment's variables, each folder of PATH once: an activated environment may be in it twice."""
    values = {name: os.environ.get(name, "") for name in VARIABLES}
    values["PATH"] = os.pathsep.join(dict.fromkeys(values["PATH"].split(os.pathsep)))
    return "\n".join([settings, *(f"{name}={value}" for name, value in values.items())])
