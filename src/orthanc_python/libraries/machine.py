# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine in the words of a release: its system, its processor, and how old a system that is."""

from __future__ import annotations

import os
import platform
import struct
import sys
import sysconfig
from dataclasses import dataclass

from orthanc_python.libraries.processors import processor_named

SYSTEMS = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}  # a release's word, and the users'

WINDOWS = {"6.1": "Windows 7", "6.2": "Windows 8", "6.3": "Windows 8.1", "10.0": "Windows 10"}  # by the version of the kernel


@dataclass(frozen=True)
class Machine:
    system: str  # linux, macos or windows
    processor: str  # x86_64, x86 or arm64: that of this Python, on Windows perhaps not the machine's
    release: tuple[int, ...] = ()  # of glibc, macOS or Windows; empty where it is not known, as without glibc

    def __str__(self) -> str:
        return f"{SYSTEMS.get(self.system, self.system)} {self.processor}"

    def is_older_than(self, minimum: str) -> bool:
        """Than the oldest system that a file is for, if both are known."""
        wanted = tuple(int(part) for part in minimum.split(".") if part.isdigit())
        return bool(self.release) and self.release < wanted


def release_name(system: str, release: str) -> str:
    """Return a release of a system as users know it, such as glibc 2.28, macOS 11.0 or Windows 8.1."""
    known = {"linux": f"glibc {release}", "macos": f"macOS {release}", "windows": WINDOWS.get(release, f"Windows {release}")}
    return known.get(system, f"{system} {release}")


def this_machine() -> Machine:
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
    name = sysconfig.get_platform().rpartition("-")[2].lower()  # linux-x86_64, win-amd64, win32, macosx-11.0-universal2
    if name == "universal2":
        name = platform.machine().lower()
    processor = processor_named(name)
    if processor == "x86_64" and struct.calcsize("P") == 4:  # as Linux calls itself to its 32-bit programs
        processor = "x86"
    return Machine(system, processor, _numbers(_release(system)))


def _release(system: str) -> str:
    if system == "linux":
        try:
            return (os.confstr("CS_GNU_LIBC_VERSION") or "").rpartition(" ")[2]  # "glibc 2.36"
        except (OSError, ValueError):
            return ""
    return platform.mac_ver()[0] if system == "macos" else platform.version()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
