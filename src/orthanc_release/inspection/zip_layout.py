# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a zip archive has the bytes that write_zip and wheel's tool write, and no others.

By PKWARE's APPNOTE.TXT: local headers with their files, one after another from the first byte on, the central directory, and
its end. Programs differ in how they read archives with more in them.
"""

from __future__ import annotations

import datetime
import stat
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from orthanc_release.libraries.model import short

END = struct.Struct("<4s4H2LH")
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
UTF8 = 0x800
STORED, DEFLATED = 0, 8
UNIX = 3 << 8
VERSION = 20  # of the format, for deflated files
RIGHTS = (0o644, 0o664)


class Entry(NamedTuple):
    """A file in the central directory."""

    signature: bytes
    made_by: int
    needed: int
    flags: int
    method: int
    clock: int
    date: int
    checksum: int
    packed: int
    size: int
    name_size: int
    extra_size: int
    comment_size: int
    disk: int
    internal: int
    rights: int
    offset: int

    def is_usual(self) -> bool:
        """Return whether it has nothing that these archives do not have."""
        more = (self.extra_size, self.comment_size, self.disk)
        known = self.flags in (0, UTF8) and self.method in (STORED, DEFLATED) and self.internal == 0
        versions = (self.made_by, self.needed) == (UNIX | VERSION, VERSION)
        return self.signature == b"PK\1\2" and known and versions and not any(more)

    def is_plain_file(self) -> bool:
        """Return whether it is a regular file that its owner may write, everyone may read, and nobody may run."""
        mode = self.rights >> 16
        return not self.rights & 0xFFFF and stat.S_ISREG(mode) and stat.S_IMODE(mode) in RIGHTS


def problems_of_layout(archive: Path, seconds: int | None = None) -> Iterator[str]:
    """Yield what else is in an archive than files of a date (in seconds since 1970, if it is known)."""
    try:
        yield from _problems(archive.read_bytes(), seconds)
    except (struct.error, zlib.error) as error:
        yield f"is damaged: {error}"


def _problems(content: bytes, seconds: int | None) -> Iterator[str]:
    signature, disk, first_disk, on_disk, count, size, start, comment = END.unpack(content[-END.size :])
    if signature != b"PK\5\6" or comment:
        yield "has bytes after its end, or a comment"
        return
    if (disk, first_disk, on_disk) != (0, 0, count) or start + size != len(content) - END.size:
        yield "has bytes before it, or between its files and their list"
        return
    position, place = 0, start
    dates = {_dos_time(seconds)} if seconds is not None else set()
    for _ in range(count):
        entry = Entry(*CENTRAL.unpack(content[place : place + CENTRAL.size]))
        name = content[place + CENTRAL.size : place + CENTRAL.size + entry.name_size]
        after = position + LOCAL.size + len(name)
        dates = dates or {(entry.date, entry.clock)}
        if problem := _problem_of_entry(content[position : after + entry.packed], entry, name, position, dates):
            yield f"{problem}: {short(name.decode(errors='replace'))!r}"
            return
        position = after + entry.packed
        place += CENTRAL.size + entry.name_size
    if position != start or place != start + size:
        yield "has bytes between its files and their list, or after the list"


def _problem_of_entry(content: bytes, entry: Entry, name: bytes, position: int, dates: set[tuple[int, int]]) -> str | None:
    """Return what is wrong with a file; `content` is its local header and itself, at a position in the archive.

    `dates` has the date that all files have: that of the sources or, if they are not known, that of the first file.
    """
    if not entry.is_usual():
        return "has a file with more than these archives have"
    if entry.offset != position:
        return "has bytes before a file"
    local = LOCAL.unpack(content[: LOCAL.size])
    if local != (b"PK\3\4", entry.needed, *entry[3:10], len(name), 0) or content[LOCAL.size :][: len(name)] != name:
        return "has a file about which its two headers differ"
    if not entry.is_plain_file():
        return "has a file with other rights, or that is none"
    if (entry.date, entry.clock) not in dates:
        return "has a file with another date than its sources"
    if not _is_date(entry.date, entry.clock):
        return "has a file with an invalid date"
    if entry.method == STORED and entry.packed != entry.size:
        return "has bytes after a file"
    if entry.method == DEFLATED:
        decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
        unpacked = decompressor.decompress(content[LOCAL.size + len(name) :], entry.size + 1)
        if not decompressor.eof or decompressor.unused_data:
            return "has bytes after a file"
        if len(unpacked) != entry.size:
            return "has a file of another size than its two headers say"
    return None


def _dos_time(seconds: int) -> tuple[int, int]:
    year, month, day, hour, minute, second = time.gmtime(seconds)[:6]
    return (year - 1980) << 9 | month << 5 | day, hour << 11 | minute << 5 | second // 2


def _is_date(date: int, clock: int) -> bool:
    try:
        datetime.datetime(1980 + (date >> 9), date >> 5 & 15, date & 31, clock >> 11, clock >> 5 & 63, (clock & 31) * 2)
    except ValueError:
        return False
    return True
