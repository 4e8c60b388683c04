# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the fields of a library for Linux that nothing reads, or that few readers do, are as linkers write them."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import lief

from orthanc_release.libraries.model import short

SEGMENT = lief.ELF.Segment
LARGEST_PAGE = 1 << 16
LARGEST_TLS = 1 << 20  # bytes of each thread
SECTION_FLAGS = 0x1 | 0x2 | 0x4 | 0x10 | 0x20 | 0x40 | 0x80 | 0x200 | 0x400  # write, alloc, ..., group, variables of threads
DEBUG_LINK = re.compile(rb"[ -.0-~]{1,255}\0{1,4}[\0-\xff]{4}", re.DOTALL)  # a file's name without "/", and its checksum
COMPILER = re.compile(
    r"(?:[\w ]{0,20}clang version|Linker: (?:\w{1,20} )?LLD|GCC: \([\w .+~-]{1,60}\)) [\w.+~-]{1,40}(?: [0-9]{8})?"
    # The commit, or the distribution's revision.
    r"(?: \((?:[\w:/.+~-]{1,100} [0-9a-f]{7,40}|(?:Red Hat )?[\w.+~-]{1,60})\))?",
    re.ASCII,
)


def problems_of_fields(binary: lief.ELF.Binary, content: bytes, comments: bytes) -> Iterator[str]:
    """Yield fields of the header, the segments and the sections that no linker writes so."""
    if content[6:7] != b"\1" or content[20:24] != b"\1\0\0\0":
        yield "has another version of the format"
    for segment in binary.segments:
        yield from _problems_of_segment(segment)
    for section in binary.sections:
        strange = section.alignment > LARGEST_PAGE or section.alignment & (section.alignment - 1)
        if strange or int(section.flags) & ~SECTION_FLAGS:
            yield f"has the section {short(str(section.name))} with an alignment or flags that no linker writes"
    yield from _problems_of_section_headers(binary, content)
    for section in binary.sections:
        if section.name == ".gnu_debuglink" and not DEBUG_LINK.fullmatch(bytes(section.content)):
            yield "has a .gnu_debuglink that is not a file name and a checksum"
    for comment in comments.split(b"\0"):
        if comment and not COMPILER.fullmatch(comment.decode(errors="replace")):
            yield f"has the comment {short(comment.decode(errors='replace'))!r}, which is of no compiler"


def _problems_of_section_headers(binary: lief.ELF.Binary, content: bytes) -> Iterator[str]:
    """Yield bytes in headers of empty sections, and bytes between the names of sections."""
    header = binary.header
    start, size = header.section_header_offset, header.section_header_size
    if start + size * header.numberof_sections > len(content):
        return  # it is cut short
    headers = [content[place : place + size] for place in range(start, start + size * header.numberof_sections, size)]
    empty = [each for each in headers if each[4:8] == bytes(4)]
    if len(empty) > 1 or any(map(any, empty)):
        yield "has a second empty section, or one with fields"
    if header.section_name_table_idx >= len(headers):
        return
    place, form = (24, "<QQ") if header.identity_class == lief.ELF.Header.CLASS.ELF64 else (16, "<II")
    offset, length = struct.unpack_from(form, headers[header.section_name_table_idx], place)
    rest = bytearray(content[offset : offset + length])
    names = bytes(rest)
    for (begin,) in (struct.unpack_from("<I", each) for each in headers):
        end = names.find(b"\0", begin)
        rest[begin : end + 1] = bytes(max(end + 1 - begin, 0))
    if hidden := len(rest) - rest.count(0):
        yield f"has {hidden} bytes in its table of names that no section uses"


def _problems_of_segment(segment: lief.ELF.Segment) -> Iterator[str]:
    name, align = segment.type.name, segment.alignment
    if segment.physical_address != segment.virtual_address:
        yield f"has the segment {name} with two addresses"
    if align > LARGEST_PAGE or align & (align - 1):
        yield f"has the segment {name} with the alignment {align:#x}"
    elif segment.type == SEGMENT.TYPE.LOAD and (segment.virtual_address - segment.file_offset) % max(align, 1):
        yield f"has the segment {name} at an address that does not fit its alignment"
    if segment.type == SEGMENT.TYPE.GNU_STACK and (segment.virtual_size or segment.physical_size):
        yield "asks for a stack of another size"
    if segment.type == SEGMENT.TYPE.TLS and segment.virtual_size > LARGEST_TLS:
        yield f"asks for {segment.virtual_size} bytes of each thread"
    if segment.type != SEGMENT.TYPE.LOAD and segment.virtual_size < segment.physical_size:
        yield f"has the segment {name} smaller than its bytes"
