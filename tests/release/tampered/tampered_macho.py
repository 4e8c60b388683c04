# SPDX-License-Identifier: GPL-3.0-or-later
"""Manipulations of a library for macOS: each function takes the bytes of one and returns those of another."""

from __future__ import annotations

import hashlib
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


def signed_again(change: Change) -> Change:
    """Return a change after which the checksums in the ad-hoc signature are right again: everyone can make them."""

    def changed(content: bytes) -> bytes:
        content = change(content)
        end, _ = signature(content)
        directory = content.index(b"\xfa\xde\x0c\x02", end)
        (hashes,) = struct.unpack_from(">I", content, directory + 16)
        pages = (content[start : min(start + 4096, end)] for start in range(0, end, 4096))
        return written(directory + hashes, b"".join(hashlib.sha256(page).digest() for page in pages))(content)

    return changed


def with_bytes_behind_commands(content: bytes) -> bytes:
    """Use the gap between the load commands and the code."""
    (size,) = struct.unpack_from("<I", content, 20)
    return written(32 + size, b"payload!")(content)


def of_system(number: int) -> Change:
    """Return a change of the system that it is for: 2 is iOS."""
    return lambda content: written(place_of(content, VERSION) + 8, struct.pack("<I", number))(content)


def with_flag(flag: int) -> Change:
    """Return a change that adds a flag to the header."""

    def change(content: bytes) -> bytes:
        (flags,) = struct.unpack_from("<I", content, 24)
        return written(24, struct.pack("<I", flags | flag))(content)

    return change


def with_kind_of_section(name: bytes, kind: int) -> Change:
    """Return a change of the kind of a section."""

    def change(content: bytes) -> bytes:
        place = content.index(name.ljust(16, b"\0"))
        return written(place + 64, struct.pack("<I", kind))(content)

    return change


def with_bytes_in_signature(content: bytes) -> bytes:
    """Make room behind the signature for other bytes."""
    command = place_of(content, SIGNATURE)
    _, size = signature(content)
    linkedit = content.index(b"__LINKEDIT") - 8
    (old,) = struct.unpack_from("<Q", content, linkedit + 48)
    content = written(command + 12, struct.pack("<I", size + 16))(content)
    return written(linkedit + 48, struct.pack("<Q", old + 16))(content) + b"payload!" * 2


def with_second(content: bytes) -> bytes:
    """Make a universal file of it and a copy of it for arm64e. Newer Macs prefer that."""
    first = 0x4000
    second = first + -(-len(content) // 0x4000) * 0x4000
    other = written(8, struct.pack("<I", 2))(content)
    entries = b"".join(
        struct.pack(">IIIII", 0x0100000C, subtype, offset, len(content), 14) for subtype, offset in ((0, first), (2, second))
    )
    head = (struct.pack(">II", 0xCAFEBABE, 2) + entries).ljust(first, b"\0")
    return (head + content).ljust(second, b"\0") + signed_again(lambda each: each)(other)


def in_segment(name: bytes, field: int, form: str, value: int) -> Change:
    """Return a change that adds to a field of a segment's command: its address (24), its offset (40) or its sizes."""

    def change(content: bytes) -> bytes:
        places = (place for place, kind in commands(content) if kind == SEGMENT)
        place = next(place for place in places if content[place + 8 : place + 24].rstrip(b"\0") == name)
        (old,) = struct.unpack_from(form, content, place + field)
        return written(place + field, struct.pack(form, old + value))(content)

    return change


def in_section(name: bytes, field: int, form: str, value: int) -> Change:
    """Return a change that adds to a field of a section: its address (32), its size (40) or its offset (48)."""

    def change(content: bytes) -> bytes:
        place = content.index(name.ljust(16, b"\0"))
        (old,) = struct.unpack_from(form, content, place + field)
        return written(place + field, struct.pack(form, old + value))(content)

    return change


def with_empty_checksums(content: bytes) -> bytes:
    """Have the checksum of each page be of no bytes."""
    directory = content.index(b"\xfa\xde\x0c\x02", signature(content)[0])
    return written(directory + 36, b"\0")(content)


def with_part(magic: int, payload: bytes) -> Change:
    """Return a change that adds a part to the signature."""

    def change(content: bytes) -> bytes:
        first = content.index(b"\xfa\xde\x0c\x02", signature(content)[0])
        (length,) = struct.unpack_from(">I", content, first + 4)
        directory = content[first : first + length].rjust(length + 4, b"\0")  # aligned
        part = struct.pack(">II", magic, 8 + len(payload)) + payload
        total = 28 + len(directory) + len(part)
        head = struct.pack(">IIIIIII", 0xFADE0CC0, total, 2, 0, 32, 0x10000, 28 + len(directory))
        return _with_signature(content, head + directory + part)

    return signed_again(change)


def with_bytes_behind_checksums(content: bytes) -> bytes:
    """Add bytes at the end of the part that has the checksums, after them."""
    start, _ = signature(content)
    first = content.index(b"\xfa\xde\x0c\x02", start)
    (length,) = struct.unpack_from(">I", content, first + 4)
    directory = written(4, struct.pack(">I", length + 8))(content[first : first + length]) + b"payload!"
    blob = content[start:first] + directory
    return signed_again(lambda each: _with_signature(each, written(4, struct.pack(">I", len(blob)))(blob)))(content)


def _with_signature(content: bytes, blob: bytes) -> bytes:
    """Replace the signature. Its checksums are those of before."""
    blob = blob.ljust(-(-len(blob) // 16) * 16, b"\0")
    start, size = signature(content)
    linkedit = content.index(b"__LINKEDIT") - 8
    (old,) = struct.unpack_from("<Q", content, linkedit + 48)
    content = written(place_of(content, SIGNATURE) + 12, struct.pack("<I", len(blob)))(content)
    return written(linkedit + 48, struct.pack("<Q", old + len(blob) - size))(content)[:start] + blob


def without_version(content: bytes) -> bytes:
    """Say the oldest macOS by the former load command, and that of its source in the rest of the space."""
    place = place_of(content, VERSION)
    former = struct.pack("<IIII", 0x24, 16, 99 << 16, 99 << 16) + struct.pack("<IIQ", 0x2A, 16, 0)
    (count,) = struct.unpack_from("<I", content, 16)
    assert struct.unpack_from("<I", content, place + 4) == (len(former),)
    return written(16, struct.pack("<I", count + 1))(written(place, former)(content))


def with_second_version(content: bytes) -> bytes:
    """Say the oldest macOS twice: in the place of where it was linked from."""
    place = place_of(content, VERSION)
    (size,) = struct.unpack_from("<I", content, place + 4)
    version = content[place : place + size]
    (count, used) = struct.unpack_from("<II", content, 16)
    content = written(32 + used, version)(content)
    return written(16, struct.pack("<II", count + 1, used + size))(content)
