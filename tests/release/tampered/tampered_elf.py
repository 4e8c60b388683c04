# SPDX-License-Identifier: GPL-3.0-or-later
"""Manipulations of a library for Linux of 64 bits: each function takes the bytes of one and returns those of another."""

from __future__ import annotations

import struct
from collections.abc import Callable

Change = Callable[[bytes], bytes]
LOAD, DYNAMIC, INTERP, NOTE, STACK, RELRO = 1, 2, 3, 4, 0x6474E551, 0x6474E552
EXECUTE, WRITE, READ = 1, 2, 4
CODE_IN_SECTION = 4
# Of entries in the dynamic section.
NEEDED, SONAME, TEXTREL, RUNPATH, FLAGS, FLAGS_1 = 1, 14, 22, 29, 30, 0x6FFFFFFB
AUDIT, AUXILIARY, FILTER = 0x6FFFFEFC, 0x7FFFFFFD, 0x7FFFFFFF
RELACOUNT, HASH, FINI, END = 0x6FFFFFF9, 4, 13, 0


def replaced(old: bytes, new: bytes, count: int = 1) -> Change:
    """Return a change of a text to one of the same length."""
    assert len(old) == len(new)

    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, count)

    return change


def written(offset: int, new: bytes) -> Change:
    """Return a change of the bytes at an offset."""
    return lambda content: content[:offset] + new + content[offset + len(new) :]


def segments(content: bytes) -> list[int]:
    """Return where the program headers are."""
    (start,) = struct.unpack_from("<Q", content, 32)
    (count,) = struct.unpack_from("<H", content, 56)
    return [start + 56 * index for index in range(count)]


def with_flags(kind: int, add: int, needs: int = 0) -> Change:
    """Return a change that adds flags to the first segment of a kind that has some already."""

    def change(content: bytes) -> bytes:
        for offset in segments(content):
            found, flags = struct.unpack_from("<II", content, offset)
            if found == kind and flags & needs == needs:
                return written(offset + 4, struct.pack("<I", flags | add))(content)
        raise AssertionError("no such segment")

    return change


def with_kind(old: int, new: int) -> Change:
    """Return a change of the kind of a segment."""

    def change(content: bytes) -> bytes:
        offset = next(offset for offset in segments(content) if struct.unpack_from("<I", content, offset) == (old,))
        return written(offset, struct.pack("<I", new))(content)

    return change


def dynamic_entries(content: bytes) -> list[tuple[int, int, int]]:
    """Return the entries of the dynamic section: where each is, its tag and its value."""
    offset = next(offset for offset in segments(content) if struct.unpack_from("<I", content, offset) == (DYNAMIC,))
    start, _, _, size = struct.unpack_from("<QQQQ", content, offset + 8)
    places = range(start, start + size, 16)
    return [(place, *struct.unpack_from("<QQ", content, place)) for place in places]


def with_entry(old: int, tag: int, value: Callable[[bytes], int] | None = None) -> Change:
    """Return a change of an entry's tag, and of its value."""

    def change(content: bytes) -> bytes:
        place, _, number = next(each for each in dynamic_entries(content) if each[1] == old)
        return written(place, struct.pack("<QQ", tag, number if value is None else value(content)))(content)

    return change


def name_in_strings(name: bytes) -> Callable[[bytes], int]:
    """Return where a name is in the table of the dynamic section's strings."""

    def find(content: bytes) -> int:
        table = content.index(b"\0OrthancPluginInitialize\0")
        start = content.rindex(b"\0\0", 0, table + 1) + 1  # it begins with an empty name, and this one may follow that
        return content.index(b"\0" + name + b"\0", start) + 1 - start

    return find


def without_now(content: bytes) -> bytes:
    """Take away immediate binding."""
    for tag in (FLAGS, FLAGS_1):
        content = with_entry(tag, tag, lambda _: 0)(content)
    return content


def without_shared_unwinder(content: bytes) -> bytes:
    """Take the function that throws from nowhere else."""
    return content.replace(b"\0_Unwind_RaiseException\0", b"\0_Unwind_RaiseexceptioN\0")


def with_textrel(content: bytes) -> bytes:
    """Allow relocations in code."""
    return with_entry(FLAGS, FLAGS, lambda _: 8 | 4)(content)


def without_sections(content: bytes) -> bytes:
    """Take away the section headers, and the number of them."""
    (start,) = struct.unpack_from("<Q", content, 40)
    return written(60, bytes(4))(written(40, bytes(8))(content))[:start]


def with_bytes_between_sections(content: bytes) -> bytes:
    """Use the gap before the section headers, made as large as needed."""
    (start,) = struct.unpack_from("<Q", content, 40)
    return written(40, struct.pack("<Q", start + 64))(content[:start] + b"payload!" * 8 + content[start:])


