# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a symbol file has only what debuggers read. They run scripts in others: GDB those of a section .debug_gdb_scripts."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator

import lief

from orthanc_release.libraries.model import hidden_bytes, problems_of_size, some_of

DWARF = re.compile(
    r"[._]{1,2}debug_(abbrev|addr|aranges|frame|info|line|line_str|line_strp|loc|loclists|macro|macinfo|names|pubnames"
    r"|pubtypes|ranges|rnglists|str|str_offs|str_offsets|types)",
    re.ASCII,
)
SCRIPTS = ".debug_gdb_scripts"
NOTES = {".note.gnu.build-id", ".note.gnu.property", ".note.ABI-tag"}
SYMBOLS = {".symtab", ".strtab", ".shstrtab", ".comment"}
APPLE = {"__apple_names", "__apple_types", "__apple_namespac", "__apple_objc", "__eh_frame"}
COMMANDS = {"SEGMENT_64", "SYMTAB", "UUID", "BUILD_VERSION"}
SEGMENTS = {"__TEXT", "__DATA_CONST", "__DATA", "__LINKEDIT", "__DWARF"}
KIND, SYMBOL_SIZE = lief.ELF.Section.TYPE, 18
PE_HEADER, PE_SECTION = 24, 40
MACHO_HEADER, MACHO_SYMBOL = 32, 16
FAT_HEADER, FAT_PART = 8, 20
# In a PDB: sources, Visual Studio's descriptions of types, and where a source server or an address has sources.
OTHER_STREAM = re.compile(r"srcsrv|sourcelink|/src/(?!headerblock$)|.*\.natvis$", re.IGNORECASE | re.DOTALL)
Parts = list[tuple[int, int]]  # the offset and size of each part of a file


def problems_of_symbols(binary: lief.ELF.Binary | lief.PE.Binary | lief.MachO.Binary, content: bytes) -> Iterator[str]:
    """Yield what is in a symbol file and not for debuggers."""
    if isinstance(binary, lief.ELF.Binary):
        others = {str(section.name) for section in binary.sections if not _is_of_elf(section)}
        yield from _problems_of_gaps(_parts_of_elf(binary), content)
    elif isinstance(binary, lief.PE.Binary):
        names = ((section, _name_in_pe(binary, section, content)) for section in binary.sections)
        others = {name for section, name in names if section.size and not DWARF.fullmatch(name)}
        yield from _problems_of_gaps(_parts_of_pe(binary, content), content)
    else:
        names_of_macho = ((section, str(section.name)) for section in binary.sections)
        others = {name for section, name in names_of_macho if section.offset and not (DWARF.fullmatch(name) or name in APPLE)}
        others |= {str(segment.name) for segment in binary.segments} - SEGMENTS
        if commands := {command.command.name for command in binary.commands} - COMMANDS:
            yield f"has the load command {some_of(commands)}"
        if binary.header.file_type != lief.MachO.Header.FILE_TYPE.DSYM:
            yield "is of another kind than symbols"
    if others:
        yield f"has the section {some_of(others)}, which is not for debuggers"


def _is_of_elf(section: lief.ELF.Section) -> bool:
    """Return whether a section is for debuggers, or one of the library without its bytes."""
    if section.type == KIND.SHT_NULL_:
        return not section.size
    name = str(section.name)
    if section.has(lief.ELF.Section.FLAGS.ALLOC):
        return name != SCRIPTS if section.type == KIND.NOBITS else section.type == KIND.NOTE and name in NOTES
    return name in SYMBOLS or DWARF.fullmatch(name) is not None


def problems_of_slices(binaries: list[lief.MachO.Binary], content: bytes) -> Iterator[str]:
    """Yield which bytes of a file are in none of its symbol files for macOS, of one processor or several."""
    parts = [part for binary in binaries for part in _parts_of_macho(binary)]
    headers = FAT_HEADER + FAT_PART * len({binary.fat_offset for binary in binaries} - {0})
    yield from _problems_of_gaps([(0, headers), *parts], content)


def problems_of_streams(names: Iterable[str]) -> Iterator[str]:
    """Yield which of the named streams of a PDB are files, or say where to get some, by commands or addresses."""
    if others := {name for name in names if OTHER_STREAM.match(name)}:
        yield f"has the stream {some_of(others)}, which is not for debuggers"


def _parts_of_elf(binary: lief.ELF.Binary) -> Parts:
    header = binary.header
    return [
        (0, header.header_size + header.numberof_segments * header.program_header_size),
        (header.section_header_offset, header.numberof_sections * header.section_header_size),
        *((each.offset, each.size) for each in binary.sections if each.type not in (KIND.NOBITS, KIND.SHT_NULL_)),
    ]


def _parts_of_pe(binary: lief.PE.Binary, content: bytes) -> Parts:
    """Return the parts of a file, with the table of names behind that of the symbols. Raises struct.error."""
    start, size = binary.header.pointerto_symbol_table, SYMBOL_SIZE * binary.header.numberof_symbols
    (names,) = struct.unpack_from("<I", content, start + size)
    sections = ((section.offset, section.size) for section in binary.sections)
    header = binary.dos_header.addressof_new_exeheader + PE_HEADER + binary.header.sizeof_optional_header
    return [(0, header + PE_SECTION * binary.header.numberof_sections), (start, size + names), *sections]


def _parts_of_macho(binary: lief.MachO.Binary) -> Parts:
    """Return the parts of a file, or of one in it for several processors."""
    symbols, start = binary.symbol_command, binary.fat_offset
    parts = [(0, MACHO_HEADER + binary.header.sizeof_cmds)]
    parts += [(section.offset, section.size) for section in binary.sections if section.offset]
    if symbols is not None:
        parts.append((symbols.symbol_offset, MACHO_SYMBOL * symbols.numberof_symbols))
        parts.append((symbols.strings_offset, symbols.strings_size))
    return [(start + offset, size) for offset, size in parts]


def _problems_of_gaps(parts: Parts, content: bytes) -> Iterator[str]:
    yield from problems_of_size(len(content), max(offset + size for offset, size in parts))
    if hidden := hidden_bytes(content, parts):
        yield f"has {hidden} bytes between its sections"


def _name_in_pe(binary: lief.PE.Binary, section: lief.PE.Section, content: bytes) -> str:
    """Return the name of a section. A longer one is in the table behind the symbols. Raises ValueError."""
    name = str(section.name)
    if not name.startswith("/"):
        return name
    header = binary.header
    start = header.pointerto_symbol_table + SYMBOL_SIZE * header.numberof_symbols + int(name[1:])
    if not header.pointerto_symbol_table or start >= len(content):
        raise ValueError(f"has a section without a name: {name}")
    return content[start : content.index(b"\0", start)].decode("latin-1")
