# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual environment of the embedded interpreter: what scripts may import in the tests."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGES = ["debugpy", "distributed", "numpy", "openpyxl", "Pillow", "pydicom"]
CACHE = Path.home() / ".cache" / "orthanc-python"


def embedded_environment(plugin: Path, packages: Sequence[str] = ()) -> Path:
    """That of the environment's ORTHANC_PYTHON_VENV, else one of our own, made once for each interpreter.

    Other packages than the usual ones have an environment of their own.
    """
    given = os.environ.get("ORTHANC_PYTHON_VENV")
    if given and not packages:
        return Path(given)
    interpreter = _interpreter(plugin)
    packages = packages or PACKAGES
    wanted = "\n".join([interpreter, *packages])
    name = f"scripts-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    folder = CACHE / name
    done = folder / "complete.txt"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([interpreter, "-m", "venv", folder], check=True)
            # Not for their dependencies: distributed needs tornado, and that has no wheels for every free-threaded Python.
            wheels = ["--only-binary", ",".join(re.split("[<=>]", each)[0] for each in packages)]
            subprocess.run([folder / "bin" / "pip", "install", "--quiet", *wheels, *packages], check=True)
            done.write_text(wanted)
    return folder


def is_free_threaded(plugin: Path) -> bool:
    """Return whether a plugin is built for a CPython without GIL, for which many packages have no wheels."""
    code = "import sysconfig; print(sysconfig.get_config_var('Py_GIL_DISABLED') or 0)"
    return subprocess.run([_interpreter(plugin), "-c", code], check=True, capture_output=True, text=True).stdout.strip() == "1"


def reads_stacks(plugin: Path) -> bool:
    """Return whether a plugin can read the stacks of running threads: CPython 3.13t cannot."""
    return b"libpython3.13t." not in plugin.read_bytes()


def python_version(plugin: Path) -> str:
    """The version of the libpython that a plugin is linked to."""
    found = re.search(rb"libpython(3\.\d+t?)d?\.so", plugin.read_bytes())
    if found is None:
        raise ValueError(f"{plugin} is not linked to a libpython: set ORTHANC_PYTHON_VENV")
    return found[1].decode()


def _interpreter(plugin: Path) -> str:
    # That of the plugin's own libpython, as the build has noted it. A loader has plugins for several (see ci/bundle): the
    # tests' own Python is as good as any.
    bundled = plugin.parent / f"build-{sys.version_info.major}.{sys.version_info.minor}"
    for folder in (plugin.parent, bundled, *sorted(plugin.parent.glob("build-3*"))):
        cache = folder / "CMakeCache.txt"
        noted = re.search(r"^PYTHON_RESOLVED_EXECUTABLE:INTERNAL=(.+)$", cache.read_text(), re.M) if cache.is_file() else None
        if noted and Path(noted[1]).exists():
            return noted[1]
    version = python_version(plugin)
    for path in (f"/usr/bin/python{version}", shutil.which(f"python{version}")):
        if path and Path(path).exists():
            return path
    raise FileNotFoundError(f"there is no python{version} to make the environment of the scripts with")
