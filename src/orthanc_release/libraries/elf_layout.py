# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a library for Linux has the parts that GNU's and LLVM's linkers write, and no others."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import lief

SEGMENT = lief.ELF.Segment
SECTION = lief.ELF.Section
CODE = {".init", ".plt", ".plt.got", ".plt.sec", ".iplt", ".text", ".fini", "__lcxx_override"}  # the last by LLVM's C++ library
SYSTEMS = {"SYSTEMV", "GNU"}
BIND_NOW, STATIC_TLS, NOW, NODELETE = 8, 0x10, 1, 8
FLAGS, FLAGS_1 = 30, 0x6FFFFFFB  # tags of the dynamic section
ALLOWED = {FLAGS: BIND_NOW | STATIC_TLS, FLAGS_1: NOW | NODELETE}
# Segments that linkers write besides LOAD. The dynamic linker takes the last one of a kind, but for notes.
ONCE = {"DYNAMIC", "GNU_STACK", "GNU_RELRO", "GNU_EH_FRAME", "GNU_PROPERTY", "TLS", "PHDR"}


def problems_of_layout(binary: lief.ELF.Binary, entries: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Yield the parts that no linker writes; `entries` are those of the dynamic section."""
    header = binary.header
    variant = header.identity_os_abi.name not in SYSTEMS or header.identity_abi_version or header.processor_flag
    # Of x86_64 there is a variant with addresses of 32 bits, of ARM one with the other order of bytes.
    width = lief.ELF.Header.CLASS.ELF32 if header.machine_type.name == "I386" else lief.ELF.Header.CLASS.ELF64
    if variant or header.identity_class != width or header.identity_data != lief.ELF.Header.ELF_DATA.LSB:
        yield "is for a variant of its system or processor"
    loaded = [segment for segment in binary.segments if segment.type == SEGMENT.TYPE.LOAD]
    if len([segment for segment in loaded if SEGMENT.FLAGS.X in segment]) != 1:
        yield "has no segment of code, or several"
    code = [section for section in binary.sections if section.has(SECTION.FLAGS.EXECINSTR)]
    names = [str(section.name) for section in code]
    if others := sorted({name for name in names if name not in CODE or names.count(name) > 1}):
        yield f"has code in the section {', '.join(others)}"
    for segment in loaded:
        if SEGMENT.FLAGS.X in segment and (foreign := sorted(_names_in(binary, segment) - set(names))):
            yield f"has {', '.join(foreign)} in its segment of code"
    for symbol in binary.dynamic_symbols:
        if symbol.shndx != 0 and symbol.name and symbol.binding != lief.ELF.Symbol.BINDING.LOCAL:
            usual = (symbol.type.name, symbol.binding.name, symbol.visibility.name) == ("FUNC", "GLOBAL", "DEFAULT")
            inside = any(each.virtual_address <= symbol.value < each.virtual_address + each.size for each in code)
            if not (usual and inside):
                yield f"exports {symbol.name!s} as something else than a function of its own"
    yield from _problems_of_relro(binary)
    yield from _problems_of_addresses(binary, loaded)
    for tag, value in entries:
        if others_bits := value & ~ALLOWED.get(tag, value):
            yield f"has the flags {others_bits:#x} for the dynamic linker"


def _names_in(binary: lief.ELF.Binary, segment: lief.ELF.Segment) -> set[str]:
    start, end = segment.virtual_address, segment.virtual_address + segment.virtual_size
    sections = (section for section in binary.sections if section.has(SECTION.FLAGS.ALLOC) and section.size)
    return {str(section.name) for section in sections if start <= section.virtual_address < end}


def _problems_of_relro(binary: lief.ELF.Binary) -> Iterator[str]:
    """Yield tables of addresses that can be written after the start, although a segment says that they cannot."""
    relro = binary.get(SEGMENT.TYPE.GNU_RELRO)
    if relro is None:
        return
    start, end = relro.virtual_address, relro.virtual_address + relro.virtual_size
    for section in binary.sections:
        inside = start <= section.virtual_address and section.virtual_address + section.size <= end
        if section.name in (".dynamic", ".got", ".got.plt", ".init_array", ".fini_array", ".data.rel.ro") and not inside:
            yield f"has {section.name} outside of what RELRO protects"


def _problems_of_addresses(binary: lief.ELF.Binary, loaded: list[lief.ELF.Segment]) -> Iterator[str]:
    """Yield parts of the file that are looked at in one place and loaded from another."""
    kinds = [segment.type.name for segment in binary.segments]
    if others := sorted({kind for kind in kinds if kind not in {*ONCE, "LOAD", "NOTE"}}):
        yield f"has a segment of the kind {', '.join(others)}"
    if twice := sorted({kind for kind in kinds if kind in ONCE and kinds.count(kind) > 1}):
        yield f"has the segment {', '.join(twice)} twice"
    ends = [(segment.virtual_address, segment.virtual_address + segment.virtual_size) for segment in loaded]
    if ends != sorted(ends) or any(end > start for (_, end), (start, _) in itertools.pairwise(ends)):
        yield "has segments that overlap in memory"
    parts = [(str(each.name), each.virtual_address, each.offset) for each in binary.sections if _has_bytes(each)]
    parts += [
        (segment.type.name, segment.virtual_address, segment.file_offset)
        for segment in binary.segments
        if segment.type != SEGMENT.TYPE.LOAD and segment.physical_size
    ]
    for name, address, offset in parts:
        places = [each for each in loaded if each.file_offset <= offset < each.file_offset + each.physical_size]
        if not any(offset - each.file_offset == address - each.virtual_address for each in places):
            yield f"has {name} at another address than its segments load it to"


def _has_bytes(section: lief.ELF.Section) -> bool:
    return section.has(SECTION.FLAGS.ALLOC) and section.type != SECTION.TYPE.NOBITS and section.size > 0
