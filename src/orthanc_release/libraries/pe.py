# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the libraries of Windows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import lief

from orthanc_release.libraries.model import Library, hidden_bytes, problems_of_size, short
from orthanc_release.libraries.pe_headers import problems_of_headers
from orthanc_release.libraries.pe_imports import imports_of
from orthanc_release.libraries.symbols.symbol_files import identity_of_pe
from orthanc_release.processors import PE

SECTION = lief.PE.Section.CHARACTERISTICS
RESOURCES = {"VERSION", "MANIFEST"}  # the latter by MSVC's linker
HARDENING = {"DYNAMIC_BASE": "no address space randomization", "NX_COMPAT": "executable data"}
HARDENING_OF_64_BITS = {"HIGH_ENTROPY_VA": "only 32 bits of address space randomization"}


def read_pe(binary: lief.PE.Binary, content: bytes) -> Library:
    """Return what is known of a library for Windows."""
    header = binary.optional_header
    wide = header.magic == lief.PE.PE_TYPE.PE32_PLUS
    wanted = {**HARDENING, **(HARDENING_OF_64_BITS if wide else {})}
    has = {flag.name for flag in header.dll_characteristics_lists}
    export = binary.get_export()
    entries = list(export.entries) if export is not None else []
    needed, damage = imports_of(binary, content)
    return Library(
        system="windows",
        processor=PE.get(binary.header.machine.name, binary.header.machine.name),
        exports={str(entry.name) or f"number {entry.ordinal}" for entry in entries},
        dependencies=set(needed),
        minimum=(header.major_subsystem_version, header.minor_subsystem_version),
        weaknesses={text for flag, text in wanted.items() if flag not in has},
        faults=[*_faults(binary, content), *damage],
        own_name=str(export.name) if export is not None else "",
        version_resource=_version_resource(binary),
        identity=identity_of_pe(binary),
    )


def _version_resource(binary: lief.PE.Binary) -> dict[str, str]:
    manager = binary.resources_manager
    if not isinstance(manager, lief.PE.ResourcesManager) or not manager.version:
        return {}
    text = str(manager.version[0])
    numbers = re.findall(r"^(File|Product) version\s*: ([\d-]+)$", text, re.MULTILINE)
    found = dict(re.findall(r"^\s+(\w+): (.*?)\s*$", text, re.MULTILINE))
    return {**found, **{f"{what} number": number.replace("-", ".") for what, number in numbers}}


def _faults(binary: lief.PE.Binary, content: bytes) -> Iterator[str]:
    header = binary.optional_header
    if not binary.header.has_characteristic(lief.PE.Header.CHARACTERISTICS.DLL):
        yield "is a program"
    for section in binary.sections:
        if section.has_characteristic(SECTION.MEM_WRITE) and section.has_characteristic(SECTION.MEM_EXECUTE):
            yield f"has a section that is writable and executable ({section.name!s})"
    yield from _problems_of_parts(binary, content)
    yield from problems_of_headers(binary, content)
    # It ends with a sum in ones' complement. That of nothing is 0 or 0xffff, and linkers differ from LIEF in it.
    if header.checksum and abs(header.checksum - (found := binary.compute_checksum())) not in (0, 0xFFFF):
        yield f"has the checksum {found:x}, its header says {header.checksum:x}"
    export = binary.get_export()
    if export is not None and (names := [str(entry.name) for entry in export.entries if entry.is_forwarded]):
        yield f"has {', '.join(names)} in another library"
    manager = binary.resources_manager
    if isinstance(manager, lief.PE.ResourcesManager):
        if others := {kind.name for kind in manager.types} - RESOURCES:
            yield f"has a resource of the kind {', '.join(sorted(others))}"
        if manager.has_version and len(manager.version) != 1:
            yield f"has {len(manager.version)} version resources"


def _problems_of_parts(binary: lief.PE.Binary, content: bytes) -> Iterator[str]:
    sections = [(section.offset, section.size) for section in binary.sections if section.size]
    end = max((offset + size for offset, size in sections), default=0)
    signature = binary.data_directory(lief.PE.DataDirectory.TYPES.CERTIFICATE_TABLE)
    if signature is not None and signature.size and signature.rva == end:  # an offset, for this one
        end += signature.size
        sections.append((signature.rva, signature.size))
    yield from problems_of_size(len(content), end)
    yield from _problems_of_sections(binary)
    start = binary.dos_header.addressof_new_exeheader + 24 + binary.header.sizeof_optional_header
    table = start + 40 * binary.header.numberof_sections
    used = [(section.offset, min(section.size, section.virtual_size)) for section in binary.sections if section.size]
    if signature is not None and signature.size:
        used.append((signature.rva, signature.size))
    if hidden := hidden_bytes(content, [(0, table), *used, (end, 0)]):
        yield f"has {hidden} bytes between its sections"


def _problems_of_sections(binary: lief.PE.Binary) -> Iterator[str]:
    """Yield sections that overlap, in the file or in memory: what is looked at could be other than what is run."""
    align = binary.optional_header.section_alignment
    in_file = [(section.offset, section.size, str(section.name)) for section in binary.sections if section.size]
    in_memory = [
        (section.virtual_address, -(-max(section.virtual_size, 1) // align) * align, str(section.name))
        for section in binary.sections
    ]
    if binary.sections:
        in_file.append((0, binary.optional_header.sizeof_headers, "its headers"))
        in_memory.append((0, binary.optional_header.sizeof_headers, "its headers"))
    for place, parts in (("in the file", sorted(in_file)), ("in memory", sorted(in_memory))):
        for (start, size, name), (following, _, other) in itertools.pairwise(parts):
            if start + size > following:
                yield f"has {short(name)} and {short(other)} in the same bytes {place}"
