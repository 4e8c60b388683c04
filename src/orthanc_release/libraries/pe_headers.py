# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the headers of a library for Windows are such as MSVC's, LLVM's and mingw's linkers write, and no others."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import lief

EXECUTE = lief.PE.Section.CHARACTERISTICS.MEM_EXECUTE
DIRECTORIES = {
    "EXPORT_TABLE",
    "IMPORT_TABLE",
    "RESOURCE_TABLE",
    "EXCEPTION_TABLE",
    "CERTIFICATE_TABLE",
    "BASE_RELOCATION_TABLE",
    "DEBUG_DIR",
    "TLS_TABLE",
    "LOAD_CONFIG_TABLE",
    "IAT",
    "DELAY_IMPORT_DESCRIPTOR",  # whose libraries count as needed
}
FILE_FLAGS = 0x0002 | 0x0004 | 0x0008 | 0x0020 | 0x0100 | 0x0200 | 0x2000  # a DLL, without symbols, for large addresses
SUBSYSTEMS = {"WINDOWS_GUI", "WINDOWS_CUI"}
HARDENING = {"HIGH_ENTROPY_VA", "DYNAMIC_BASE", "NX_COMPAT", "GUARD_CF", "NO_SEH"}
# The header for DOS but the place of the next one, by GNU and Microsoft, and by LLVM; then DOS' program that prints a line.
DOS_HEADERS = {
    bytes.fromhex("4d5a90000300000004000000ffff0000b8000000000000004000000000000000").ljust(60, b"\0"),
    bytes.fromhex("4d5a7800010000000400000000000000000000000000000040").ljust(60, b"\0"),
}
DOS_PROGRAM = re.compile(
    rb"\x0e\x1f\xba\x0e\0\xb4\t\xcd!\xb8\x01L\xcd!This program cannot be run in DOS mode\.[\r\n]*\$\0{0,7}", re.DOTALL
)
LONGEST_DOS = 0x200  # with the list of Microsoft's tools behind the program
ELEMENTS = {"assembly", "trustInfo", "security", "requestedPrivileges", "requestedExecutionLevel"}


def problems_of_headers(binary: lief.PE.Binary, content: bytes) -> Iterator[str]:
    """Yield the parts of the headers that no linker writes."""
    header = binary.optional_header
    code = [section for section in binary.sections if section.has_characteristic(EXECUTE)]
    if others := sorted(str(section.name) for section in code if section.name != ".text"):
        yield f"has code in the section {', '.join(others)}"
    if len([section for section in code if section.name == ".text"]) != 1:
        yield "has no section of code, or several"
    export = binary.get_export()
    places = {"its beginning": header.addressof_entrypoint}
    places |= {str(entry.name): entry.address for entry in export.entries} if export is not None else {}
    threads = binary.tls.callbacks if binary.tls is not None else []
    functions = [*places.items(), *(("a function for its threads", address - header.imagebase) for address in threads)]
    for name, address in functions:
        if not any(section.virtual_address <= address < section.virtual_address + section.virtual_size for section in code):
            yield f"has {name} outside of its code"
    if others := sorted({each.type.name for each in binary.data_directories if each.rva or each.size} - DIRECTORIES):
        yield f"has the table {', '.join(others)}"
    if others := sorted({str(flag.name) for flag in header.dll_characteristics_lists} - HARDENING):
        yield f"has the flag {', '.join(others)}"
    relocations = binary.data_directory(lief.PE.DataDirectory.TYPES.BASE_RELOCATION_TABLE)
    stripped = binary.header.has_characteristic(lief.PE.Header.CHARACTERISTICS.RELOCS_STRIPPED)
    if stripped or relocations is None or relocations.size < 8 or not binary.relocations:
        yield "has no relocations, so that its address is always the same"
    if header.win32_version_value or header.loader_flags or header.major_image_version or header.minor_image_version:
        yield "has reserved fields that are not zero"
    yield from _problems_of_fields(binary)
    yield from _problems_of_dos(binary, content)
    yield from _problems_of_certificates(binary, content)
    yield from _problems_of_manifest(binary)


