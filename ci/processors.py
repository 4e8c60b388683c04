# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of processors: ours, and those of every system, tool and file format."""

from __future__ import annotations

import platform
import sysconfig
from dataclasses import dataclass


@dataclass(frozen=True)
class Processor:
    """One processor. A name that a tool does not have is empty."""

    name: str  # ours, as in ci/targets.toml
    machines: tuple[str, ...]  # what platform.machine() or sysconfig.get_platform() calls it, in lower case
    elf: str  # LIEF's names of what is in the headers of libraries
    pe: str
    macho: str
    debian: str
    linux: str  # in names of wheels, and as cibuildwheel has it
    windows_wheel: str
    windows_build: str  # cibuildwheel's
    setup_python: str  # actions/setup-python
    visual_studio: str


_X86_64 = Processor(
    name="x86_64",
    machines=("x86_64", "amd64", "x64"),
    elf="X86_64",
    pe="AMD64",
    macho="X86_64",
    debian="amd64",
    linux="x86_64",
    windows_wheel="win_amd64",
    windows_build="AMD64",
    setup_python="x64",
    visual_studio="x64",
)
_X86 = Processor(
    name="x86",
    machines=("x86", "win32", "i386", "i486", "i586", "i686"),
    elf="I386",
    pe="I386",
    macho="",
    debian="i386",
    linux="i686",
    windows_wheel="win32",
    windows_build="x86",
    setup_python="x86",
    visual_studio="Win32",
)
_ARM64 = Processor(
    name="arm64",
    machines=("arm64", "aarch64"),
    elf="AARCH64",
    pe="ARM64",
    macho="ARM64",
    debian="arm64",
    linux="aarch64",
    windows_wheel="win_arm64",
    windows_build="ARM64",
    setup_python="arm64",
    visual_studio="ARM64",
)
PROCESSORS = {processor.name: processor for processor in (_X86_64, _X86, _ARM64)}
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
