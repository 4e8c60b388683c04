# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the libraries of macOS."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import lief

from orthanc_release.libraries.macho_signature import problems_of_signature
from orthanc_release.libraries.model import Library, hidden_bytes, problems_of_size
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
    "VERSION_MIN_MACOSX",
    "SOURCE_VERSION",
    "LOAD_DYLIB",
    "ID_DYLIB",
    "RPATH",
    "FUNCTION_STARTS",
    "DATA_IN_CODE",
    "CODE_SIGNATURE",
}


def read_macho(binary: lief.MachO.Binary, content: bytes, all_of_file: list[lief.MachO.Binary]) -> Library:
    """Return what is known of a library for macOS. Its file may have several."""
    build = binary.build_version
    commands = [command for command in binary.commands if isinstance(command, lief.MachO.DylibCommand)]
    install_name = next((str(command.name) for command in commands if command.command == COMMAND.ID_DYLIB), "")
    dependencies = {str(library.name) for library in binary.libraries} - {install_name}
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
    slice_of_file = content[binary.fat_offset : binary.fat_offset + _end(binary)]
    if (signature := binary.code_signature) is not None:
        yield from problems_of_signature(slice_of_file, signature.data_offset, signature.data_size)


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
