# SPDX-License-Identifier: GPL-3.0-or-later
"""Zip archives: written so that they are the same every time, and opened without trust in what they hold."""

from __future__ import annotations

import os
import shutil
import stat
import time
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from orthanc_python.releases.archives import LARGEST_CONTENT, MOST_MEMBERS, has_other_name_on_windows

MOST_CHARACTERS = 120  # of a name, in an error


class HostileArchiveError(Exception):
    """An archive that is damaged, or holds what no archive of a release does; the message says what."""


def write_zip(archive: Path, files: Mapping[str, bytes], seconds: int, level: int = 9) -> None:
    """Write files by their names in the archive, in the order of the names, all of the same date (seconds since 1970, UTC)."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as file:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, time.gmtime(seconds)[:6])
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, files[name])


def unpack(archive: Path, folder: Path, most_bytes: int = LARGEST_CONTENT) -> list[Path]:
    """Unpack a zip archive into an empty folder; the files, relative to it.

    Raises HostileArchiveError before anything is written outside of it, or more than most_bytes.
    """
    try:
        with zipfile.ZipFile(archive) as file:
            entries = file.infolist()
            _refuse_too_much(entries, most_bytes)
            names = [_checked_name(entry) for entry in entries]
            if len({os.fspath(name).casefold() for name in names}) != len(names):
                raise HostileArchiveError("has two files of one name")
            for entry, name in zip(entries, names, strict=True):
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                # No more than it says: zipfile ends at that size, and checks the sum. In parts: all of it may be far larger.
                with file.open(entry) as content, target.open("wb") as copy:
                    shutil.copyfileobj(content, copy)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError, ValueError) as error:
        raise HostileArchiveError(f"is damaged: {error}") from error
    return [Path(name) for name in names]


def _refuse_too_much(entries: list[zipfile.ZipInfo], most_bytes: int) -> None:
    if len(entries) > MOST_MEMBERS:
        raise HostileArchiveError(f"has {len(entries)} files; at most {MOST_MEMBERS} are expected")
    if (total := sum(entry.file_size for entry in entries)) > most_bytes:
        raise HostileArchiveError(f"has {total} bytes unpacked; at most {most_bytes} are expected")


def _checked_name(entry: zipfile.ZipInfo) -> PurePosixPath:
    name, shown = PurePosixPath(entry.orig_filename), repr(entry.orig_filename[:MOST_CHARACTERS])
    if name.is_absolute() or ".." in name.parts or not name.parts or set(entry.orig_filename) & set("\\:\0"):
        raise HostileArchiveError(f"has a file whose name leads out of it: {shown}")
    if entry.orig_filename != str(name):  # "a/", "./a" and "a//b": programs differ in what they make of these
        raise HostileArchiveError(f"has a file of another name than it is unpacked to: {shown}")
    if any(map(has_other_name_on_windows, name.parts)):
        raise HostileArchiveError(f"has a file with a name that Windows takes for another: {shown}")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise HostileArchiveError(f"has a link or a special file: {shown}")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise HostileArchiveError(f"has a file that is compressed by the method {entry.compress_type}: {shown}")
    if entry.flag_bits & 1:
        raise HostileArchiveError(f"has an encrypted file: {shown}")
    return name
