# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads a plugin as Orthanc does, in a process of its own, and reads its answers."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from orthanc_python.libraries.library import Kind, Library, read_library
from orthanc_python.libraries.machine import this_machine

PYTHON_PLUGIN = "python"  # the name of each Python plugin: Orthanc loads one plugin of a name
TIMEOUT = 60  # seconds

# Prints one line, behind whatever the library writes when it is loaded.
QUESTION = """
import ctypes, json, os, sys
answer = {"name": "", "version": "", "error": ""}
try:
    library = ctypes.CDLL(sys.argv[1], mode=getattr(os, "RTLD_NOW", 0))
except OSError as error:
    answer["error"] = str(error)
else:
    for key, function in (("name", "OrthancPluginGetName"), ("version", "OrthancPluginGetVersion")):
        if hasattr(library, function) and hasattr(library, "OrthancPluginInitialize"):
            getattr(library, function).restype = ctypes.c_char_p
            answer[key] = (getattr(library, function)() or b"").decode("utf-8", "replace")
print("\\n" + json.dumps(answer), flush=True)
os._exit(0)  # without the library's own end: Orthanc has not started it
"""


def load_library(path: Path) -> Library:
    """Read a library and, if it is for this system, ask it for its name. A part of a bundle cannot be opened alone.

    Raises:
        OSError: the file cannot be read.
    """
    library = read_library(path)
    own = library.kind in (Kind.LOADER, Kind.LINKED, Kind.UNLINKED)
    if own:
        library = replace(library, name=PYTHON_PLUGIN)  # also if its libpython is missing
    if library.kind is Kind.UNLINKED or library.system != this_machine().system:
        return library
    answer = _ask(path)
    name = answer["name"] or library.name
    kind = Kind.FOREIGN if name == PYTHON_PLUGIN and not own else library.kind
    return replace(library, kind=kind, name=name, version=answer["version"], error=answer["error"])


def _ask(path: Path) -> dict[str, str]:
    command = [sys.executable, "-I", "-S", "-c", QUESTION, str(path.absolute())]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return {"name": "", "version": "", "error": f"it does not load within {TIMEOUT} s"}
    try:
        answer: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return {"name": "", "version": "", "error": f"the process that loads it ends with status {done.returncode}"}
    return answer
