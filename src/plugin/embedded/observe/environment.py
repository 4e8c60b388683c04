# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the interpreter, its packages, and the scripts for the dashboard."""

from __future__ import annotations

import json
import os
import platform
import sys

import _orthanc_importer
import _orthanc_scripts

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import Any


def as_json(start: float) -> bytes:
    """Return all of it. `start` is when the plugin has started, in seconds since 1970."""
    return _encoded(
        {
            "Interpreter": {
                "Version": sys.version,
                "Executable": sys.executable,
                "Environment": sys.prefix,
                "BaseEnvironment": sys.base_prefix,
                "Platform": platform.platform(),
                "FreeThreaded": not getattr(sys, "_is_gil_enabled", lambda: True)(),
                "SearchPath": list(sys.path),
            },
            "Scripts": _scripts(start),
            "Packages": _packages(),
        }
    )


def check() -> bytes:
    """Return why a script would not start again, as far as its text shows, as JSON. "Error" is "" if all are sound."""
    return _encoded({"Error": _syntax_error()})


def _syntax_error() -> str:
    for path in (*_orthanc_scripts.paths(), *(path for _, path in _imports())):
        try:
            with open(path, "rb") as file:
                compile(file.read(), path, "exec", dont_inherit=True)
        except (OSError, SyntaxError, ValueError) as error:
            import traceback

            return "".join(traceback.format_exception_only(type(error), error))
    return ""


def _scripts(start: float) -> list[dict[str, Any]]:
    modules: Any = _orthanc_importer.modules.get("modules")
    found = [("module", name, place) for name, place in (modules.files() if modules is not None else ())]
    found += [("script", os.path.basename(path), path) for path in _orthanc_scripts.paths()]
    found += [("import", name, path) for name, path in _imports()]
    return [{"Kind": kind, "Name": name, "File": file, "State": _state(file, start)} for kind, name, file in found]


def _imports() -> list[tuple[str, str]]:
    """Return the modules that the scripts have imported and that are not installed packages, each with its file."""
    known = set(_orthanc_scripts.paths())
    library = os.path.dirname(os.__file__)  # where Debian has a sitecustomize.py
    found = []
    for name, module in sorted(sys.modules.copy().items()):
        file = getattr(module, "__file__", None)
        if (
            isinstance(file, str)
            and file.endswith(".py")
            and file not in known
            and "-packages" not in file
            and not _orthanc_importer.is_library(name, file)
            and not _orthanc_scripts.is_below(file, library)
        ):
            known.add(file)
            found.append((name, file))
    return found


def _state(file: str, start: float) -> str:
    """Return "running"; or "changed" or "missing" if its file is not the one that was started."""
    try:
        return "changed" if os.stat(file).st_mtime > start + 1 else "running"
    except OSError:
        return "missing"


_read: tuple[object, list[dict[str, str]]] = (None, [])  # the packages, with the state of the folders when they were read


def _packages() -> list[dict[str, str]]:
    """Return the installed packages. Their metadata is slow to read, so this reads it again only if a folder has changed."""
    global _read
    folders = [(folder, _modified(folder)) for folder in sys.path]
    if _read[0] != folders:
        _read = (folders, _read_packages())
    return _read[1]


def _modified(folder: str) -> int:
    try:
        return os.stat(folder or os.curdir).st_mtime_ns
    except (OSError, ValueError):
        return 0


def _read_packages() -> list[dict[str, str]]:
    import re
    from importlib import metadata

    found: dict[str, tuple[str, str]] = {}
    for distribution in metadata.distributions():
        try:
            known = distribution.metadata
            name, version = known["Name"], known["Version"]
        except Exception:  # of a package whose metadata is broken
            continue
        if name:  # as for imports, the first one on the path is used
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), (name, version or ""))
    return [{"Name": name, "Version": version} for _, (name, version) in sorted(found.items())]


def _encoded(value: object) -> bytes:
    return json.dumps(value, indent=1).encode("utf-8", "backslashreplace")
