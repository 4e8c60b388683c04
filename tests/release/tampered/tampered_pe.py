# SPDX-License-Identifier: GPL-3.0-or-later
"""Manipulations of a library for Windows: each function takes the bytes of one and returns those of another."""

from __future__ import annotations

import struct
from collections.abc import Callable

import lief
from tampered_elf import Change, replaced, written

WRITE, EXECUTE = 0x80000000, 0x20000000


def header(content: bytes) -> int:
    """Return where the optional header is."""
    (start,) = struct.unpack_from("<I", content, 0x3C)
    return int(start) + 24


def sections(content: bytes) -> list[int]:
    """Return where the section headers are."""
    start = header(content)
    count, size = struct.unpack_from("<H", content, start - 18)[0], struct.unpack_from("<H", content, start - 4)[0]
    return [start + size + 40 * index for index in range(count)]


def without_alignment(content: bytes) -> bytes:
    """Let sections begin anywhere in memory."""
    return written(header(content) + 32, bytes(4))(content)


def with_section_flags(name: bytes, add: int) -> Change:
    """Return a change that adds flags to a section."""

    def change(content: bytes) -> bytes:
        place = next(place for place in sections(content) if content[place : place + 8].rstrip(b"\0") == name)
        (flags,) = struct.unpack_from("<I", content, place + 36)
        return written(place + 36, struct.pack("<I", flags | add))(content)

    return change


def in_section(name: bytes, offset: int, change_of: Callable[[int], int]) -> Change:
    """Return a change of a field of four bytes in the header of a section."""

    def change(content: bytes) -> bytes:
        place = next(place for place in sections(content) if content[place : place + 8].rstrip(b"\0") == name) + offset
        (value,) = struct.unpack_from("<I", content, place)
        return written(place, struct.pack("<I", change_of(value)))(content)

    return summed(change)


def as_program(content: bytes) -> bytes:
    """Take away that it is a DLL."""
    place = header(content) - 2
    (flags,) = struct.unpack_from("<H", content, place)
    return written(place, struct.pack("<H", flags & ~0x2000))(content)


def without_hardening(content: bytes) -> bytes:
    """Take away address space randomization and data that cannot be run."""
    return written(header(content) + 70, struct.pack("<H", 0))(content)


def of_newer_windows(content: bytes) -> bytes:
    """Have it need Windows 10."""
    return written(header(content) + 48, struct.pack("<HH", 10, 0))(content)


def with_bytes_in_padding(content: bytes) -> bytes:
    """Use the gap between the headers and the first section."""
    return written(sections(content)[-1] + 40, b"payload!")(content)


def in_resource(old: str, new: str) -> Change:
    """Return a change of a text in the version resource."""
    return replaced(old.encode("utf-16-le"), new.encode("utf-16-le"))


def with_number(content: bytes) -> bytes:
    """Change the version that programs read, and not the text of it."""
    place = content.index(struct.pack("<I", 0xFEEF04BD)) + 8
    return written(place, struct.pack("<I", 9 << 16 | 9))(content)


def forwarded(content: bytes) -> bytes:
    """Have another library do what one of its functions does."""
    binary = lief.PE.parse(list(content))
    assert binary is not None
    table = binary.data_directory(lief.PE.DataDirectory.TYPES.EXPORT_TABLE)
    assert table is not None
    start = binary.rva_to_offset(table.rva)
    (functions,) = struct.unpack_from("<I", content, start + 28)
    name = content.index(b"OrthancPluginFinalize\0", start)
    # An address within the table is that of a name: here, of one of its own.
    return written(binary.rva_to_offset(functions), struct.pack("<I", table.rva + name - start))(content)


def summed(change: Change) -> Change:
    """Return a change after which the checksum in the header is right again."""

    def changed(content: bytes) -> bytes:
        content = change(content)
        binary = lief.PE.parse(list(content))
        assert binary is not None
        return written(header(content) + 64, struct.pack("<I", binary.compute_checksum()))(content)

    return changed


