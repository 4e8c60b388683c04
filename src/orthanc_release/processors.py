# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of processors: ours, and those of every system, tool and file format. The table is the package's."""

from __future__ import annotations

import json
import platform
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Processor:
    """One processor. A name that a tool does not have is empty."""

    name: str  # ours, as in src/orthanc_release/targets.toml
    machines: list[str]  # what platform.machine() or sysconfig.get_platform() calls it, in lower case
    headers: dict[str, int]  # numbers in the headers of libraries, by their format
    elf: str  # LIEF's names of what is in the headers of libraries
    pe: str
    macho: str
    debian: str
    linux: str  # in names of wheels, and as cibuildwheel has it
    windows_wheel: str
    windows_build: str  # cibuildwheel's
    setup_python: str  # actions/setup-python
    visual_studio: str
    dlltool: str  # the option -m of dlltools
    mingw: str  # the prefix of mingw-w64's tools


_FILE = Path(__file__).resolve().parents[1] / "orthanc_python" / "libraries" / "processors.json"
_TABLE: dict[str, dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
PROCESSORS = {name: Processor(name=name, **values) for name, values in _TABLE.items()}
ELF = {processor.elf: processor.name for processor in PROCESSORS.values()}
PE = {processor.pe: processor.name for processor in PROCESSORS.values()}
MACHO = {processor.macho: processor.name for processor in PROCESSORS.values() if processor.macho}


def processor_of(machine: str) -> str:
    """Return our name of a processor that a system calls so, such as AMD64 or aarch64; unknown names stay as they are."""
    found = (processor.name for processor in PROCESSORS.values() if machine.lower() in processor.machines)
    return next(found, machine.lower())


def this_system() -> str:
    """Return our name of this system: linux, macos or windows."""
    return platform.system().lower().replace("darwin", "macos")


def this_processor() -> str:
    """Return our name of the processor that this Python is for."""
    # On Windows, a machine may run Pythons of several processors. On macOS, a Python may be for several.
    if this_system() == "windows":
        return processor_of(sysconfig.get_platform().removeprefix("win-"))
    return processor_of(platform.machine())
