# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a finished library from the outside with LIEF, in the same words for ELF, PE and Mach-O."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

import lief

from orthanc_release.libraries.elf import read_elf
from orthanc_release.libraries.macho import read_macho
from orthanc_release.libraries.model import Library
from orthanc_release.libraries.pe import read_pe

lief.logging.disable()


@dataclass(frozen=True)
class About:
    """A library's facts about itself, from the text that cmake/library/describe_itself.cmake gives it."""

    version: str
    python: str  # such as 3.13 or 3.14t; "the one that it finds" in a loader
    sdk: str
    compiler: str
    system: str


ABOUT = re.compile(rb"orthanc-python ([\w.]+); CPython: ([\w. ]+); SDK: ([\w.]+); compiler: ([\w. ]+); system: ([\w. ]+)\0")


def read_abouts(path: Path) -> list[About]:
    """Return the texts in a file: one for each library in it."""
    return [About(*(text.decode() for text in match.groups())) for match in ABOUT.finditer(path.read_bytes())]


# LIEF gives numbers that have no name as they are, lists that are shorter than was said, and an alignment of zero.
DAMAGED = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, struct.error)


class NoLibraryError(Exception):
    """The file is not a library of a known format; the message says so, as a predicate."""


def read_libraries(path: Path) -> list[Library]:
    """The library in a file; several when it is universal. Raises NoLibraryError."""
    try:
        found = _read_libraries(path, path.read_bytes())
    except DAMAGED as error:
        raise NoLibraryError(f"is a damaged library: {error}") from error
    if not found:
        raise NoLibraryError("is not a library of Linux, Windows or macOS")
    return found


def _read_libraries(path: Path, content: bytes) -> list[Library]:
    if lief.is_macho(str(path)):
        fat = lief.MachO.parse(str(path))
        binaries = [fat.at(index) for index in range(len(fat))] if fat is not None else []
        found = [binary for binary in binaries if binary is not None]
        return [read_macho(binary, content, found) for binary in found]
    binary = lief.parse(str(path))
    if isinstance(binary, lief.ELF.Binary):
        return [read_elf(binary, content)]
    return [read_pe(binary, content)] if isinstance(binary, lief.PE.Binary) else []
