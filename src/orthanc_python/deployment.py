# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the plugin into the folder of an existing Orthanc, takes it away, and tells what its configuration needs."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from orthanc_python.doctor.library import Kind, read_library
from orthanc_python.failure import Failure
from orthanc_python.installation import LOADER, PLUGINS, find_plugin, plugin_for, python_version


def install(folder: Path) -> list[Path]:
    """Copies the loader and this interpreter's plugin, beside those of other Pythons: the paths that were written."""
    source = find_plugin()
    if not folder.is_dir():
        raise Failure(f'{folder} is no folder: make it, or name the one in Orthanc\'s setting "Plugins"')
    loader = folder / source.name
    _refuse_foreign(loader)
    if source.parent == folder.resolve():
        raise Failure(f"{folder} is where the plugin lies already")
    # The plugin before the loader that opens it: an Orthanc that starts meanwhile finds either the old pair or the new one.
    pairs = [(source, loader)]
    inner = plugin_for(source, python_version())
    if read_library(source).kind is Kind.LOADER:
        pairs.insert(0, (inner, plugin_for(loader, python_version())))
    for original, target in pairs:
        target.parent.mkdir(exist_ok=True)
        _replace(original, target)
    return [target for _, target in pairs]


def uninstall(folder: Path) -> list[Path]:
    """Removes this interpreter's plugin, and the loader with the last one: the paths that are gone."""
    loader = folder / LOADER
    _refuse_foreign(loader)
    removed = [path for path in (plugin_for(loader, python_version()),) if path.is_file()]
    others = [path for path in (folder / PLUGINS).glob("OrthancPython-python*") if path not in removed]
    if not others and loader.is_file():
        removed.append(loader)
    if not removed:
        raise Failure(f"there is no plugin for Python {python_version()} in {folder}")
    for path in removed:
        path.unlink()
    if not others and (folder / PLUGINS).is_dir() and not any((folder / PLUGINS).iterdir()):
        (folder / PLUGINS).rmdir()
    return removed


def settings(script: Path | None, folder: Path | None) -> dict[str, Any]:
    """What Orthanc's configuration needs to run a script with the packages of this environment."""
    plugin = folder / LOADER if folder else find_plugin()
    where = str((script or Path("my_plugin.py")).resolve())
    # In a virtual environment, sys.prefix; else the interpreter itself, whose packages are used.
    virtual = sys.prefix != sys.base_prefix
    python = {"VirtualEnv": sys.prefix} if virtual else {"Executable": sys.executable}
    return {"Plugins": [str(plugin.resolve())], "PythonScript": where, "Python": python}


def _replace(source: Path, target: Path) -> None:
    """Atomic: a running Orthanc keeps the file that it has open, and no other sees half of the new one."""
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, part)
        part.chmod(0o755)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _refuse_foreign(loader: Path) -> None:
    if loader.is_file() and read_library(loader).kind not in (Kind.LOADER, Kind.LINKED):
        raise Failure(
            f"{loader} is another plugin of that name (of the package orthanc-python of the system?): remove that first"
        )
