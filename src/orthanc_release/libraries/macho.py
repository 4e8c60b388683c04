# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the libraries of macOS."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator

import lief

from orthanc_release.libraries.macho_signature import problems_of_signature
from orthanc_release.libraries.model import Library, hidden_bytes, problems_of_size
from orthanc_release.libraries.symbols.symbol_files import identity_of_macho
from orthanc_release.processors import MACHO

COMMAND = lief.MachO.LoadCommand.TYPE
WRITE, EXECUTE = 2, 4
# The beginning of a universal file, its list of libraries, and the processor in each of them.
FAT_HEADER, FAT_ENTRY, MACHO_PROCESSOR = struct.Struct(">II"), struct.Struct(">IIIII"), struct.Struct("<4xII")
FAT_MAGIC = 0xCAFEBABE
# Load commands that Apple's and LLVM's linkers write into a plugin.
COMMANDS = {
    "SEGMENT_64",
    "DYLD_INFO_ONLY",
    "DYLD_EXPORTS_TRIE",
    "DYLD_CHAINED_FIXUPS",
    "SYMTAB",
    "DYSYMTAB",
    "UUID",
    "BUILD_VERSION",
    "SOURCE_VERSION",
    "LOAD_DYLIB",
    "ID_DYLIB",
    "RPATH",
    "FUNCTION_STARTS",
    "DATA_IN_CODE",
    "CODE_SIGNATURE",
}
REPEATED = {"SEGMENT_64", "LOAD_DYLIB", "RPATH"}
# Segments with the rights of each besides reading, and flags of the header, that these linkers write.
SEGMENTS = {"__TEXT": EXECUTE, "__DATA_CONST": WRITE, "__DATA": WRITE, "__LINKEDIT": 0}
FLAGS = {"NOUNDEFS", "DYLDLINK", "TWOLEVEL", "WEAK_DEFINES", "BINDS_TO_WEAK", "NO_REEXPORTED_DYLIBS", "HAS_TLV_DESCRIPTORS"}
REPLACING = {"INTERPOSING", "LAZY_DYLIB_SYMBOL_POINTERS"}
# Kinds of sections that linkers write. The loader calls the functions of the first three. These have names of their own.
CALLED = {"MOD_INIT_FUNC_POINTERS", "INIT_FUNC_OFFSETS", "MOD_TERM_FUNC_POINTERS"}
SECTIONS: dict[str, tuple[str, ...]] = {
    "MOD_INIT_FUNC_POINTERS": ("__mod_init_func",),
    "INIT_FUNC_OFFSETS": ("__init_offsets",),
    "MOD_TERM_FUNC_POINTERS": ("__mod_term_func",),
    **dict.fromkeys(
        (
            *("REGULAR", "ZEROFILL", "GB_ZEROFILL", "COALESCED", "CSTRING_LITERALS", "LITERAL_POINTERS", "SYMBOL_STUBS"),
            *("IS_4BYTE_LITERALS", "IS_8BYTE_LITERALS", "IS_16BYTE_LITERALS", "LAZY_SYMBOL_POINTERS"),
            *("NON_LAZY_SYMBOL_POINTERS", "THREAD_LOCAL_REGULAR", "THREAD_LOCAL_ZEROFILL", "THREAD_LOCAL_VARIABLES"),
            *("THREAD_LOCAL_VARIABLE_POINTERS", "THREAD_LOCAL_INIT_FUNCTION_POINTERS"),
        ),
        (),
    ),
}
PROCESSORS = {"X86_64": {3}, "ARM64": {0}}  # the subtypes for all of them
SYMBOL_SIZE, INDIRECT_SIZE = 16, 4


