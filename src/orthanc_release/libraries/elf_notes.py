# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the notes of a library for Linux ask for no more than every machine of its target has.

By the psABIs of x86-64 and AArch64: a property says which level of processors a library needs or uses, and the dynamic linker
refuses it on an older one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import lief

SEGMENT = lief.ELF.Segment.TYPE
HEADER = struct.Struct("<III")
ABI_TAG, BUILD_ID, GOLD_VERSION, PROPERTIES = 1, 3, 4, 5  # kinds of notes by GNU
BUILD_ID_SIZES = (8, 16, 20)  # bytes; of xxHash, MD5 or UUID, and SHA-1
LINUX = 0
OLDEST_KERNEL = (3, 7, 0)  # glibc 2.28 needs 3.2 on x86-64 and 3.7 on AArch64
FEATURES_NEEDED, ISA_NEEDED, FEATURES_USED, ISA_USED = 0xC0008001, 0xC0008002, 0xC0010001, 0xC0010002
LEVELS = {2: "x86-64-v2", 4: "x86-64-v3", 8: "x86-64-v4"}
# Properties, and the bits of each that no processor of the target lacks. Protection of branches and of return addresses is for
# every processor: older ones ignore it.
BASELINE, OLD_REGISTERS, ANY_PROTECTION = 0x1, 0x4F, 0xFFFFFFFF
KNOWN = {
    "X86_64": {
        0xC0000002: ANY_PROTECTION,
        FEATURES_NEEDED: OLD_REGISTERS,
        FEATURES_USED: OLD_REGISTERS,
        ISA_NEEDED: BASELINE,
        ISA_USED: BASELINE,
    },
    "AARCH64": {0xC0000000: ANY_PROTECTION},
}


class Note(NamedTuple):
    """A note that is loaded."""

    owner: bytes
    kind: int
    content: bytes


def problems_of_notes(binary: lief.ELF.Binary) -> Iterator[str]:
    """Yield what the notes ask for, and notes of others than GNU's tools."""
    wide = binary.header.identity_class == lief.ELF.Header.CLASS.ELF64
    known = KNOWN.get(binary.header.machine_type.name, {})
    try:
        yield from _problems_of_build_id(binary)
        for note in _notes(binary):
            if note.owner != b"GNU\0" or note.kind not in (ABI_TAG, BUILD_ID, GOLD_VERSION, PROPERTIES):
                yield f"has a note of the kind {note.kind} by {note.owner.rstrip(bytes(1)).decode(errors='replace')!r}"
            elif note.kind == ABI_TAG:
                system, *kernel = struct.unpack("<IIII", note.content)
                if system != LINUX or tuple(kernel) > OLDEST_KERNEL:
                    yield f"needs the kernel {'.'.join(map(str, kernel))} of the system {system}, by its notes"
            elif note.kind == PROPERTIES:
                yield from _problems_of_properties(note.content, 8 if wide else 4, known)
    except struct.error as error:
        yield f"has damaged notes: {error}"


def build_ids(binary: lief.ELF.Binary) -> list[str]:
    """Return the build IDs, in hexadecimal digits. Raises struct.error."""
    return [note.content.hex() for note in _notes(binary) if (note.owner, note.kind) == (b"GNU\0", BUILD_ID)]


def _problems_of_build_id(binary: lief.ELF.Binary) -> Iterator[str]:
    found = build_ids(binary)
    if not found:
        yield "has no build ID, by which debuggers find its symbols"
    elif len(found) > 1:
        yield f"has {len(found)} build IDs"
    elif len(found[0]) // 2 not in BUILD_ID_SIZES or not int(found[0], 16):
        yield f"has the build ID {found[0][:40] or 'of no bytes'}, which no linker writes"


def _problems_of_properties(content: bytes, align: int, known: dict[int, int]) -> Iterator[str]:
    place = 0
    while place < len(content):
        kind, size = struct.unpack_from("<II", content, place)
        value = struct.unpack_from("<I", content, place + 8)[0] if size == 4 else 0
        more = value & ~known.get(kind, 0)
        if kind in (ISA_NEEDED, ISA_USED) and kind in known and more in range(1, 16):
            yield f"needs {LEVELS[1 << (more.bit_length() - 1)]} by its notes"
        elif kind not in known or size != 4 or more:
            yield f"has the property {kind:#x} with the value {value:#x} in its notes, which not every processor may have"
        place += 8 + -(-size // align) * align


def _notes(binary: lief.ELF.Binary) -> Iterator[Note]:
    """Yield the notes of the segments that the dynamic linker reads, and of sections that seem to be such."""
    segments = {
        (segment.file_offset, segment.physical_size, segment.alignment): bytes(segment.content)
        for segment in binary.segments
        if segment.type in (SEGMENT.NOTE, SEGMENT.GNU_PROPERTY)
    }
    sections = {
        (section.offset, section.size, section.alignment): bytes(section.content)
        for section in binary.sections
        if section.type == lief.ELF.Section.TYPE.NOTE and section.has(lief.ELF.Section.FLAGS.ALLOC)
    }
    for (_, _, alignment), content in {**segments, **sections}.items():
        align = 8 if alignment == 8 else 4
        place = 0
        while place < len(content):
            name_size, size, kind = HEADER.unpack_from(content, place)
            start = place + -(-(HEADER.size + name_size) // align) * align
            owner = content[place + HEADER.size : place + HEADER.size + name_size]
            if start + size > len(content):
                raise struct.error(f"one ends {start + size - len(content)} bytes after their segment")
            yield Note(owner, kind, content[start : start + size])
            place = -(-(start + size) // align) * align
