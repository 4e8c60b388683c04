# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the plugin's files: a loader, and beside it a folder with a plugin for each version of Python.

src/orthanc_release/targets.py, src/loader/search/choice.cpp and src/plugin/CMakeLists.txt give the same names.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

# A plugin that stands alone has the name of the loader.
LOADERS = {"linux": "libOrthancPython.so", "macos": "libOrthancPython.dylib", "windows": "OrthancPython.dll"}
LOADER = LOADERS[{"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")]
PLUGINS = "OrthancPython"  # the folder
SUFFIXES = tuple(Path(name).suffix for name in LOADERS.values())
_PREFIX = "OrthancPython-python"
_PLUGIN = re.compile(rf"{_PREFIX}(3\.\d+t?)({'|'.join(map(re.escape, SUFFIXES))})")


def plugin_for(loader: Path, version: str) -> Path:
    """Return where a loader looks for the plugin of a version of Python."""
    return loader.parent / PLUGINS / f"{_PREFIX}{version}{loader.suffix}"


def version_of(plugin: Path) -> str:
    """Return the version of Python in the name of a plugin beside a loader; "" if it is not named so."""
    found = _PLUGIN.fullmatch(plugin.name)
    return found[1] if found else ""


def plugins_beside(loader: Path) -> list[Path]:
    """Return the plugins of a loader."""
    return sorted(path for path in (loader.parent / PLUGINS).glob("*") if version_of(path))
