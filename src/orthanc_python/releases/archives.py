# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries in a bundle's zip, taken out of it alone. An archive with anything suspicious is refused as a whole."""

from __future__ import annotations

import errno
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from orthanc_python.failure import Failure

MOST_MEMBERS = 1000
LARGEST_CONTENT = 128 << 20  # bytes, when unpacked; a bundle of six Pythons has 10 MB
# Names that Windows takes for a device, whatever follows the dot.
DEVICES = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(\.|$)")


def unpack(archive: Path, name: str, loader: str, plugins: str, folder: Path) -> None:
    """Write the loader and the folder of its plugins. `name` is that of the archive in errors."""
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            if problem := next(_problems(members), None):
                raise Failure(f"{name} is refused: {problem}")
            wanted = [each for each in members if each.filename == loader or each.filename.startswith(f"{plugins}/")]
            for member in wanted:
                if not member.is_dir():
                    target = folder / member.filename
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with opened.open(member) as content, target.open("xb") as file:  # which reads no more than is declared
                        shutil.copyfileobj(content, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError) as error:
        if (
            isinstance(error, OSError) and error.errno != errno.EINVAL
        ):  # that of an offset before the file; others are of the disk
            raise
        raise Failure(f"{name} is refused: it is not a valid zip archive ({error})") from None
    if not (folder / loader).is_file():
        raise Failure(f"{name} is refused: it has no {loader}")


def has_other_name_on_windows(part: str) -> bool:
    """Return whether Windows takes a part of a path for a device, or leaves characters at its end out."""
    return DEVICES.match(part) is not None or part != part.rstrip(". ")


def _problems(members: list[zipfile.ZipInfo]) -> Iterator[str]:
    if len(members) > MOST_MEMBERS:
        yield f"it has {len(members)} members"
    if (content := sum(member.file_size for member in members)) > LARGEST_CONTENT:
        yield f"unpacked, it would have {content >> 20} MB"
    seen: dict[str, str] = {}
    for member in members:
        shown = repr(member.orig_filename[:200])
        yield from (f"its member {shown} {problem}" for problem in _problems_of(member))
        key = member.filename.rstrip("/").casefold()
        if key in seen:
            yield f"its members {seen[key]} and {shown} are the same file"
        seen[key] = shown


def _problems_of(member: zipfile.ZipInfo) -> Iterator[str]:
    name = member.orig_filename  # before zipfile has made it harmless
    parts = name.removesuffix("/").split("/")
    if name.startswith("/") or ":" in name:
        yield "has an absolute name"
    if "\\" in name or any(ord(character) < 32 for character in name):
        yield "has a name with a backslash or a control character"
    if any(part in ("", ".", "..") for part in parts):
        yield "leads out of the folder"
    if any(map(has_other_name_on_windows, parts)):
        yield "has a name that Windows takes for another"
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield "is a link or a device"
    if member.flag_bits & 1:
        yield "is encrypted"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield "is compressed in an unusual way"
