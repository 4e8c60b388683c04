# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python interpreters of this machine, as the plugin's loader sees them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# What the loader asks, too (src/loader/interpreter.cpp).
QUESTION = """
import json, os, sys, sysconfig
get = sysconfig.get_config_var
names = [name for name in (get("INSTSONAME"), get("LDLIBRARY")) if name and not name.endswith(".a")]
folders = [get("LIBDIR"), os.path.join(sys.base_prefix, "lib"), get("PYTHONFRAMEWORKPREFIX"), sys.base_prefix]
threaded = "t" if get("Py_GIL_DISABLED") else ""
if os.name == "nt":
    names = ["python%d%d%s.dll" % (sys.version_info[0], sys.version_info[1], threaded)]
found = [os.path.join(folder, name) for folder in folders if folder for name in names]
print(json.dumps({
    "version": "%d.%d%s" % (sys.version_info[0], sys.version_info[1], threaded),
    "release": "%d.%d.%d" % sys.version_info[:3],
    "library": next((path for path in found if os.path.isfile(path)), ""),
}))
"""
OLDEST, NEWEST = 10, 15


@dataclass(frozen=True)
class Interpreter:
    executable: Path
    version: str  # "3.13", or "3.13t"
    release: str  # "3.13.1"
    library: str  # its shared libpython, "" if it has none

    @property
    def how_to_get_library(self) -> str:
        """The command that gives it a shared libpython."""
        if sys.platform != "linux":
            return f"install Python {self.version} from python.org"
        if ".pyenv" in self.executable.resolve().parts:
            return f"PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install --force {self.release}"
        return f"apt-get install libpython{self.version}, or what your system calls it"


def ask(executable: Path) -> Interpreter | None:
    """What an interpreter says of itself; None when it cannot be run, as pyenv's shims of versions that are not active."""
    try:
        done = subprocess.run([executable, "-I", "-S", "-c", QUESTION], capture_output=True, text=True, timeout=20, check=True)
        return Interpreter(executable, **json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None


def in_environment(folder: Path) -> Path | None:
    """The interpreter of a virtual environment."""
    names = ("Scripts/python.exe", "python.exe") if os.name == "nt" else ("bin/python", "bin/python3")
    return next((folder / name for name in names if (folder / name).exists()), None)


def environment_around(file: Path) -> Path | None:
    """The virtual environment (PEP 405) that a file lies in."""
    return next((folder for folder in file.resolve().parents if (folder / "pyvenv.cfg").is_file()), None)


def on_path(*, service: bool = False) -> list[Path]:
    """Interpreters on PATH and in the system's folders, the usual one first; for a service, in the system's folders alone."""
    suffix = ".exe" if os.name == "nt" else ""
    names = ["python3", "python", *(f"python3.{minor}{kind}" for minor in range(NEWEST, OLDEST - 1, -1) for kind in ("", "t"))]
    path = "" if service else os.environ.get("PATH", os.defpath)
    folders = [Path(folder) for folder in path.split(os.pathsep) if folder]
    if os.name != "nt":
        folders += [Path("/usr/local/bin"), Path("/usr/bin")]
    found = [folder / f"{name}{suffix}" for name in names for folder in folders]
    return [path for path in dict.fromkeys(found) if path.is_file()]
