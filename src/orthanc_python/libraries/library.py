# SPDX-License-Identifier: GPL-3.0-or-later
"""Identifies shared libraries by their first bytes and by the names in them."""

from __future__ import annotations

import enum
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from orthanc_python.libraries.file_names import version_of
from orthanc_python.libraries.processors import processor_of

FORMATS = {b"\x7fELF": "linux", b"MZ": "windows", b"\xcf\xfa\xed\xfe": "macos", b"\xca\xfe\xba\xbe": "macos"}

# The texts in our libraries about themselves (src/common/about.h), and the name of the libpython that one needs.
ABOUT = re.compile(rb"orthanc-python [\w.+-]+; CPython: (?:(3\.\d+t?)|the one that it finds);")
LIBPYTHON = re.compile(rb"libpython(3\.\d+t?)\.(?:so|dylib)|python3(\d\d)(t?)\.dll")


class Kind(enum.Enum):
    OTHER = "not the plugin of this package"
    LOADER = "the loader, which opens the plugin of the interpreter it picks"
    LINKED = "a plugin for one version of Python"
    UNLINKED = "a plugin that the loader has to open"
    FOREIGN = "the Python plugin of another project"
    NO_LIBRARY = "no library"


@dataclass(frozen=True)
class Library:
    path: Path
    kind: Kind
    processor: str  # "x86_64", "arm64"; "" if it is not a library, "universal" for several
    python: str  # "3.13" where it needs that libpython, or says that it is built for it; else ""
    system: str = ""  # "linux", "macos" or "windows"; "" if it is not a library
    name: str = ""  # that Orthanc knows the plugin by; "" if it was not asked, or is not a plugin
    version: str = ""  # the same
    error: str = ""  # why the system cannot open it, if it was tried

    @property
    def runs_python(self) -> bool:
        return self.kind not in (Kind.OTHER, Kind.NO_LIBRARY)


def read_library(path: Path) -> Library:
    """Return what a file says of itself, for whichever system it is. Our libraries are known by the text in them.

    Raises:
        OSError: the file cannot be read.
    """
    data = path.read_bytes()
    processor = processor_of(data)
    if not processor:
        return Library(path, Kind.NO_LIBRARY, "", "")
    found = LIBPYTHON.search(data)
    python = ""
    if found is not None:
        python = found[1].decode() if found[1] else f"3.{found[2].decode()}{found[3].decode()}"
    kind = Kind.OTHER
    if about := ABOUT.search(data):
        kind = _kind(path, linked=bool(python)) if about[1] else Kind.LOADER
        python = python or (about[1] or b"").decode()
    system = next(system for magic, system in FORMATS.items() if data.startswith(magic))
    return Library(path, kind, processor, python, system)


def opening_error(path: Path) -> str:
    """Why the system cannot open a library; "" if it can. Asked in a process of its own."""
    code = "import ctypes, sys\ntry: ctypes.CDLL(sys.argv[1])\nexcept OSError as error: print(error)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(path)], capture_output=True, text=True, errors="replace", check=False
    )
    return done.stdout.strip()


def _kind(path: Path, *, linked: bool) -> Kind:
    """For Windows also a part of a bundle names the library of its Python."""
    return Kind.LINKED if linked and not version_of(path) else Kind.UNLINKED
