# SPDX-License-Identifier: GPL-3.0-or-later
"""Manipulations of zip archives: each function takes the bytes of one, or returns a function that does."""

from __future__ import annotations

import copy
import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest


def ends_with(more: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content + more


def with_comment(content: bytes) -> bytes:
    return content[:-2] + b"\5\0hello"


def with_gap(content: bytes) -> bytes:
    """Put bytes between the files and their list."""
    start = int.from_bytes(content[-6:-2], "little")
    return content[:start] + b"payload!" + content[start:-6] + (start + 8).to_bytes(4, "little") + b"\0\0"


def with_other_header(content: bytes) -> bytes:
    """Change the date in the header of the first file, and not in the list."""
    return content[:10] + b"\0\0" + content[12:]


def with_entry(**attributes: object) -> Callable[[bytes], bytes]:
    """Return a change of what the archive says of its last file."""

    def change(content: bytes) -> bytes:
        output = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
            entries = old.infolist()
            for entry in entries:
                if entry is entries[-1]:
                    for name, value in attributes.items():
                        setattr(entry, name, value)
                new.writestr(entry, old.read(entry.orig_filename), compresslevel=9)
        return output.getvalue()

    return change


def with_folder(content: bytes) -> bytes:
    output = io.BytesIO(content)
    with zipfile.ZipFile(output, "a") as file:
        file.writestr("folder/", b"")
    return output.getvalue()


def with_folder_of_bytes(content: bytes) -> bytes:
    """Add a regular file with the name of a folder. Programs that unpack it make a folder, and leave its bytes."""
    output = io.BytesIO(content)
    with zipfile.ZipFile(output, "a", zipfile.ZIP_DEFLATED) as file:
        entry = copy.copy(file.infolist()[-1])
        entry.filename = "payload/"
        file.writestr(entry, b"payload!" * 2000, compresslevel=9)
    return output.getvalue()


def with_more_than_its_size(content: bytes) -> bytes:
    """Pack the last file with a byte more than it has by its size. Programs that unpack it stop at that size."""
    end = len(content) - 22
    (start,) = struct.unpack_from("<L", content, end + 16)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entry = archive.infolist()[-1]
        text = archive.read(entry)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(text + b"!") + packer.flush()
    size = struct.pack("<L", len(packed))
    central = content.rindex(b"PK\1\2")
    header = content[entry.header_offset : entry.header_offset + 30 + len(entry.filename.encode())]
    body = content[: entry.header_offset] + header[:18] + size + header[22:] + packed
    last = content[central : central + 20] + size + content[central + 24 : end]
    return body + content[start:central] + last + content[end : end + 16] + struct.pack("<LH", len(body), 0)


def with_twice(content: bytes) -> bytes:
    output = io.BytesIO(content)
    with zipfile.ZipFile(output, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr(file.infolist()[0], b"another")
    return output.getvalue()


def with_bytes_behind_stored(content: bytes) -> bytes:
    """Store the last file as it is, with more behind it than it has by its size."""
    end = len(content) - 22
    (start,) = struct.unpack_from("<L", content, end + 16)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entry = archive.infolist()[-1]
        text = archive.read(entry)
    name = entry.filename.encode()
    sizes = struct.pack("<LL", len(text) + 8, len(text))
    central = content.rindex(b"PK\1\2")
    header = content[entry.header_offset : entry.header_offset + 30 + len(name)]
    header = header[:8] + b"\0\0" + header[10:18] + sizes + header[26:]
    last = (
        content[central : central + 10] + b"\0\0" + content[central + 12 : central + 20] + sizes + content[central + 28 : end]
    )
    body = content[: entry.header_offset] + header + text + b"payload!"
    return body + content[start:central] + last + content[end : end + 16] + struct.pack("<LH", len(body), 0)


def with_large_file(content: bytes) -> bytes:
    """Give the sizes of the first file in fields of zip64, as one of 16 exabytes."""
    end = len(content) - 22
    (start,) = struct.unpack_from("<L", content, end + 16)
    name_size = int.from_bytes(content[start + 28 : start + 30], "little")
    field = struct.pack("<HHQQ", 1, 16, 2**64 - 1, 2**64 - 1)
    head = content[start : start + 20] + b"\xff" * 8 + content[start + 28 : start + 30] + struct.pack("<H", len(field))
    files = head + content[start + 32 : start + 46 + name_size] + field + content[start + 46 + name_size : end]
    return content[:start] + files + content[end : end + 12] + struct.pack("<L", len(files)) + content[end + 16 :]


def with_large_list(content: bytes) -> bytes:
    """Have fields of zip64 say where the list of files is."""
    end = len(content) - 22
    size, start = struct.unpack_from("<LL", content, end + 12)
    (count,) = struct.unpack_from("<H", content, end + 10)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    place = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    return content[:end] + record + place + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)


def renamed(old: str, new: str) -> Callable[[bytes], bytes]:
    """Return a change of a file's name in the list and in its header, to one of the same size."""
    assert len(old.encode()) == len(new.encode())
    return lambda content: content.replace(old.encode(), new.encode())


def with_dates(date: int, clock: int) -> Callable[[bytes], bytes]:
    """Return a change of the date of all files, in the list and in their headers."""

    def change(content: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            places = [entry.header_offset + 10 for entry in archive.infolist()]
        (place,) = struct.unpack_from("<L", content, len(content) - 6)
        for _ in range(len(places)):
            places.append(place + 12)
            place += 46 + sum(struct.unpack_from("<3H", content, place + 28))
        changed = bytearray(content)
        for each in places:
            struct.pack_into("<HH", changed, each, clock, date)
        return bytes(changed)

    return change
