# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the dynamic linker writes only into the data of a library for Linux, and calls only its code at start and end.

By the ABIs of x86-64 and AArch64. A relocation of the kind IRELATIVE calls a function before any other.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import lief

SEGMENT = lief.ELF.Segment
# Tags of the dynamic section.
RELA, RELA_SIZE, PLT, PLT_SIZE, RELR, RELR_SIZE = 7, 8, 23, 2, 36, 35
ARRAYS = {".init_array": (25, 27), ".fini_array": (26, 28)}  # tags of the address and the size
# Kinds of relocations: of symbols, of the library's own addresses (the last), and of variables of threads.
KNOWN = {"X86_64": {1, 6, 7, 16, 17, 18, 36, 8}, "AARCH64": {257, 1025, 1026, 1028, 1029, 1030, 1031, 1027}}
RELATIVE = {"X86_64": 8, "AARCH64": 1027}
DESCRIPTORS = {36, 1031}  # kinds that write 16 bytes; all others write 8
MOST_BYTES = 1 << 16  # of an array
ENTRY = struct.Struct("<QQq")


class Relocation(NamedTuple):
    """An address that the dynamic linker writes."""

    place: int
    kind: int
    value: int  # that is added to the address of the symbol or of the library


def problems_of_relocations(binary: lief.ELF.Binary, content: bytes, entries: Mapping[int, int]) -> Iterator[str]:
    """Yield relocations that linkers do not write; `entries` are those of the dynamic section, by their tags."""
    machine = binary.header.machine_type.name
    if machine not in KNOWN:
        return
    try:
        found = list(_relocations(binary, content, entries, RELATIVE[machine]))
    except (struct.error, ValueError, TypeError) as error:
        yield f"has damaged relocations: {error}"
        return
    if others := sorted({each.kind for each in found} - KNOWN[machine]):
        yield f"has relocations of the kind {', '.join(map(str, others[:5]))}"
    loaded = [segment for segment in binary.segments if segment.type == SEGMENT.TYPE.LOAD and SEGMENT.FLAGS.W in segment]
    data = [(segment.virtual_address, segment.virtual_address + segment.virtual_size) for segment in loaded]
    if strange := [each.place for each in found if not any(start <= each.place <= end - 8 for start, end in data)]:
        yield f"has a relocation at {strange[0]:#x}, outside of its data"
    places = sorted((each.place, each.place + (16 if each.kind in DESCRIPTORS else 8)) for each in found)
    for (_, end), (start, _) in itertools.pairwise(places):
        if start < end:
            yield f"has two relocations at {start:#x}, of which the second counts"
            break
    # The dynamic linker keeps where each entry is, and reads its value after the relocations.
    own = [(each.virtual_address, each.virtual_address + each.size) for each in binary.sections if each.name == ".dynamic"]
    if any(start < high and low < end for start, end in places for low, high in own):
        yield "has a relocation in its dynamic entries"
    values = {each.place: each.value for each in found if each.kind == RELATIVE[machine]}
    code = [section for section in binary.sections if section.has(lief.ELF.Section.FLAGS.EXECINSTR)]
    ranges = [(section.virtual_address, section.virtual_address + section.size) for section in code]
    for name, (tag, size_tag) in ARRAYS.items():
        yield from _problems_of_array(binary, name, (entries.get(tag, 0), entries.get(size_tag, 0)), values, ranges)


def _problems_of_array(
    binary: lief.ELF.Binary, name: str, told: tuple[int, int], values: Mapping[int, int], code: list[tuple[int, int]]
) -> Iterator[str]:
    """Yield what is wrong with a list of functions that the dynamic linker calls."""
    own = [(section.virtual_address, section.size) for section in binary.sections if section.name == name]
    if own != ([told] if any(told) else []):
        yield f"has functions to call elsewhere than in {name}"
    if told[1] > MOST_BYTES:
        yield f"has more functions to call in {name} than any library"
    for place in range(told[0], told[0] + min(told[1], MOST_BYTES), 8):
        if not any(start <= values.get(place, 0) < end for start, end in code):
            yield f"has a function to call in {name} that is outside of its code"
            return


def _relocations(binary: lief.ELF.Binary, content: bytes, entries: Mapping[int, int], relative: int) -> Iterator[Relocation]:
    for tag, size_tag in ((RELA, RELA_SIZE), (PLT, PLT_SIZE)):
        if size := entries.get(size_tag, 0):
            start = _offset(binary, entries[tag])
            for place, kind, value in ENTRY.iter_unpack(content[start : start + size]):
                yield Relocation(place, kind & 0xFFFFFFFF, value)
    if size := entries.get(RELR_SIZE, 0):
        start = _offset(binary, entries[RELR])
        place = 0
        for (word,) in struct.iter_unpack("<Q", content[start : start + size]):
            if word & 1:  # a bit for each of the 63 words that follow
                places = [place + 8 * bit for bit in range(63) if word >> (bit + 1) & 1]
                place += 8 * 63
            else:
                places, place = [word], word + 8
            for each in places:
                (value,) = struct.unpack_from("<q", content, _offset(binary, each))
                yield Relocation(each, relative, value)


def _offset(binary: lief.ELF.Binary, address: int) -> int:
    """Return where in the file an address is. Raises ValueError."""
    for segment in binary.segments:
        if segment.type == SEGMENT.TYPE.LOAD and 0 <= address - segment.virtual_address < segment.physical_size:
            return int(segment.file_offset + address - segment.virtual_address)
    raise ValueError(f"{address:#x} is not in the file")
