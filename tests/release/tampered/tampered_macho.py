# SPDX-License-Identifier: GPL-3.0-or-later
"""Manipulations of a library for macOS: each function takes the bytes of one and returns those of another."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tampered_elf import Change, written

SEGMENT, DYLIB, WEAK_DYLIB, RPATH, REEXPORT, VERSION, SIGNATURE, UUID = (
    0x19,
    0xC,
    0x80000018,
    0x8000001C,
    0x8000001F,
    0x32,
    0x1D,
    0x1B,
)


def commands(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield the load commands: where each is, and its kind."""
    (count,) = struct.unpack_from("<I", content, 16)
    place = 32
    for _ in range(count):
        kind, size = struct.unpack_from("<II", content, place)
        yield place, kind
        place += size


def place_of(content: bytes, kind: int) -> int:
    """Return where the first load command of a kind is."""
    return next(place for place, found in commands(content) if found == kind)


def with_command(old: int, new: int) -> Change:
    """Return a change of the kind of a load command."""
    return lambda content: written(place_of(content, old), struct.pack("<I", new))(content)


def writable_code(content: bytes) -> bytes:
    """Make the segment of code writable."""
    return written(place_of(content, SEGMENT) + 56, struct.pack("<II", 7, 7))(content)


def of_newer_macos(content: bytes) -> bytes:
    """Have it need macOS 15."""
    return written(place_of(content, VERSION) + 12, struct.pack("<I", 15 << 16))(content)


def as_program(content: bytes) -> bytes:
    """Have it be a program."""
    return written(12, struct.pack("<I", 2))(content)


def signature(content: bytes) -> tuple[int, int]:
    """Return where the signature is, and its size."""
    offset, size = struct.unpack_from("<II", content, place_of(content, SIGNATURE) + 8)
    return offset, size


def with_damaged_signature(content: bytes) -> bytes:
    """Write over the beginning of the signature."""
    return written(signature(content)[0], b"\0\0\0\0")(content)


def with_shorter_signature(content: bytes) -> bytes:
    """Have the signature be about the first page only."""
    start, _ = signature(content)
    directory = content.index(b"\xfa\xde\x0c\x02", start)
    return written(directory + 28, struct.pack(">II", 1, 4096))(content)
