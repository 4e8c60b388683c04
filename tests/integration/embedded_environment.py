# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual environment of the embedded interpreter: what scripts may import in the tests."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

PACKAGES = ["numpy", "openpyxl", "Pillow", "pydicom"]
CACHE = Path.home() / ".cache" / "orthanc-python"


def embedded_environment(plugin: Path) -> Path:
    """That of the environment's ORTHANC_PYTHON_VENV, else one of our own, made once for each version of Python."""
    given = os.environ.get("ORTHANC_PYTHON_VENV")
    if given:
        return Path(given)
    version = python_version(plugin)
    folder = CACHE / f"scripts-{version}"
    done = folder / "complete.txt"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"scripts-{version}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_text().split() != PACKAGES:
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([_interpreter(version), "-m", "venv", folder], check=True)
            subprocess.run([folder / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True)
            done.write_text("\n".join(PACKAGES))
    return folder


def python_version(plugin: Path) -> str:
    """The version of the libpython that a plugin is linked to."""
    found = re.search(rb"libpython(3\.\d+t?)d?\.so", plugin.read_bytes())
    if found is None:
        raise ValueError(f"{plugin} is not linked to a libpython: set ORTHANC_PYTHON_VENV")
    return found[1].decode()


def _interpreter(version: str) -> str:
    # The system's own first: it is the one whose libpython the plugin loads.
    for path in (f"/usr/bin/python{version}", shutil.which(f"python{version}")):
        if path and Path(path).exists():
            return path
    raise FileNotFoundError(f"there is no python{version} to make the environment of the scripts with")
