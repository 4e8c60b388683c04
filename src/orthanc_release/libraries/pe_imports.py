# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads which libraries a library for Windows needs. Names that LIEF takes for invalid are missing from its own list."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import lief

TABLES = lief.PE.DataDirectory.TYPES
MOST_LIBRARIES, LONGEST_NAME = 100, 256
BY_OFFSETS = 1  # an attribute of delayed imports: addresses are from the beginning of the library


def imports_of(binary: lief.PE.Binary, content: bytes) -> tuple[list[str], list[str]]:
    """Return the names of the needed libraries, and what is wrong with their tables."""
    try:
        return [*_imports(binary, content), *_delayed_imports(binary, content)], []
    except (ValueError, struct.error) as error:
        return [], [f"has a damaged table of the libraries that it needs: {error}"]


def _imports(binary: lief.PE.Binary, content: bytes) -> Iterator[str]:
    for entry in _entries(binary, content, TABLES.IMPORT_TABLE, 20):
        (name,) = struct.unpack_from("<I", entry, 12)
        if not name:
            return
        yield _name_at(binary, content, name)


def _delayed_imports(binary: lief.PE.Binary, content: bytes) -> Iterator[str]:
    for entry in _entries(binary, content, TABLES.DELAY_IMPORT_DESCRIPTOR, 32):
        attributes, name = struct.unpack_from("<II", entry)
        if not name:
            return
        if attributes != BY_OFFSETS:
            raise ValueError(f"it has the attributes {attributes:#x}")
        yield _name_at(binary, content, name)


def _entries(binary: lief.PE.Binary, content: bytes, kind: lief.PE.DataDirectory.TYPES, size: int) -> Iterator[bytes]:
    """Yield the entries of a table. Windows reads up to an entry without a name, and ignores the size of the table."""
    table = binary.data_directory(kind)
    if table is None or not table.rva:
        return
    start = _offset(binary, table.rva)
    for place in range(start, start + size * MOST_LIBRARIES, size):
        yield content[place : place + size]
    raise ValueError(f"it has more than {MOST_LIBRARIES} entries")


def _name_at(binary: lief.PE.Binary, content: bytes, address: int) -> str:
    start = _offset(binary, address)
    name, end, _ = content[start : start + LONGEST_NAME].partition(b"\0")
    if not end:
        raise ValueError("a name does not end")
    return name.decode("latin-1")


def _offset(binary: lief.PE.Binary, address: int) -> int:
    """Return where in the file an address is. Raises ValueError."""
    for section in binary.sections:
        if 0 <= address - section.virtual_address < min(section.virtual_size, section.size):
            return int(section.offset + address - section.virtual_address)
    raise ValueError(f"{address:#x} is in no section")
