# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks into the source distribution of a release."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from email.parser import Parser
from pathlib import Path

from orthanc_release.inspection.expected import PACKAGE, texts_of_sdist
from orthanc_release.inspection.model import problems_with_texts
from orthanc_release.libraries.model import short, some_of
from orthanc_release.sources import Source

HAS_NAME = 8  # a flag in gzip's header
LEVELS, SYSTEMS = (0, 2, 4), (3, 255)  # as gzip writes them: not said, best and fastest; Unix and not known
MOST_BYTES = 100_000_000  # unpacked; the sources have 2 MB


def problems_of_sdist(file: Path, version: str, source: Source | None) -> Iterator[str]:
    """Yield what is wrong with a source distribution."""
    top = f"{PACKAGE}-{version}/"
    try:
        packed = file.read_bytes()
        content = _unzipped(packed, f"{PACKAGE}-{version}.tar")
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            members = archive.getmembers()
            files = {each.name: _content(archive, each) for each in members if _is_plain_file(each)}
            end = archive.offset
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError) as error:
        yield f"is damaged: {error}"
        return
    if any(content[end:]):
        yield "has bytes after its end"
    if wrong := [each.name for each in members if not each.name.startswith(top) or ".." in each.name.split("/")]:
        yield f"has {some_of(wrong)}, which is outside of {top}"
    if links := [each.name for each in members if not _is_plain_file(each)]:
        yield f"has the link, folder or special file {some_of(links)}"
    if len(members) != len({each.name for each in members}):
        yield "has two files of one name"
    if not all(float(each.mtime).is_integer() for each in members):  # nor are infinity and what is not a number
        yield "has a date with fractions of a second"
    elif not links and _archive_of(members, files) != content:
        yield "has more in it than files: fields of an archive that no source distribution has"
    date = struct.pack("<I", source.seconds) if source is not None else packed[4:8]
    if packed[4:8] != date or packed[8] not in LEVELS or packed[9] not in SYSTEMS:
        yield "has another date, level or system in its header"
    yield from _problems_of_members(members, source)
    metadata = Parser().parsestr(files.get(f"{top}PKG-INFO", b"").decode(errors="replace"))
    if (metadata["Name"], metadata["Version"]) != ("orthanc-python", version):
        yield f"is {short(str(metadata['Name']))} {short(str(metadata['Version']))}, its name says orthanc-python {version}"
    if source is not None:
        yield from problems_with_texts(
            {name.removeprefix(top): text for name, text in files.items()}, texts_of_sdist(source), "its sources"
        )


def _unzipped(content: bytes, name: str) -> bytes:
    """Return the content of a file of one gzip member, whose header has no other fields than its name."""
    if content[3:4] not in (b"\0", b"") and not (content[3] == HAS_NAME and content[10:].startswith(name.encode() + b"\0")):
        raise gzip.BadGzipFile("its header has another name, a comment or other fields")
    decompressor = zlib.decompressobj(wbits=31)
    found = decompressor.decompress(content, MOST_BYTES)
    if not decompressor.eof:
        raise gzip.BadGzipFile("it has no end, or is too large")
    if decompressor.unused_data:
        raise gzip.BadGzipFile(f"{len(decompressor.unused_data)} bytes follow its end")
    return found


def _is_plain_file(member: tarfile.TarInfo) -> bool:
    """Return whether it is a regular file without holes: these may be larger than the archive."""
    return member.type == tarfile.REGTYPE and not member.issparse()


def _archive_of(members: list[tarfile.TarInfo], files: Mapping[str, bytes]) -> bytes:
    """Return the archive that the build backend makes of the same files."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for each in members:
            plain = tarfile.TarInfo(each.name)
            plain.size, plain.mode, plain.mtime = len(files[each.name]), each.mode, each.mtime
            plain.uid, plain.gid, plain.uname, plain.gname = each.uid, each.gid, each.uname, each.gname
            archive.addfile(plain, io.BytesIO(files[each.name]))
    return output.getvalue()


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    return stream.read() if stream is not None else b""


def _problems_of_members(members: list[tarfile.TarInfo], source: Source | None) -> Iterator[str]:
    seconds = source.seconds if source is not None else max([members[0].mtime, 0] if members else [0])
    for each in members:
        if each.mtime != seconds:
            yield f"has {short(each.name)} with another date than its sources"
            return
        if each.mode not in (0o644, 0o755) or (each.uid, each.gid, each.uname, each.gname) != (0, 0, "", ""):
            yield f"has {short(each.name)} with an owner, or with rights that no source has"
            return
        if source is not None and each.mode != _mode_of(source, each.name.partition("/")[2]):
            yield f"has {short(each.name)} with other rights than its sources"
            return


def _mode_of(source: Source, name: str) -> int:
    """Return the rights of a file in the archive: those of its owner, without whether others may write."""
    file = source.folder / name
    return 0o755 if file.is_file() and file.stat().st_mode & 0o100 else 0o644
