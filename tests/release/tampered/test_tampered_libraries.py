# SPDX-License-Identifier: GPL-3.0-or-later
"""A library that was tampered with is refused, with what is wrong: a row for each way, on what ci/build has built."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import tampered_elf as elf
import tampered_macho as macho
import tampered_pe as pe
from conftest import FOLDER, OTHER_VERSION, VERSION
from tampered_elf import Change, replaced

from orthanc_release.libraries.checks import Promise, check_library
from orthanc_release.targets import read_targets

ABOUT = f"orthanc-python {VERSION}; CPython: 3.13; SDK: ".encode()


def appended(more: bytes) -> Change:
    """Return a change that adds bytes at the end."""
    return lambda content: content + more


def cut(size: int) -> Change:
    """Return a change that takes bytes away at the end."""
    return lambda content: content[:-size]


def with_text(text: str, encoding: str = "ascii") -> Change:
    """Return a change that writes a text over others in the data of a library."""

    def change(content: bytes) -> bytes:
        new = b"\0" + text.encode(encoding) + b"\0\0"
        place = content.index(b"Register", content.index(b"RegisterRestCallback"))
        return elf.written(place, new)(content)

    return change


def halved(content: bytes) -> bytes:
    return content[: len(content) // 2]


ELF: list[tuple[str, Change, str]] = [
    ("a byte behind its end", appended(b"x"), "has 1 bytes after its end"),
    ("zeros behind its end", appended(bytes(4096)), "has 4096 bytes after its end"),
    ("a zip archive behind its end", appended(b"PK\5\6" + bytes(18)), "has 22 bytes after its end"),
    ("cut by a byte", cut(1), "is cut short: 1 bytes"),
    ("cut by a page", cut(4096), "is cut short: 4096 bytes"),
    ("no section headers", elf.without_sections, "has no section headers"),
    ("bytes between its sections", elf.with_bytes_between_sections, "has 64 bytes between its sections"),
    ("code that can be written", elf.with_flags(elf.LOAD, elf.WRITE, needs=elf.EXECUTE), "is writable and executable (LOAD)"),
    ("data that can be run", elf.with_flags(elf.LOAD, elf.EXECUTE, needs=elf.WRITE), "is writable and executable (LOAD)"),
    ("a stack that can be run", elf.with_flags(elf.STACK, elf.EXECUTE), "executable stack"),
    ("no RELRO", elf.with_kind(elf.RELRO, 0), "no RELRO"),
    ("no immediate binding", elf.without_now, "no immediate binding"),
    ("no comment of its compiler", elf.without_comment, "has the comment ''"),
    ("an unwinder of its own", elf.without_shared_unwinder, "an unwinder of its own"),
    ("relocations in code", elf.with_textrel, "has the dynamic entry TEXTREL"),
    ("a program", elf.written(16, b"\2\0"), "is a program"),
    ("a program's interpreter", elf.with_kind(elf.STACK, elf.INTERP), "is a program"),
    ("another processor", elf.written(18, b"\xb7\0"), "is for the processor arm64, its name says x86_64"),
    (
        "another SONAME",
        elf.with_entry(elf.RELACOUNT, elf.SONAME, elf.name_in_strings(b"libdl.so.2")),
        "calls itself libdl.so.2, not libOrthancPython.so",
    ),
    ("another library", replaced(b"libdl.so.2", b"libxy.so.2"), "needs libxy.so.2"),
    ("a library by its path", replaced(b"libdl.so.2", b"/tmp/xy.so"), "needs /tmp/xy.so"),
    (
        "a newer libpython",
        replaced(b"libpython3.13.so.1.0", b"libpython3.12.so.1.0"),
        "is for CPython 3.12, its name says 3.13",
    ),
    ("no libpython", replaced(b"libpython3.13.so.1.0", b"libpthread.so.0\0\0\0\0\0"), "does not need a libpython"),
    (
        "a run path",
        elf.with_entry(elf.RELACOUNT, elf.RUNPATH, elf.name_in_strings(b"libdl.so.2")),
        "has the run path libdl.so.2",
    ),
    ("a library that looks on", elf.with_entry(elf.RELACOUNT, elf.AUDIT), "has the dynamic entry AUDIT"),
    ("a library in its place", elf.with_entry(elf.RELACOUNT, elf.FILTER), "has the dynamic entry FILTER"),
    ("a library before it", elf.with_entry(elf.RELACOUNT, elf.AUXILIARY), "has the dynamic entry AUXILIARY"),
    ("code behind its end", elf.with_loaded_tail(elf.READ | elf.EXECUTE), "has no segment of code, or several"),
    ("loaded bytes behind its end", elf.with_loaded_tail(elf.READ), "has 4096 bytes between its sections"),
    ("RELRO for a byte", elf.with_size_of(elf.RELRO, 1), "has .dynamic outside of what RELRO protects"),
    (
        "the first of all to start",
        elf.with_entry(elf.FLAGS_1, elf.FLAGS_1, lambda _: 0x21),
        "has the flags 0x20 for the dynamic",
    ),
    (
        "in place of the program's functions",
        elf.with_entry(elf.FLAGS_1, elf.FLAGS_1, lambda _: 0x401),
        "has the flags 0x400 for",
    ),
    ("another system's variant", elf.written(7, b"\x09"), "is for a variant of its system or processor"),
    ("a section of code more", elf.with_section_flag(b".rodata", elf.CODE_IN_SECTION), "has code in the section .rodata"),
    ("an export that chooses itself", elf.with_export(4, b"\x1a"), "exports OrthancPluginFinalize as something else"),
    ("an export that nobody sees", elf.with_export(5, b"\2"), "exports OrthancPluginFinalize as something else"),
    ("an export in data", elf.with_export(8, bytes(8)), "exports OrthancPluginFinalize as something else"),
    ("flags of a processor's variant", elf.written(48, b"\x05"), "is for a variant of its system or processor"),
    ("for processors with x86-64-v3", elf.with_property(0xC0008002, 0x4), "needs x86-64-v3 by its notes"),
    ("code for x86-64-v4", elf.with_property(0xC0010002, 0x9), "needs x86-64-v4 by its notes"),
    ("registers of newer processors", elf.with_property(0xC0008001, 0x20), "has the property 0xc0008001 with the value 0x20"),
    ("another way to find symbols", elf.with_property(0xB0008000, 1), "has the property 0xb0008000 with the value 0x1"),
    ("properties of another processor", elf.with_property(0xC0000000, 3), "has the property 0xc0000000 with the value 0x3"),
    ("a newer kernel", elf.with_system(0, 9, 1, 0), "needs the kernel 9.1.0 of the system 0, by its notes"),
    ("a kernel of another system", elf.with_system(3, 2, 0, 0), "needs the kernel 2.0.0 of the system 3, by its notes"),
    ("a note of someone else", elf.with_note(struct.pack("<III4s", 4, 8, 7, b"FDO\0") + bytes(8)), "of the kind 7 by 'FDO'"),
    ("no build ID", elf.with_system(0, 2, 6, 32), "has no build ID, by which debuggers find its symbols"),
    ("a build ID of no bytes", elf.with_note(struct.pack("<III4s", 4, 0, 3, b"GNU\0")), "has the build ID of no bytes"),
    ("a build ID of one byte", elf.with_note(struct.pack("<III4sI", 4, 1, 3, b"GNU\0", 7)), "has the build ID 07, which no"),
    ("a build ID of zeros", elf.with_note(struct.pack("<III4s", 4, 20, 3, b"GNU\0") + bytes(20)), "has the build ID 0000"),
    (
        "two build IDs",
        elf.with_note(struct.pack("<III4s", 4, 0, 3, b"GNU\0") * 2),
        "has 2 build IDs",
    ),
    ("a note that does not end", elf.with_note(struct.pack("<III4s", 4, 99, 3, b"GNU\0")), "has damaged notes"),
    ("a second answer about the stack", elf.with_second(elf.STACK, elf.READ | elf.EXECUTE), "has the segment GNU_STACK twice"),
    ("a second dynamic section", elf.with_second(elf.DYNAMIC, elf.READ), "has the segment DYNAMIC twice"),
    ("a segment of its own kind", elf.with_kind(elf.NOTE, 5), "has a segment of the kind SHLIB"),
    (
        "code from another place in the file",
        elf.with_field(elf.LOAD, 8, -4096, needs=elf.EXECUTE),
        "has .text at another address than its segments load it to",
    ),
    (
        "a dynamic section from another place",
        elf.with_field(elf.DYNAMIC, 16, 16),
        "has DYNAMIC at another address than its segments load it to",
    ),
    ("code over its data", elf.with_field(elf.LOAD, 40, 1 << 24, needs=elf.EXECUTE), "has segments that overlap in memory"),
    ("a second table of names", elf.with_entry(elf.RELACOUNT, 5), "has the dynamic entry 0x5 twice"),
    ("other functions to call first", elf.with_entry(elf.RELACOUNT, 25, lambda _: 32), "has the dynamic entry 0x19 twice"),
    ("a table that nobody knows", elf.with_entry(elf.RELACOUNT, 0x6FFFFEF8), "has the dynamic entry 0x6ffffef8"),
    (
        "a beginning in its header",
        elf.with_entry(elf.RELACOUNT, 12, lambda _: 64),
        "begins or ends at 0x40, outside of its code",
    ),
    ("an end in its header", elf.with_entry(elf.RELACOUNT, 13, lambda _: 64), "begins or ends at 0x40, outside of its code"),
    ("bytes in its header", elf.written(9, b"payload"), "has bytes in the unused part of its header"),
    ("a newer glibc", replaced(b"\0GLIBC_2.27\0", b"\0GLIBC_2.99\0"), "needs linux 2.99, not 2.28"),
    ("another export", replaced(b"\0OrthancPluginFinalize\0", b"\0OrthancPluginFinalise\0"), "exports OrthancPluginFinalise"),
    ("a compiler that is none", replaced(b"clang version 20.1.2", b"payload version 20.1"), "which is of no compiler"),
    ("a linker that is none", replaced(b"Linker: LLD 20.1.2", b"Linker: BAD 20.1.2"), "which is of no compiler"),
    ("a second address", elf.with_field(elf.LOAD, 24, 0x1000, needs=elf.EXECUTE), "has the segment LOAD with two addresses"),
    ("bytes in a section without a name", elf.with_section(1, b"", b"payload!" * 9), "has the section without a name, which"),
    (
        "bytes in a section of nothing",
        elf.with_section(0, b"", b"payload!" * 9),
        "has a second empty section, or one with fields",
    ),
    ("a second empty section", elf.with_empty_section, "has a second empty section, or one with fields"),
    ("a second comment", elf.with_section(1, b".comment", b"payload!"), "has the section .comment twice"),
    ("bytes in a second table of names", elf.with_section(1, b".shstrtab", b"payload!"), "has the section .shstrtab twice"),
    ("bytes in the table of names", elf.with_names(b"payload!\0"), "has 8 bytes in its table of names that no section uses"),
    (
        "bytes in place of a file's name",
        elf.with_debug_link(b"payload!" * 9),
        "has a .gnu_debuglink that is not a file name and a checksum",
    ),
    (
        "bytes behind a file's name",
        elf.with_debug_link(b"x.debug\0CRC4payload!"),
        "has a .gnu_debuglink that is not a file name and a checksum",
    ),
    ("a path of a symbol file", elf.with_debug_link(b"a/x.debug\0\0\0CRC4"), "has a .gnu_debuglink that is not a file name"),
    ("a long name of a symbol file", elf.with_debug_link(b"x" * 256 + b"\0\0\0\0CRC4"), "has a .gnu_debuglink that is not"),
    (
        "a control character in a name",
        elf.with_debug_link(b"x\x1b.debug\0CRC4"),
        "has a .gnu_debuglink that is not a file name",
    ),
    ("a large alignment", elf.with_field(elf.LOAD, 48, 1 << 30, needs=elf.EXECUTE), "has the segment LOAD with the alignment"),
    ("an odd alignment", elf.with_field(elf.LOAD, 48, 1, needs=elf.EXECUTE), "has the segment LOAD with the alignment"),
    ("a larger stack", elf.with_field(elf.STACK, 40, 1 << 40), "asks for a stack of another size"),
    ("much memory of each thread", elf.with_field(7, 40, 1 << 40), "bytes of each thread"),
    ("another version of its format", elf.written(20, b"\7"), "has another version of the format"),
    ("another version in its first bytes", elf.written(6, b"\7"), "has another version of the format"),
    (
        "a section's alignment",
        elf.in_section_header(b".text", 48, "<Q", 0x41414141),
        "has the section .text with an alignment or flags",
    ),
    ("a section's flags", elf.with_section_flag(b".rodata", 0xF0000000), "has the section .rodata with an alignment or flags"),
    ("a library twice", elf.with_entry(elf.RELACOUNT, elf.NEEDED, elf.name_in_strings(b"libdl.so.2")), "needs a library twice"),
    (
        "data to call first",
        elf.with_relocation(16, "<q", elf.address_of(b".rodata"), of=b".init_array"),
        "that is outside of its",
    ),
    (
        "nothing to call first",
        elf.with_relocation(8, "<Q", lambda _: 1 << 32 | 6, of=b".init_array"),
        "has a function to call in .init_array",
    ),
    ("more functions to call", elf.with_entry(27, 27, lambda _: 80000), "has functions to call elsewhere than in .init_array"),
    ("very many functions to call", elf.with_large_array, "has more functions to call in .init_array than any library"),
    ("fewer functions to call", elf.with_entry(27, 27, lambda _: 8), "has functions to call elsewhere than in .init_array"),
    ("code that is written", elf.with_relocation(0, "<Q", elf.address_of(b".text")), "outside of its data"),
    ("a function that is called before all", elf.with_relocation(8, "<Q", lambda _: 37), "has relocations of the kind 37"),
    ("relocations from elsewhere", elf.with_entry(7, 7, lambda _: 1 << 40), "has damaged relocations"),
    ("a hidden library in its place", elf.with_hidden_entry(elf.FILTER, 1), "has dynamic entries without an end"),
    ("a hidden table of functions", elf.with_hidden_entry(elf.FINI, 0x10), "has dynamic entries without an end"),
    ("an entry behind the last one", elf.with_entry_behind_end, "has bytes behind the last of its dynamic entries"),
    ("another section of entries", elf.in_section_header(b".dynamic", 32, "<Q", 16), "has dynamic entries elsewhere than in"),
    ("a function to call first, written again", elf.with_last_jump_in(b".init_array", 0), "has two relocations at"),
    ("half of a function to call first", elf.with_last_jump_in(b".init_array", 4), "has two relocations at"),
    ("an entry that is written", elf.with_last_jump_in(b".dynamic", 8), "has a relocation in its dynamic entries"),
    ("a private version of glibc", replaced(b"\0GLIBC_2.27\0", b"\0GLIBC_PRIV\0"), "needs the version GLIBC_PRIV of a library"),
    ("no versions of glibc", elf.without_versions, "does not say the oldest linux that it needs"),
    ("a name with an escape", replaced(b"libdl.so.2", b"libx\x1b[2J.2"), "needs 'libx\\x1b[2J.2'"),
    (
        "no text about it",
        replaced(f"orthanc-python {VERSION}; CPython".encode(), f"orthanc-python {VERSION}; Cpython".encode()),
        "does not say what it is",
    ),
    (
        "another version",
        replaced(f"orthanc-python {VERSION}; CPython".encode(), f"orthanc-python {OTHER_VERSION}; CPython".encode()),
        f"is version {OTHER_VERSION}",
    ),
    ("another CPython in words", replaced(ABOUT, ABOUT.replace(b"3.13", b"3.12")), "is for CPython 3.12, its name says 3.13"),
    (
        "another compiler in words",
        replaced(b"compiler: Clang 20.1.2", b"compiler: Clang 99.1.2"),
        "says that Clang 99.1.2 compiled it",
    ),
    ("another system in words", replaced(b"system: Linux x86_64", b"system: Linux x86_32"), "says that it is for linux x86_32"),
    ("a text", lambda content: b"#!/bin/sh\n", "is not a library of Linux, Windows or macOS"),
    ("nothing", lambda content: b"", "is not a library of Linux, Windows or macOS"),
    ("a path of a home", with_text("/home/jane/work/plugin.cpp"), "contains the path /home/jane/work/plugin.cpp"),
    ("a path of macOS", with_text("/Users/runner/work/a.cpp"), "contains the path /Users/runner"),
    ("a path of GitLab", with_text("/builds/group/a.cpp"), "contains the path /builds/group/a.cpp"),
    ("a path in /tmp", with_text("/tmp/tmp8d2/a.cpp"), "contains the path /tmp/tmp8d2/a.cpp"),
    ("a path of root", with_text("/root/plugin/a.cpp"), "contains the path /root/plugin/a.cpp"),
    ("a path of a container", with_text("/project/src/a.cpp"), "contains the path /project/src/a.cpp"),
    ("a path of GitHub", with_text("D:\\a\\project\\a.cpp"), "contains the path D:\\a\\project\\a.cpp"),
    ("a path of Windows", with_text("C:\\Users\\jane\\a.cpp"), "contains the path C:\\Users\\jane\\a.cpp"),
    ("a path with slashes", with_text("C:/Users/jane/a.cpp"), "contains the path C:/Users/jane/a.cpp"),
    ("a path of a server", with_text("\\\\nas\\builds\\a.cpp"), "contains the path \\\\nas\\builds\\a.cpp"),
]

PE: list[tuple[str, Change, str]] = [
    ("a byte behind its end", appended(b"x"), "has 1 bytes after its end"),
    ("cut by a sector", cut(512), "is cut short: 512 bytes"),
    ("cut in half", halved, "is cut short"),
    ("bytes before its first section", pe.with_bytes_in_padding, "has 8 bytes between its sections"),
    ("a byte of code", elf.written(0x2000, b"\xcc" * 4), "has the checksum"),
    ("code that can be written", pe.with_section_flags(b".text", pe.WRITE), "is writable and executable (.text)"),
    ("data that can be run", pe.with_section_flags(b".data", pe.EXECUTE), "is writable and executable (.data)"),
    ("a program", pe.as_program, "is a program"),
    ("an alignment of zero", pe.without_alignment, "is a damaged library"),
    ("no hardening", pe.without_hardening, "executable data, no address space randomization"),
    ("a newer Windows", pe.of_newer_windows, "needs windows 10.0, not 6.0"),
    ("another library", replaced(b"msvcrt.dll\0", b"evilrt.dll\0"), "needs evilrt.dll"),
    ("another alphabet's library", pe.needing(b"\xe9vilrt.dll"), "needs \xe9vilrt.dll"),
    ("an accent and a shorter name", pe.needing(b"\xe9vilrt.dl"), "needs \xe9vilrt.dl"),
    ("a library with a tab", pe.needing(b"a\tlrt.dll"), "needs 'a\\tlrt.dll'"),
    ("a library with three characters", pe.needing(b"e.x"), "needs e.x"),
    ("another part of Windows' C library", pe.needing_part(b"eviltime"), "needs api-ms-win-crt-eviltime-l1-1-0.dll"),
    ("a list of libraries elsewhere", pe.with_table(1, 16, 40), "has a damaged table of the libraries that it needs"),
    ("another CPython", replaced(b"python313.dll", b"python312.dll"), "is for CPython 3.12, its name says 3.13"),
    ("another name", replaced(b"\0OrthancPython.dll\0", b"\0OrthancPyth0n.dll\0"), "calls itself OrthancPyth0n.dll"),
    ("another export", replaced(b"\0OrthancPluginFinalize\0", b"\0OrthancPluginFinalise\0"), "exports OrthancPluginFinalise"),
    ("an export of another library", pe.forwarded, "in another library"),
    (
        "another version for readers",
        pe.in_resource(f"FileVersion\0\x00{VERSION}", f"FileVersion\0\x00{OTHER_VERSION}"),
        f"has FileVersion {OTHER_VERSION} in its",
    ),
    (
        "another product version",
        pe.in_resource(f"{VERSION}\0", f"{OTHER_VERSION}\0"),
        f"{OTHER_VERSION} in its version resource, not {VERSION}",
    ),
    ("another version for programs", pe.with_number, f"has File number 9.9.0.0 in its version resource, not {VERSION}.0"),
    (
        "another CPython for readers",
        pe.in_resource("Runs Python 3.13", "Runs Python 3.12"),
        "has FileDescription Runs Python 3.12",
    ),
    ("another product", pe.in_resource("orthanc-python", "orthanc-pyhton"), "has CompanyName orthanc-pyhton in its"),
    ("another licence", pe.in_resource("GPL-3.0-or-later", "GPL-3.0-or-older"), "has LegalCopyright GPL-3.0-or-older"),
    ("another file name", pe.in_resource("OrthancPython.dll", "OrthancPyth0n.dll"), "has OriginalFilename OrthancPyth0n.dll"),
    ("no version resource", pe.in_resource("StringFileInfo", "StringFileInf0"), "in its version resource, not"),
    (
        "another version in words",
        replaced(f"orthanc-python {VERSION}; CPython".encode(), f"orthanc-python {OTHER_VERSION}; CPython".encode()),
        f"is version {OTHER_VERSION}",
    ),
    (
        "another system in words",
        replaced(b"system: Windows x86_64", b"system: Windows x86_32"),
        "says that it is for windows x86_32",
    ),
    ("a path", with_text("D:\\a\\project\\a.cpp"), "contains the path D:\\a\\project\\a.cpp"),
    ("code in data", pe.summed(pe.with_section_flags(b".rdata", pe.EXECUTE)), "has code in the section .rdata"),
    ("bytes in its program for DOS", pe.summed(elf.written(0x60, b"payload!")), "has another part for DOS than linkers write"),
    ("bytes in its header for DOS", pe.summed(elf.written(0x28, b"payload!")), "has another part for DOS than linkers write"),
    ("a table of .NET", pe.with_table(14, 0x2000, 72), "has the table CLR_RUNTIME_HEADER"),
    ("a table of bound libraries", pe.with_table(11, 0x2000, 72), "has the table BOUND_IMPORT"),
    ("for apps alone", pe.with_flag(70, 0x1000), "has the flag APPCONTAINER"),
    ("only with a signature", pe.with_flag(70, 0x80), "has the flag FORCE_INTEGRITY"),
    ("no relocations", pe.with_flag(-2, 1), "has no relocations, so that its address is always the same"),
    ("no table of relocations", pe.with_table(5, 0, 0), "has no relocations, so that its address is always the same"),
    ("another Windows in a reserved field", pe.in_header(52, "<I", 5), "has reserved fields that are not zero"),
    ("a beginning in data", pe.in_header(16, "<I", 8), "has its beginning outside of its code"),
    ("an export in data", pe.with_export_in_data, "outside of its code"),
    ("a function for its threads in data", pe.with_function_for_threads, "has a function for its threads outside of its code"),
    ("a number in an unused field", pe.in_header(44, "<I", 0x99990001), "has reserved fields that are not zero"),
    ("bytes in place of a signature", pe.with_certificate, "has a signature that is not one of this file"),
    (
        "a manifest that brings a library",
        pe.with_manifest('<assembly xmlns="urn:schemas-microsoft-com:asm.v1"><file name="evil.dll"/></assembly>'),
        "has a manifest with file",
    ),
    ("a time", pe.in_header(-16, "<I", 0x41424344), "has a time in its header"),
    ("a table of symbols", pe.in_header(-12, "<I", 0x400), "has a table of symbols in it"),
    ("a copy to run from", pe.with_flag(-2, 0x0C00), "has flags in its header that no linker writes"),
    ("a later Windows by another field", pe.in_header(40, "<H", 99), "needs a later Windows by one field"),
    ("the subsystem of drivers", pe.in_header(68, "<H", 1), "is for the subsystem NATIVE"),
    ("no checksum", lambda content: elf.written(pe.header(content) + 64, bytes(4))(content), "has no checksum"),
    ("another size in memory", pe.in_header(56, "<I", 0x7FFFF000), "in memory by its header"),
    ("relocations of a section", pe.in_section(b".text", 24, lambda _: 0x41414141), "in the section .text"),
    ("numbers of lines", pe.in_section(b".text", 28, lambda _: 0x41414141), "in the section .text"),
    ("no table for exceptions", pe.with_table(3, 0, 0), "has no table for exceptions"),
    ("flags of exports", pe.in_exports(0, 0x41424344), "has exports with flags or a version"),
    ("a time of exports", pe.in_exports(4, 0x41424344), "has exports with a time of their own"),
    ("a version of exports", pe.in_exports(8, 0x00010002), "has exports with flags or a version"),
    (
        "two sections of the same bytes",
        pe.in_section(b".data", 20, lambda offset: offset - 512),
        "has .text and .data in the same bytes in the file",
    ),
    (
        "code over its data",
        pe.in_section(b".text", 8, lambda size: size + (1 << 20)),
        "has .text and .data in the same bytes in memory",
    ),
    (
        "code over its headers",
        pe.in_section(b".text", 20, lambda _: 512),
        "has its headers and .text in the same bytes in the file",
    ),
    ("a path in wide characters", with_text("C:\\Users\\jane\\a.cpp", "utf-16-le"), "contains the path C:\\Users\\jane\\a.cpp"),
]

MACHO: list[tuple[str, Change, str]] = [
    ("a byte behind its end", appended(b"x"), "has 1 bytes after its end"),
    ("cut by a byte", cut(1), "is cut short: 1 bytes"),
    ("a byte of code", elf.written(0x8000, b"\xcc" * 4), "was changed after it was signed, in 1 pages"),
    ("a signature of one page", macho.with_shorter_signature, "has a code signature of 4096 bytes"),
    ("a damaged signature", macho.with_damaged_signature, "has a damaged code signature"),
    ("checksums of no bytes", macho.with_empty_checksums, "has a damaged code signature: its checksums have 0 bytes, not 32"),
    (
        "bytes behind the checksums",
        macho.with_bytes_behind_checksums,
        "has a code signature with bytes behind its checksums",
    ),
    ("bytes in a certificate", macho.with_part(0xFADE0B01, b"payload!" * 9), "it has a certificate, and no signer is known"),
    ("bytes in requirements", macho.with_part(0xFADE0C01, b"payload!" * 9), "it has requirements of a certificate"),
    ("no signature", macho.with_command(macho.SIGNATURE, macho.UUID), "has no code signature"),
    ("code that can be written", macho.writable_code, "is writable and executable (__TEXT)"),
    ("a program", macho.as_program, "is a program"),
    ("no oldest macOS", macho.signed_again(macho.without_version), "does not say the oldest macos that it needs"),
    ("its version in the former form", macho.signed_again(macho.without_version), "has the load command VERSION_MIN_MACOSX"),
    ("two versions", macho.signed_again(macho.with_second_version), "has the load command BUILD_VERSION twice"),
    ("a newer macOS", macho.of_newer_macos, "needs macos 15.0.0, not 11.0"),
    (
        "another library",
        replaced(b"/usr/lib/libSystem.B.dylib", b"/usr/lib/libXystem.B.dylib"),
        "needs /usr/lib/libXystem.B.dylib",
    ),
    (
        "a library that may be missing",
        macho.with_command(macho.DYLIB, macho.WEAK_DYLIB),
        "has the load command LOAD_WEAK_DYLIB",
    ),
    ("a library as part of it", macho.with_command(macho.DYLIB, macho.REEXPORT), "has the load command REEXPORT_DYLIB"),
    (
        "no run path to Homebrew",
        replaced(b"/opt/homebrew/opt/python@3.13/Frameworks", b"/opt/homebrew/opt/python@3.12/Frameworks"),
        "lacks the run path /opt/homebrew/opt/python@3.13",
    ),
    ("a run path", macho.with_command(macho.DYLIB, macho.RPATH), "has the run path"),
    ("another CPython", replaced(b"libpython3.13.dylib", b"libpython3.12.dylib"), "is for CPython 3.12, its name says 3.13"),
    (
        "another version in words",
        replaced(f"orthanc-python {VERSION}; CPython".encode(), f"orthanc-python {OTHER_VERSION}; CPython".encode()),
        f"is version {OTHER_VERSION}",
    ),
    ("a path", with_text("/Users/runner/work/a.cpp"), "contains the path /Users/runner/work/a.cpp"),
    ("bytes behind its commands", macho.signed_again(macho.with_bytes_behind_commands), "has 8 bytes between its parts"),
    ("for telephones", macho.signed_again(macho.of_system(2)), "is for the system IOS"),
    ("a stack that can be run", macho.signed_again(macho.with_flag(0x20000)), "has the flag ALLOW_STACK_EXECUTION"),
    ("functions of any library", macho.signed_again(macho.with_flag(0x100)), "has the flag FORCE_FLAT"),
    ("for newer processors", macho.signed_again(elf.written(8, b"\2")), "is for the processors of subtype 2 only"),
    ("a second library in it", macho.with_second, "is for the processor arm64 and arm64, its name says arm64"),
    ("bytes behind the signature", macho.signed_again(macho.with_bytes_in_signature), "it has bytes behind its parts"),
    ("another segment", macho.signed_again(replaced(b"__DATA\0", b"__EVIL\0")), "has the segment __EVIL"),
    ("bytes in its header", macho.signed_again(elf.written(28, b"load")), "has bytes in the unused part of its header"),
    (
        "data as functions to call first",
        macho.signed_again(macho.with_kind_of_section(b"__const", 9)),
        "has functions that are called at its start in __const",
    ),
    (
        "a segment twice",
        macho.signed_again(replaced(b"__DATA_CONST\0\0\0\0", b"__DATA\0\0\0\0\0\0\0\0\0\0")),
        "has the segment __DATA twice",
    ),
    (
        "data in place of its code",
        macho.signed_again(macho.in_segment(b"__DATA", 24, "<Q", -0x8000)),
        "has segments that overlap in memory",
    ),
    (
        "data of its code's bytes",
        macho.signed_again(macho.in_segment(b"__DATA", 40, "<Q", -0x8000)),
        "has segments that overlap in the file",
    ),
    (
        "a section of other bytes",
        macho.signed_again(macho.in_section(b"__const", 48, "<I", 16)),
        "has the section __const outside of its segment",
    ),
    (
        "a section behind its segment",
        macho.signed_again(macho.in_section(b"__text", 40, "<Q", 1 << 30)),
        "has the section __text outside of its segment __TEXT",
    ),
    (
        "functions of other libraries",
        macho.signed_again(macho.with_kind_of_section(b"__thread_vars", 0xD)),
        "replaces functions of other libraries",
    ),
]
ROWS = [
    pytest.param(target, change, text, id=f"{target}: {name}")
    for target, rows in {"linux-x86_64": ELF, "windows-x86_64": PE, "macos-arm64": MACHO}.items()
    for name, change, text in rows
]


def problems_of(target: str, content: bytes, folder: Path) -> list[str]:
    """Return what ci/verify finds wrong with a plugin that stands alone."""
    known = read_targets()[target]
    file = folder / known.loader
    file.write_bytes(content)
    return check_library(file, Promise(known, "3.13", True, VERSION)).problems


@pytest.fixture(scope="module")
def plugins(targets: object) -> dict[str, bytes]:
    """Plugins as they were built, in which nothing is wrong."""
    known = read_targets()
    names = ("linux-x86_64", "windows-x86_64", "macos-arm64")
    return {name: (FOLDER / name / known[name].stand_alone("3.13")).read_bytes() for name in names}


@pytest.mark.parametrize("target", ["linux-x86_64", "windows-x86_64", "macos-arm64"])
def test_nothing_is_wrong(target: str, plugins: dict[str, bytes], tmp_path: Path) -> None:
    assert problems_of(target, plugins[target], tmp_path) == []


@pytest.mark.parametrize(("target", "change", "text"), ROWS)
def test_a_tampered_library(target: str, change: Change, text: str, plugins: dict[str, bytes], tmp_path: Path) -> None:
    changed = change(plugins[target])
    assert changed != plugins[target]
    problems = problems_of(target, changed, tmp_path)
    assert any(text in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("target", "change"),
    [
        pytest.param("linux-x86_64", elf.with_debug_link(b"x.so.debug\0\0CRC4"), id="the name of a symbol file"),
        pytest.param(
            "linux-x86_64", elf.with_debug_link(b"My (1), lib~x.debug\0CRC4"), id="a name of a symbol file with spaces"
        ),
        pytest.param("linux-x86_64", elf.with_debug_link(b"x" * 255 + b"\0CRC4"), id="a long name of a symbol file"),
        pytest.param("macos-arm64", macho.with_part(0xFADE0B01, b""), id="no certificate"),
        pytest.param("macos-arm64", macho.with_part(0xFADE0C01, bytes(4)), id="no requirements"),
    ],
)
def test_parts_that_tools_write(target: str, change: Change, plugins: dict[str, bytes], tmp_path: Path) -> None:
    """Apple's codesign writes the latter two also without a certificate."""
    assert problems_of(target, change(plugins[target]), tmp_path) == []
