# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the fields of a library for Linux that nothing reads, or that few readers do, are as linkers write them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lief

from orthanc_release.libraries.model import short

SEGMENT = lief.ELF.Segment
LARGEST_PAGE = 1 << 16
LARGEST_TLS = 1 << 20  # bytes of each thread
SECTION_FLAGS = 0x1 | 0x2 | 0x4 | 0x10 | 0x20 | 0x40 | 0x80 | 0x200 | 0x400  # write, alloc, ..., group, variables of threads
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
    for comment in comments.split(b"\0"):
        if comment and not COMPILER.fullmatch(comment.decode(errors="replace")):
            yield f"has the comment {short(comment.decode(errors='replace'))!r}, which is of no compiler"


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
