# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks into the source distribution of a release."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

from orthanc_release.inspection.expected import PACKAGE, texts_of_sdist
from orthanc_release.inspection.model import problems_with_texts
from orthanc_release.sources import Source

MOST_BYTES = 100_000_000  # unpacked; the sources have 2 MB


def problems_of_sdist(file: Path, version: str, source: Source | None) -> Iterator[str]:
    """Yield what is wrong with a source distribution."""
    top = f"{PACKAGE}-{version}/"
    try:
        content = _unzipped(file.read_bytes())
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            members = archive.getmembers()
            files = {each.name: _content(archive, each) for each in members if each.isfile()}
            end = archive.offset
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError) as error:
        yield f"is damaged: {error}"
        return
    if any(content[end:]):
        yield "has bytes after its end"
    if wrong := [each.name for each in members if not each.name.startswith(top) or ".." in each.name.split("/")]:
        yield f"has {', '.join(wrong[:3])}, which is outside of {top}"
    if links := [each.name for each in members if not each.isfile()]:
        yield f"has the link, folder or special file {', '.join(links[:3])}"
    if len(members) != len({each.name for each in members}):
        yield "has two files of one name"
    metadata = Parser().parsestr(files.get(f"{top}PKG-INFO", b"").decode(errors="replace"))
    if (metadata["Name"], metadata["Version"]) != ("orthanc-python", version):
        yield f"is {metadata['Name']} {metadata['Version']}, its name says orthanc-python {version}"
    if source is not None:
        yield from problems_with_texts(
            {name.removeprefix(top): text for name, text in files.items()}, texts_of_sdist(source), "its sources"
        )
        yield from _problems_of_members(members, source)


def _unzipped(content: bytes) -> bytes:
    """Return the content of a file of one gzip member."""
    decompressor = zlib.decompressobj(wbits=31)
    found = decompressor.decompress(content, MOST_BYTES)
    if not decompressor.eof:
        raise gzip.BadGzipFile("it has no end, or is too large")
    if decompressor.unused_data:
        raise gzip.BadGzipFile(f"{len(decompressor.unused_data)} bytes follow its end")
    return found


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    return stream.read() if stream is not None else b""


def _problems_of_members(members: list[tarfile.TarInfo], source: Source) -> Iterator[str]:
    for each in members:
        if each.mtime != source.seconds:
            yield f"has {each.name} with another date than its sources"
            return
        if each.mode not in (0o644, 0o755) or (each.uid, each.gid, each.uname, each.gname) != (0, 0, "", ""):
            yield f"has {each.name} with an owner, or with rights that no source has"
            return
