# SPDX-License-Identifier: GPL-3.0-or-later
"""The hardening of the plugin under test, seen from the outside."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import lief
import pytest

from orthanc_release.libraries.checks import EXPORTS, SYSTEM_LIBRARIES
from orthanc_release.libraries.read import Library, read_libraries

ROOT = Path(__file__).resolve().parents[3]
SYSTEM_FOLDERS = ("/lib/", "/usr/lib/", "/usr/lib64/", "/lib64/")


pytestmark = pytest.mark.release_build


@pytest.fixture(scope="module")
def library(plugin: Path) -> Library:
    (found,) = read_libraries(plugin)
    return found


def test_hardening(library: Library) -> None:
    """Full RELRO, immediate binding, no executable stack, a stack protector and checked C functions."""
    assert library.weaknesses == set()


def test_build_id(plugin: Path) -> None:
    """A SHA-1 of the file, by which debuggers find its symbols."""
    binary = lief.ELF.parse(str(plugin))
    assert binary is not None
    (note,) = (note for note in binary.notes if note.type == lief.ELF.Note.TYPE.GNU_BUILD_ID)
    assert len(bytes(note.description)) == 20


def test_exports_and_dependencies(library: Library) -> None:
    assert library.exports == EXPORTS
    allowed = SYSTEM_LIBRARIES["linux"] + r"|libpython3\.\d+t?\.so\.1\.0"
    found = [name for name in library.dependencies if not re.fullmatch(allowed, name)]
    assert found == [] and "libgcc_s.so.1" not in library.dependencies  # as GCC links


def test_run_path(library: Library, plugin: Path) -> None:
    """None, but for a libpython outside the system's folders; never a relative one, by which others could slip in a library."""
    loaded = subprocess.run(["ldd", plugin], check=True, capture_output=True, text=True).stdout
    libpython = re.search(r"libpython\S+ => (\S+)", loaded)
    assert libpython is not None, loaded
    folder = str(Path(libpython[1]).parent)
    assert library.run_paths == (set() if (folder + "/").startswith(SYSTEM_FOLDERS) else {folder})
