# SPDX-License-Identifier: GPL-3.0-or-later
"""Manipulations of a library for Windows: each function takes the bytes of one and returns those of another."""

from __future__ import annotations

import struct

import lief
from tampered_elf import Change, replaced, written

WRITE, EXECUTE = 0x80000000, 0x20000000


def header(content: bytes) -> int:
    """Return where the optional header is."""
    (start,) = struct.unpack_from("<I", content, 0x3C)
    return int(start) + 24


def sections(content: bytes) -> list[int]:
    """Return where the section headers are."""
    start = header(content)
    count, size = struct.unpack_from("<H", content, start - 18)[0], struct.unpack_from("<H", content, start - 4)[0]
    return [start + size + 40 * index for index in range(count)]


def with_section_flags(name: bytes, add: int) -> Change:
    """Return a change that adds flags to a section."""

    def change(content: bytes) -> bytes:
        place = next(place for place in sections(content) if content[place : place + 8].rstrip(b"\0") == name)
        (flags,) = struct.unpack_from("<I", content, place + 36)
        return written(place + 36, struct.pack("<I", flags | add))(content)

    return change


def as_program(content: bytes) -> bytes:
    """Take away that it is a DLL."""
    place = header(content) - 2
    (flags,) = struct.unpack_from("<H", content, place)
    return written(place, struct.pack("<H", flags & ~0x2000))(content)


def without_hardening(content: bytes) -> bytes:
    """Take away address space randomization and data that cannot be run."""
    return written(header(content) + 70, struct.pack("<H", 0))(content)


def of_newer_windows(content: bytes) -> bytes:
    """Have it need Windows 10."""
    return written(header(content) + 48, struct.pack("<HH", 10, 0))(content)


def with_bytes_in_padding(content: bytes) -> bytes:
    """Use the gap between the headers and the first section."""
    return written(sections(content)[-1] + 40, b"payload!")(content)


def in_resource(old: str, new: str) -> Change:
    """Return a change of a text in the version resource."""
    return replaced(old.encode("utf-16-le"), new.encode("utf-16-le"))


def with_number(content: bytes) -> bytes:
    """Change the version that programs read, and not the text of it."""
    place = content.index(struct.pack("<I", 0xFEEF04BD)) + 8
    return written(place, struct.pack("<I", 9 << 16 | 9))(content)


def forwarded(content: bytes) -> bytes:
    """Have another library do what one of its functions does."""
    binary = lief.PE.parse(list(content))
    assert binary is not None
    table = binary.data_directory(lief.PE.DataDirectory.TYPES.EXPORT_TABLE)
    assert table is not None
    start = binary.rva_to_offset(table.rva)
    (functions,) = struct.unpack_from("<I", content, start + 28)
    name = content.index(b"OrthancPluginFinalize\0", start)
    # An address within the table is that of a name: here, of one of its own.
    return written(binary.rva_to_offset(functions), struct.pack("<I", table.rva + name - start))(content)
