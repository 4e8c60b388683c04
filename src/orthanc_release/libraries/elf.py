# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the libraries of Linux."""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Iterator

import lief

from orthanc_release.libraries.elf_fields import problems_of_fields
from orthanc_release.libraries.elf_layout import problems_of_layout
from orthanc_release.libraries.elf_notes import problems_of_notes
from orthanc_release.libraries.elf_relocations import problems_of_relocations
from orthanc_release.libraries.model import Library, hidden_bytes, problems_of_size, some_of
from orthanc_release.libraries.symbols.symbol_files import identity_of_elf
from orthanc_release.processors import ELF

PRINTING = {"fprintf", "snprintf", "sprintf", "vfprintf", "vsnprintf"}  # C functions that have a checked variant
GUARD_ON_X86_64 = re.compile(rb"\x64[\x48\x4c]\x8b[\x04-\x3c]\x25\x28\0\0\0")  # mov %fs:0x28, register
TAG = lief.ELF.DynamicEntry.TAG
SEGMENT = lief.ELF.Segment
GLIBC = re.compile(r"GLIBC_(\d{1,4}(?:\.\d{1,4}){1,3})", re.ASCII)  # a version that a library needs
# Entries by which the dynamic linker loads or runs more than the library's own code.
OTHERS_CODE = {
    22: "TEXTREL",
    32: "PREINIT_ARRAY",
    0x6FFFFEFA: "CONFIG",
    0x6FFFFEFB: "DEPAUDIT",
    0x6FFFFEFC: "AUDIT",
    0x7FFFFFFD: "AUXILIARY",
    0x7FFFFFFF: "FILTER",
}
FLAGS, ALLOWS_TEXTREL = 30, 4
# Entries that linkers write: tables of symbols, relocations and versions, functions to call first and last, names and flags.
NEEDED, END, INIT, FINI = 1, 0, 12, 13
USUAL = {*range(2, 16), *range(17, 22), *range(23, 31), *range(35, 38), 0x6FFFFEF5, 0x6FFFFFF0, *range(0x6FFFFFF9, 0x70000000)}
USUAL_ON_ARM = {0x70000001, 0x70000003, 0x70000005}  # how functions of other libraries are called
# Sections that are not loaded, and that linkers and compilers write.
NOT_LOADED = {".comment", ".shstrtab", ".note.stapsdt", ".gnu_debuglink"}


def read_elf(binary: lief.ELF.Binary, content: bytes) -> Library:
    """Return what is known of a library for Linux."""
    needed = [str(each.name) for needed in binary.symbols_version_requirement for each in needed.get_auxiliary_symbols()]
    versions = [tuple(map(int, match[1].split("."))) for name in needed if (match := GLIBC.fullmatch(name))]
    entries = list(binary.dynamic_entries)
    paths = {
        path
        for entry in entries
        if isinstance(entry, (lief.ELF.DynamicEntryRpath, lief.ELF.DynamicEntryRunPath))
        for path in entry.paths
    }
    comments = b"".join(bytes(section.content) for section in binary.sections if section.name == ".comment")
    return Library(
        system="linux",
        processor=ELF.get(binary.header.machine_type.name, binary.header.machine_type.name),
        exports=_exports(binary),
        dependencies={str(name) for name in binary.libraries},
        minimum=max(versions, default=()),
        weaknesses=set(_weaknesses(binary)),
        faults=list(_faults(binary, content)),
        run_paths=paths,
        own_name=next((str(entry.name) for entry in entries if isinstance(entry, lief.ELF.DynamicSharedObject)), ""),
        identity=identity_of_elf(binary),
        comments=comments.replace(b"\0", b"\n").decode(errors="replace"),
    )


def _exports(binary: lief.ELF.Binary) -> set[str]:
    # LIEF's list has no symbols without a type, but the dynamic linker finds them all the same.
    return {
        str(symbol.name)
        for symbol in binary.dynamic_symbols
        if symbol.shndx != 0 and symbol.binding != lief.ELF.Symbol.BINDING.LOCAL and symbol.name
    }


def _weaknesses(binary: lief.ELF.Binary) -> Iterator[str]:
    stack = binary.get(SEGMENT.TYPE.GNU_STACK)
    if stack is None or SEGMENT.FLAGS.X in stack:
        yield "executable stack"
    if binary.get(SEGMENT.TYPE.GNU_RELRO) is None:
        yield "no RELRO"
    imports = {str(symbol.name) for symbol in binary.imported_symbols}
    checked = {name for name in imports if re.fullmatch(r"__\w+_chk", name)}
    # Statically linked C++ runtimes are not built so, and use the plain functions too: one checked function is proof.
    if imports & PRINTING and not checked:
        yield "no checked C functions (_FORTIFY_SOURCE)"
    # zig has the protector's function in a static library, so that its use of the guard is what shows; on x86_64 alone.
    code = b"".join(bytes(section.content) for section in binary.sections if section.name == ".text")
    known = binary.header.machine_type.name == "X86_64"
    if "__stack_chk_fail" not in imports and known and not GUARD_ON_X86_64.search(code):
        yield "no stack protector"
    if not any(entry.tag in (TAG.FLAGS, TAG.FLAGS_1) and "NOW" in str(entry) for entry in binary.dynamic_entries):
        yield "no immediate binding"
    # That of GCC can read what Orthanc's has written, also where it is linked statically, and Clang on Linux takes it. That of
    # zig cannot: see cmake/toolchains/zig_link.py.
    comments = b"".join(bytes(section.content) for section in binary.sections if section.name == ".comment")
    if b"clang version" in comments and b"GCC: (" not in comments and "_Unwind_RaiseException" not in imports:
        yield "an unwinder of its own, by which an exception of Orthanc ends the process"