def _problems_of_fields(binary: lief.PE.Binary) -> Iterator[str]:
    """Yield fields that are other than linkers write them in a reproducible build."""
    header, file_header = binary.optional_header, binary.header
    stamp, kinds = file_header.time_date_stamps, {entry.type.name for entry in binary.debug}
    if stamp and "REPRO" not in kinds:  # which has a checksum in place of the time
        yield "has a time in its header, so that no build is the same as another"
    if not header.checksum and not kinds:  # mingw's linker writes one, and the others list what they did
        yield "has no checksum"
    if file_header.pointerto_symbol_table or file_header.numberof_symbols:
        yield "has a table of symbols in it"
    if int(file_header.characteristics) & ~FILE_FLAGS:
        yield "has flags in its header that no linker writes"
    if header.subsystem.name not in SUBSYSTEMS:
        yield f"is for the subsystem {header.subsystem.name}"
    if (header.major_operating_system_version, header.minor_operating_system_version) > (
        header.major_subsystem_version,
        header.minor_subsystem_version,
    ):
        yield "needs a later Windows by one field of its header than by the other"
    align = header.section_alignment
    end = max((section.virtual_address + -(-section.virtual_size // align) * align for section in binary.sections), default=0)
    if header.sizeof_image != end:
        yield f"has the size {header.sizeof_image:#x} in memory by its header, and {end:#x} by its sections"
    for each in binary.sections:
        if each.pointerto_relocation or each.numberof_relocations or each.pointerto_line_numbers or each.numberof_line_numbers:
            yield f"has relocations or numbers of lines of its own in the section {each.name!s}"
    export = binary.get_export()
    if export is not None and (export.export_flags or export.major_version or export.minor_version):
        yield "has exports with flags or a version"
    if export is not None and export.timestamp not in (0, stamp, 0xFFFFFFFF):
        yield "has exports with a time of their own"
    exceptions = binary.data_directory(lief.PE.DataDirectory.TYPES.EXCEPTION_TABLE)
    if file_header.machine.name != "I386" and (exceptions is None or not exceptions.size):
        yield "has no table for exceptions, which end the process without it"


def _problems_of_dos(binary: lief.PE.Binary, content: bytes) -> Iterator[str]:
    end = binary.dos_header.addressof_new_exeheader
    program = DOS_PROGRAM.match(content, 64, end)
    more = content[program.end() : end] if program else b"?"
    if content[:60] not in DOS_HEADERS or end > LONGEST_DOS or (more and not is_list_of_tools(more)):
        yield "has another part for DOS than linkers write"


def is_list_of_tools(content: bytes) -> bool:
    """Return whether the bytes are the list of tools that Microsoft's linker writes.

    It has DanS and three zeros, and 8 bytes for each tool. All of them are combined with a key by exclusive or. Rich, the
    key and zeros follow.
    """
    end = content.rfind(b"Rich")
    key = content[end + 4 : end + 8]
    if end < 16 or end % 8 or len(key) != 4:
        return False
    begin = bytes(byte ^ key[i % 4] for i, byte in enumerate(content[:16]))
    return begin == b"DanS" + bytes(12) and not any(content[end + 8 :])


def _problems_of_certificates(binary: lief.PE.Binary, content: bytes) -> Iterator[str]:
    table = binary.data_directory(lief.PE.DataDirectory.TYPES.CERTIFICATE_TABLE)
    if table is None or not table.size:
        return
    if table.size < 16 or table.rva + table.size > len(content):
        yield "has a place for a signature that is not in the file"
        return
    length, _, _ = struct.unpack_from("<IHH", content, table.rva)
    if -length % 8 + length != table.size or content[table.rva + 8 : table.rva + 9] != b"\x30":
        yield "has more than one signature in its place for one, or none"
    elif binary.verify_signature() != lief.PE.Signature.VERIFICATION_FLAGS.OK:
        yield "has a signature that is not one of this file"
    else:
        size = _size_of_der(content[table.rva + 8 : table.rva + 16])
        if any(content[table.rva + 8 + size : table.rva + table.size]):
            yield "has bytes behind its signature"


def _size_of_der(start: bytes) -> int:
    """Return the size of a sequence, with its own header."""
    if start[1] < 0x80:
        return 2 + start[1]
    count = start[1] & 0x7F
    return 2 + count + int.from_bytes(start[2 : 2 + count], "big")


def _problems_of_manifest(binary: lief.PE.Binary) -> Iterator[str]:
    """Yield what a manifest asks for, but the rights of the user. It can name other libraries to load."""
    manager = binary.resources_manager
    if not isinstance(manager, lief.PE.ResourcesManager) or not manager.has_manifest:
        return
    try:
        elements = {str(each.tag).rpartition("}")[2] for each in ET.fromstring(manager.manifest).iter()}
    except (ET.ParseError, ValueError):
        yield "has a manifest that is not XML"
        return
    if others := sorted(elements - ELEMENTS):
        yield f"has a manifest with {', '.join(others)}"