def read_macho(binary: lief.MachO.Binary, content: bytes, all_of_file: list[lief.MachO.Binary]) -> Library:
    """Return what is known of a library for macOS. Its file may have several."""
    build = binary.build_version
    commands = [command for command in binary.commands if isinstance(command, lief.MachO.DylibCommand)]
    install_name = next((str(command.name) for command in commands if command.command == COMMAND.ID_DYLIB), "")
    dependencies = {str(command.name) for command in commands if command.command != COMMAND.ID_DYLIB}
    return Library(
        system="macos",
        processor=MACHO.get(binary.header.cpu_type.name, binary.header.cpu_type.name),
        exports={str(symbol.name).removeprefix("_") for symbol in binary.exported_symbols},
        dependencies=dependencies,
        minimum=tuple(build.minos) if build is not None else (),
        # Whether there is a stack protector does not show: zig has all of it in a static library.
        faults=[*_faults(binary, content), *_problems_of_file(content, all_of_file)],
        run_paths={str(command.path) for command in binary.rpaths},
        own_name=install_name,
        signed=binary.has_code_signature,
        identity=identity_of_macho(binary),
    )


def _faults(binary: lief.MachO.Binary, content: bytes) -> Iterator[str]:
    kinds = lief.MachO.Header.FILE_TYPE
    if binary.header.file_type not in (kinds.BUNDLE, kinds.DYLIB):
        yield "is a program"
    for segment in binary.segments:
        for protection in (segment.init_protection, segment.max_protection):
            if protection & WRITE and protection & EXECUTE:
                yield f"has a segment that is writable and executable ({segment.name!s})"
                break
    if others := {command.command.name for command in binary.commands} - COMMANDS:
        yield f"has the load command {', '.join(sorted(others))}"
    names = [command.command.name for command in binary.commands]
    if len(names) != binary.header.nb_cmds:
        yield f"has {binary.header.nb_cmds} load commands by its header, and {len(names)} can be read"
    if twice := {kind for kind in names if kind not in REPEATED and names.count(kind) > 1}:
        yield f"has the load command {', '.join(sorted(twice))} twice"
    slice_of_file = content[binary.fat_offset : binary.fat_offset + _end(binary)]
    yield from _problems_of_header(binary)
    yield from _problems_of_segments(binary)
    if hidden := hidden_bytes(slice_of_file, _parts(binary)):
        yield f"has {hidden} bytes between its parts"
    if (signature := binary.code_signature) is not None:
        yield from problems_of_signature(slice_of_file, signature.data_offset, signature.data_size)


def _problems_of_header(binary: lief.MachO.Binary) -> Iterator[str]:
    header, build = binary.header, binary.build_version
    if others := {str(flag.name) for flag in header.flags_list} - FLAGS:
        yield f"has the flag {', '.join(sorted(others))}"
    if "TWOLEVEL" not in {flag.name for flag in header.flags_list}:
        yield "takes its functions from any library"
    if header.cpu_subtype not in PROCESSORS.get(header.cpu_type.name.removeprefix("CPU_TYPE_"), set()):
        yield f"is for the processors of subtype {header.cpu_subtype} only"
    if header.reserved:
        yield "has bytes in the unused part of its header"
    if build is not None and build.platform.name != "MACOS":
        yield f"is for the system {build.platform.name}"


def _problems_of_segments(binary: lief.MachO.Binary) -> Iterator[str]:
    for segment in binary.segments:
        name = str(segment.name)
        if name not in SEGMENTS:
            yield f"has the segment {name}"
        elif (segment.init_protection | segment.max_protection) & ~SEGMENTS[name] & (WRITE | EXECUTE):
            yield f"has a segment of unusual rights ({name})"
    yield from _problems_of_places(binary)
    for section in binary.sections:
        kind = section.type.name
        if kind not in SECTIONS and kind not in REPLACING:
            yield f"has a section of the kind {kind} ({section.name!s})"
        elif section.name not in SECTIONS.get(kind, ()) and kind in CALLED:
            yield f"has functions that are called at its start in {section.name!s}"
    kinds = {section.type.name for section in binary.sections}
    if kinds & REPLACING:
        yield "replaces functions of other libraries"
    for symbol in binary.exported_symbols:
        info = symbol.export_info
        if info is not None and (info.alias is not None or info.alias_library is not None):
            yield f"has {str(symbol.name).removeprefix('_')} in another library"