def _faults(binary: lief.ELF.Binary, content: bytes) -> Iterator[str]:
    header = binary.header
    if header.file_type != lief.ELF.Header.FILE_TYPE.DYN or binary.get(SEGMENT.TYPE.INTERP) is not None:
        yield "is a program"
    for segment in binary.segments:
        if SEGMENT.FLAGS.W in segment and SEGMENT.FLAGS.X in segment:
            yield f"has a segment that is writable and executable ({segment.type.name})"
    tables = [
        (0, header.header_size + header.numberof_segments * header.program_header_size),
        (header.section_header_offset, header.numberof_sections * header.section_header_size),
    ]
    kinds = lief.ELF.Section.TYPE
    sections = [section for section in binary.sections if section.type not in (kinds.NOBITS, kinds.SHT_NULL_)]
    parts = [*tables, *((section.offset, section.size) for section in sections)]
    segments = [(segment.file_offset, segment.physical_size) for segment in binary.segments]
    yield from problems_of_size(len(content), max(offset + size for offset, size in parts + segments))
    if header.numberof_sections == 0:
        yield "has no section headers"
    elif hidden := hidden_bytes(content, [*parts, (len(content), 0)]):
        yield f"has {hidden} bytes between its sections"
    not_loaded = [str(section.name) or "without a name" for section in sections if section.virtual_address == 0]
    if others := set(not_loaded) - NOT_LOADED:
        yield f"has the section {some_of(others)}, which is not loaded"
    if twice := {name for name in not_loaded if not_loaded.count(name) > 1}:
        yield f"has the section {some_of(twice)} twice"
    yield from problems_of_layout(binary, _dynamic_entries(binary))
    yield from problems_of_notes(binary)
    comments = b"".join(bytes(section.content) for section in binary.sections if section.name == ".comment")
    yield from problems_of_fields(binary, content, comments)
    yield from problems_of_relocations(binary, content, dict(_dynamic_entries(binary)))
    yield from _problems_of_entries(binary)
    yield from _problems_of_end(binary)
    needed = {str(each.name) for needed in binary.symbols_version_requirement for each in needed.get_auxiliary_symbols()}
    if others := {name for name in needed if not GLIBC.fullmatch(name)}:
        yield f"needs the version {some_of(others)} of a library, which is not a number of glibc"
    if any(content[9:16]):
        yield "has bytes in the unused part of its header"
    entries = dict(_dynamic_entries(binary))
    found = {name for tag, name in OTHERS_CODE.items() if tag in entries}
    if found := found | ({"TEXTREL"} if entries.get(FLAGS, 0) & ALLOWS_TEXTREL else set()):
        yield f"has the dynamic entry {', '.join(sorted(found))}"


def _problems_of_entries(binary: lief.ELF.Binary) -> Iterator[str]:
    """Yield entries that no linker writes or that are there twice, and functions to call that are outside of the code."""
    usual = USUAL | (USUAL_ON_ARM if binary.header.machine_type.name == "AARCH64" else set())
    entries = list(_dynamic_entries(binary))
    tags = [tag for tag, _ in entries if tag not in (NEEDED, END)]
    if others := sorted({tag for tag in tags if tag not in usual | OTHERS_CODE.keys()}):
        yield f"has the dynamic entry {', '.join(map(hex, others))}"
    needed = [value for tag, value in entries if tag == NEEDED]
    if len(needed) != len(set(needed)):
        yield "needs a library twice"
    if len(needed) != len(binary.libraries):
        yield f"needs {len(needed)} libraries, and the names of {len(binary.libraries)} can be read"
    if twice := sorted({tag for tag in tags if tags.count(tag) > 1}):
        yield f"has the dynamic entry {', '.join(map(hex, twice))} twice"
    code = [section for section in binary.sections if section.has(lief.ELF.Section.FLAGS.EXECINSTR)]
    places = [value for tag, value in entries if tag in (INIT, FINI)]
    places += [binary.header.entrypoint] if binary.header.entrypoint else []
    for place in places:
        if not any(each.virtual_address <= place < each.virtual_address + each.size for each in code):
            yield f"begins or ends at {place:#x}, outside of its code"


def _problems_of_end(binary: lief.ELF.Binary) -> Iterator[str]:
    """Yield entries that are hidden from this program: the dynamic linker reads up to the first END, and ignores the size."""
    entries = list(_all_entries(binary))
    tags = [tag for tag, _ in entries]
    segment = binary.get(SEGMENT.TYPE.DYNAMIC)
    if END not in tags or segment is None:
        yield "has dynamic entries without an end"
        return
    if any(tag or value for tag, value in entries[tags.index(END) :]):
        yield "has bytes behind the last of its dynamic entries"
    told = (segment.file_offset, segment.physical_size)
    if [(each.offset, each.size) for each in binary.sections if each.name == ".dynamic"] != [told]:
        yield "has dynamic entries elsewhere than in .dynamic"


def _dynamic_entries(binary: lief.ELF.Binary) -> Iterator[tuple[int, int]]:
    """Yield tags and values, up to the end of the list and without that."""
    return itertools.takewhile(lambda entry: entry[0] != END, _all_entries(binary))


def _all_entries(binary: lief.ELF.Binary) -> Iterator[tuple[int, int]]:
    """Yield tags and values in the segment. LIEF does not know all tags."""
    segment = binary.get(SEGMENT.TYPE.DYNAMIC)
    wide = binary.header.identity_class == lief.ELF.Header.CLASS.ELF64
    content = bytes(segment.content) if segment is not None else b""
    size = 16 if wide else 8
    yield from struct.iter_unpack("<QQ" if wide else "<II", content[: len(content) // size * size])