def in_header(offset: int, form: str, value: int) -> Change:
    """Return a change of a field of the optional header."""
    return summed(lambda content: written(header(content) + offset, struct.pack(form, value))(content))


def with_flag(offset: int, flag: int) -> Change:
    """Return a change that adds a flag to a field of two bytes, at an offset from the optional header."""

    def change(content: bytes) -> bytes:
        place = header(content) + offset
        (flags,) = struct.unpack_from("<H", content, place)
        return written(place, struct.pack("<H", flags | flag))(content)

    return summed(change)


def with_table(index: int, address: int, size: int) -> Change:
    """Return a change of an entry of the list of tables, of a library of 64 bits."""
    return summed(lambda content: written(header(content) + 112 + 8 * index, struct.pack("<II", address, size))(content))


def with_certificate(content: bytes) -> bytes:
    """Append a payload in the place of a signature."""
    payload = struct.pack("<IHH", 512, 0x200, 2) + b"\x30\x82\x01\xf4" + b"payload!" * 62 + b"\0" * 4
    return with_table(4, len(content), len(payload))(content + payload)


def with_export_in_data(content: bytes) -> bytes:
    """Have a function begin in data."""
    binary = lief.PE.parse(list(content))
    assert binary is not None
    table = binary.data_directory(lief.PE.DataDirectory.TYPES.EXPORT_TABLE)
    assert table is not None
    (functions,) = struct.unpack_from("<I", content, binary.rva_to_offset(table.rva) + 28)
    address = binary.get_section(".data").virtual_address
    return summed(written(binary.rva_to_offset(functions), struct.pack("<I", address)))(content)


def with_function_for_threads(content: bytes) -> bytes:
    """Have Windows call data for each thread."""
    binary = lief.PE.parse(list(content))
    assert binary is not None
    table = binary.data_directory(lief.PE.DataDirectory.TYPES.TLS_TABLE)
    assert table is not None
    base = binary.optional_header.imagebase
    (functions,) = struct.unpack_from("<Q", content, binary.rva_to_offset(table.rva) + 24)
    address = base + binary.get_section(".data").virtual_address
    return summed(written(binary.rva_to_offset(functions - base), struct.pack("<Q", address)))(content)


def with_manifest(text: str) -> Change:
    """Return a change that adds a manifest to the resources."""

    def change(content: bytes) -> bytes:
        binary = lief.PE.parse(list(content))
        assert binary is not None and isinstance(binary.resources_manager, lief.PE.ResourcesManager)
        binary.resources_manager.manifest = text
        config = lief.PE.Builder.config_t()
        config.resources = True
        return bytes(binary.write_to_bytes(config))

    return change


def in_exports(offset: int, value: int) -> Change:
    """Return a change of a field of four bytes in the table of exports."""

    def change(content: bytes) -> bytes:
        binary = lief.PE.parse(list(content))
        assert binary is not None
        table = binary.data_directory(lief.PE.DataDirectory.TYPES.EXPORT_TABLE)
        assert table is not None
        return written(binary.rva_to_offset(table.rva) + offset, struct.pack("<I", value))(content)

    return summed(change)


def needing(name: bytes) -> Change:
    """Return a change after which it needs another library in the place of msvcrt.dll."""
    old = b"msvcrt.dll\0"
    return summed(replaced(old, name.ljust(len(old), b"\0")))


def needing_part(name: bytes) -> Change:
    """Return a change after which it needs another part of Windows' C library, in the place of a text of its data."""

    def change(content: bytes) -> bytes:
        binary = lief.PE.parse(list(content))
        assert binary is not None
        table = binary.data_directory(lief.PE.DataDirectory.TYPES.IMPORT_TABLE)
        assert table is not None
        place = content.index(b"Register", content.index(b"RegisterRestCallback"))
        content = written(place, b"api-ms-win-crt-" + name + b"-l1-1-0.dll\0")(content)
        section = next(each for each in binary.sections if each.offset <= place < each.offset + each.size)
        address = place - section.offset + section.virtual_address
        return written(binary.rva_to_offset(table.rva) + 12, struct.pack("<I", address))(content)

    return summed(change)
