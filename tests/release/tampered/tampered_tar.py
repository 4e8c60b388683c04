# SPDX-License-Identifier: GPL-3.0-or-later
"""Manipulations of source distributions: each function returns a function that takes the bytes of one."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable

from conftest import VERSION

TOP = f"orthanc_python-{VERSION}"


def tar_of(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """Return a source distribution of these members."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(output.getvalue(), mtime=0)


def members_of(content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    """Return the members of a source distribution."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [(member, stream.read()) for member in archive if (stream := archive.extractfile(member)) is not None]


def of_member(name: str, edit: Callable[[bytes], bytes] | None = None, **attributes: object) -> Callable[[bytes], bytes]:
    """Return a change of one file of a source distribution."""

    def change(content: bytes) -> bytes:
        members = members_of(content)
        place = next(place for place, (member, _) in enumerate(members) if member.name == f"{TOP}/{name}")
        member, text = members[place]
        for key, value in attributes.items():
            setattr(member, key, value)
        members[place] = member, edit(text) if edit else text
        return tar_of(members)

    return change


def with_member(name: str, **attributes: object) -> Callable[[bytes], bytes]:
    """Return a change that adds a file to a source distribution."""

    def change(content: bytes) -> bytes:
        members = members_of(content)
        member = tarfile.TarInfo(name)
        for key, value in {"mtime": members[0][0].mtime, **attributes}.items():
            setattr(member, key, value)
        return tar_of([*members, (member, b"")])

    return change


def padded(content: bytes) -> bytes:
    """Use the gap behind the first file, up to the next block."""
    archive = gzip.decompress(content)
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        member = next(each for each in opened if 0 < each.size % 512 < 500)
    end = member.offset_data + member.size
    return gzip.compress(archive[:end] + b"payload!" + archive[end + 8 :], mtime=0)


HOLES = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.size": str(10 << 40), "GNU.sparse.map": "0,0"}