def _problems_of_places(binary: lief.MachO.Binary) -> Iterator[str]:
    """Yield segments of one name or one place, and sections outside of their segment: another part would be loaded."""
    segments = list(binary.segments)
    names = [str(segment.name) for segment in segments]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield f"has the segment {', '.join(twice)} twice"
    for what, ranges in (
        ("memory", [(each.virtual_address, each.virtual_size, each.name) for each in segments]),
        ("the file", [(each.file_offset, each.file_size, each.name) for each in segments]),
    ):
        used = sorted((start, start + size, str(name)) for start, size, name in ranges if size)
        for (_, end, name), (start, _, other) in itertools.pairwise(used):
            if end > start:
                yield f"has segments that overlap in {what} ({name} and {other})"
    for segment in segments:
        low, high = segment.virtual_address, segment.virtual_address + segment.virtual_size
        first, last = segment.file_offset, segment.file_offset + segment.file_size
        for section in segment.sections:
            inside = low <= section.virtual_address and section.virtual_address + section.size <= high
            in_file = not section.offset or (first <= section.offset and section.offset + section.size <= last)
            moved = section.offset and section.offset - first != section.virtual_address - low
            if not inside or not in_file or moved or section.segment_name != segment.name:
                yield f"has the section {section.name!s} outside of its segment {segment.name!s}"


def _parts(binary: lief.MachO.Binary) -> Iterator[tuple[int, int]]:
    """Yield what a library consists of, as offsets from its own beginning, and sizes."""
    yield 0, 32 + binary.header.sizeof_cmds
    yield from ((section.offset, section.size) for section in binary.sections if section.offset)
    info, symbols, dynamic = binary.dyld_info, binary.symbol_command, binary.dynamic_symbol_command
    if info is not None:
        yield from (info.rebase, info.bind, info.weak_bind, info.lazy_bind, info.export_info)
    for table in (
        binary.function_starts,
        binary.data_in_code,
        binary.dyld_exports_trie,
        binary.dyld_chained_fixups,
        binary.code_signature,
    ):
        if table is not None:
            yield table.data_offset, table.data_size
    if symbols is not None:
        yield symbols.symbol_offset, symbols.numberof_symbols * SYMBOL_SIZE
        yield symbols.strings_offset, symbols.strings_size
    if dynamic is not None:
        yield dynamic.indirect_symbol_offset, dynamic.nb_indirect_symbols * INDIRECT_SIZE
    yield _end(binary), 0


def _end(binary: lief.MachO.Binary) -> int:
    """Return where a library ends, from its own beginning."""
    return max(int(segment.file_offset + segment.file_size) for segment in binary.segments)


def _problems_of_file(content: bytes, all_of_file: list[lief.MachO.Binary]) -> Iterator[str]:
    parts = [(int(binary.fat_offset), _end(binary)) for binary in all_of_file]
    yield from problems_of_size(len(content), max(offset + size for offset, size in parts))
    if all_of_file[0].fat_offset == 0:
        return
    if hidden := hidden_bytes(content, [(0, FAT_HEADER.size + FAT_ENTRY.size * len(parts)), *parts]):
        yield f"has {hidden} bytes between its libraries"
    entries = [FAT_ENTRY.unpack_from(content, FAT_HEADER.size + FAT_ENTRY.size * index) for index in range(len(parts))]
    own = [(*MACHO_PROCESSOR.unpack_from(content, offset), offset, size) for offset, size in parts]
    if FAT_HEADER.unpack_from(content) != (FAT_MAGIC, len(parts)) or [entry[:4] for entry in entries] != own:
        yield "has a list of libraries that are not in it"