def section_headers(content: bytes) -> dict[bytes, int]:
    """Return where the header of each section is, by its name."""
    (start,) = struct.unpack_from("<Q", content, 40)
    count, names = struct.unpack_from("<HH", content, 60)
    places = [start + 64 * index for index in range(count)]
    (strings,) = struct.unpack_from("<Q", content, places[names] + 24)
    found = {}
    for place in places:
        (offset,) = struct.unpack_from("<I", content, place)
        found[content[strings + offset : content.index(b"\0", strings + offset)]] = place
    return found


def without_comment(content: bytes) -> bytes:
    """Take away what the compiler has written of itself."""
    place = section_headers(content)[b".comment"] + 24
    offset, size = struct.unpack_from("<QQ", content, place)
    return written(place + 8, bytes(8))(written(offset, bytes(size))(content))


def with_section_flag(name: bytes, add: int) -> Change:
    """Return a change that adds a flag to a section."""

    def change(content: bytes) -> bytes:
        place = section_headers(content)[name] + 8
        (flags,) = struct.unpack_from("<Q", content, place)
        return written(place, struct.pack("<Q", flags | add))(content)

    return change


def with_loaded_tail(flags: int) -> Change:
    """Return a change that appends code, and has the segment of the build ID load that, as viruses do."""

    def change(content: bytes) -> bytes:
        note = next(offset for offset in segments(content) if struct.unpack_from("<I", content, offset) == (NOTE,))
        start = -(-len(content) // 4096) * 4096
        header = struct.pack("<IIQQQQQQ", LOAD, flags, start, 0x10000000 + start, 0x10000000 + start, 4096, 4096, 4096)
        return written(note, header)(content).ljust(start, b"\0") + b"payload!" * 512

    return change


def with_size_of(kind: int, size: int) -> Change:
    """Return a change of the size of a segment."""

    def change(content: bytes) -> bytes:
        place = next(offset for offset in segments(content) if struct.unpack_from("<I", content, offset) == (kind,))
        return written(place + 32, struct.pack("<QQ", size, size))(content)

    return change


def with_export(place: int, new: bytes) -> Change:
    """Return a change of bytes in what the table of symbols says of OrthancPluginFinalize."""

    def change(content: bytes) -> bytes:
        name = name_in_strings(b"OrthancPluginFinalize")(content)
        start, size = struct.unpack_from("<QQ", content, section_headers(content)[b".dynsym"] + 24)
        symbol = next(each for each in range(start, start + size, 24) if struct.unpack_from("<I", content, each) == (name,))
        return written(symbol + place, new)(content)

    return change


def with_note(content: bytes) -> Change:
    """Return a change of the build ID's note to another one. It must not be longer."""

    def change(library: bytes) -> bytes:
        place = next(offset for offset in segments(library) if struct.unpack_from("<I", library, offset) == (NOTE,))
        (start,) = struct.unpack_from("<Q", library, place + 8)
        for header in (place + 32, place + 40, section_headers(library)[b".note.gnu.build-id"] + 32):
            assert struct.unpack_from("<Q", library, header)[0] >= len(content)
            library = written(header, struct.pack("<Q", len(content)))(library)
        return written(start, content)(library)

    return change


def with_property(kind: int, value: int) -> Change:
    """Return a change of that note to one of properties, of one with four bytes."""
    return with_note(struct.pack("<III4sIIII", 4, 16, 5, b"GNU\0", kind, 4, value, 0))


def with_system(system: int, *kernel: int) -> Change:
    """Return a change of that note to one of the system and the oldest kernel."""
    return with_note(struct.pack("<III4sIIII", 4, 16, 1, b"GNU\0", system, *kernel))


def with_second(kind: int, flags: int) -> Change:
    """Return a change of the build ID's segment to one of a kind that is there already."""

    def change(content: bytes) -> bytes:
        place = next(offset for offset in segments(content) if struct.unpack_from("<I", content, offset) == (NOTE,))
        return written(place, struct.pack("<II", kind, flags))(content)

    return change


def with_field(kind: int, field: int, add: int, needs: int = 0) -> Change:
    """Return a change that adds to a field of a segment: its offset (8), its address (16) or its size in memory (40)."""

    def change(content: bytes) -> bytes:
        for offset in segments(content):
            found, flags = struct.unpack_from("<II", content, offset)
            if found == kind and flags & needs == needs:
                (value,) = struct.unpack_from("<Q", content, offset + field)
                return written(offset + field, struct.pack("<Q", value + add))(content)
        raise AssertionError("no such segment")

    return change


def in_section_header(name: bytes, offset: int, form: str, value: int) -> Change:
    """Return a change of a field in the header of a section."""
    return lambda content: written(section_headers(content)[name] + offset, struct.pack(form, value))(content)


def with_relocation(place: int, form: str, value: Callable[[bytes], int], of: bytes = b"") -> Change:
    """Return a change of a field of the first relocation, or of that of the first function in a list such as .init_array."""

    def change(content: bytes) -> bytes:
        headers = section_headers(content)
        start, size = struct.unpack_from("<QQ", content, headers[b".rela.dyn"] + 24)
        wanted = struct.unpack_from("<Q", content, headers[of] + 16) if of else struct.unpack_from("<Q", content, start)
        found = next(each for each in range(start, start + size, 24) if struct.unpack_from("<Q", content, each) == wanted)
        return written(found + place, struct.pack(form, value(content)))(content)

    return change


def address_of(name: bytes) -> Callable[[bytes], int]:
    """Return where a section is in memory."""
    return lambda content: int(struct.unpack_from("<Q", content, section_headers(content)[name] + 16)[0])


def with_names(more: bytes) -> Change:
    """Return a change that adds bytes to the table of names of sections."""

    def change(content: bytes) -> bytes:
        (start,) = struct.unpack_from("<Q", content, 40)
        header = section_headers(content)[b".shstrtab"]
        offset, size = struct.unpack_from("<QQ", content, header + 24)
        grown = content[: offset + size] + more
        table = grown.ljust(-(-len(grown) // 8) * 8, b"\0")
        headers = written(header + 32 - start, struct.pack("<Q", size + len(more)))(content[start:])
        return written(40, struct.pack("<Q", len(table)))(table) + headers

    return change


def with_section(kind: int, name: bytes, payload: bytes) -> Change:
    """Return a change that adds a section that is not loaded. Its name must be in the table of names."""

    def change(content: bytes) -> bytes:
        (start,) = struct.unpack_from("<Q", content, 40)
        strings = struct.unpack_from("<Q", content, section_headers(content)[b".shstrtab"] + 24)[0]
        place = content.index(name + b"\0", strings) - strings
        header = struct.pack("<IIQQQQIIQQ", place, kind, 0, 0, start, len(payload), 0, 0, 1, 0)
        (count,) = struct.unpack_from("<H", content, 60)
        table = content[start:] + header
        content = content[:start] + payload.ljust(-(-len(payload) // 8) * 8, b"\0")
        return written(60, struct.pack("<H", count + 1))(written(40, struct.pack("<Q", len(content)))(content)) + table

    return change


def with_debug_link(link: bytes) -> Change:
    """Return a change that adds where debuggers find the symbols."""
    name = b".gnu_debuglink"
    return lambda content: with_section(1, name, link)(with_names(name + b"\0")(content))


def with_empty_section(content: bytes) -> bytes:
    """Add a header of a section that is empty, like the first one."""
    (count,) = struct.unpack_from("<H", content, 60)
    return written(60, struct.pack("<H", count + 1))(content) + bytes(64)


def with_hidden_entry(tag: int, value: int) -> Change:
    """Return a change that adds an entry behind the end of the dynamic section, where the dynamic linker still reads it."""

    def change(content: bytes) -> bytes:
        found = dynamic_entries(content)
        shown = [(each, number) for _, each, number in found if each not in (RELACOUNT, END)]
        entries = [*shown, (tag, value)]
        table = b"".join(struct.pack("<QQ", *each) for each in entries).ljust(16 * len(found), b"\0")
        return with_size_of(DYNAMIC, 16 * len(shown))(written(found[0][0], table)(content))

    return change


def with_entry_behind_end(content: bytes) -> bytes:
    """End the list of dynamic entries one earlier, and leave the last one where it is."""
    return with_entry(RELACOUNT, END, lambda _: 0)(content)


def with_last_jump_in(name: bytes, offset: int) -> Change:
    """Return a change after which the last relocation of a function of other libraries writes into a section."""

    def change(content: bytes) -> bytes:
        start, size = struct.unpack_from("<QQ", content, section_headers(content)[b".rela.plt"] + 24)
        return written(start + size - 24, struct.pack("<Q", address_of(name)(content) + offset))(content)

    return change


def without_versions(content: bytes) -> bytes:
    """Take away which versions of glibc it needs."""
    for name in (b"2.2.5", b"2.3.2", b"2.3", b"2.3.3", b"2.3.4", b"2.4", b"2.6", b"2.7", b"2.16", b"2.17", b"2.18", b"2.27"):
        content = content.replace(b"\0GLIBC_" + name + b"\0", b"\0GLIBX_" + name + b"\0")
    return content


def with_large_array(content: bytes) -> bytes:
    """Say a size of the list of functions to call first, in both places, that is more than is looked at."""
    return in_section_header(b".init_array", 32, "<Q", 80000)(with_entry(27, 27, lambda _: 80000)(content))
