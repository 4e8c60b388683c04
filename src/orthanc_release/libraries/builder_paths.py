# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of the machine that built a file. No file of a release holds them: they differ, and say who built it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from orthanc_release.targets import ROOT

# Folders in which people and build services of any system work. /tmp itself is in C++'s library.
FOLDERS = (
    "__w|agent|build|builds|buildkite|cirrus|drone|github|home|host|io|jenkins|media|mnt|nix|opt|private|project|repo|root|run|runner"
    "|scratch|src|srv|tmp|Users|usr/src|usr/home|var|Volumes|work|workspace|workspaces"
)
# Each begins with the characters that a search finds fast; what may not stand before it is looked at afterwards.
UNIX = re.compile(rb"/(?:" + FOLDERS.encode() + rb")/[\w.+~@-]{2,}[ -~]*")
WINDOWS = re.compile(rb":[\\/][\w .+~@-]+[\\/][\w.+~@-][ -~]{3,}")  # after the letter of a drive
SHARE = re.compile(rb"\\\\[\w.-]{2,}\\[\w.$-]{2,}\\[ -~]+")
OWN = tuple(path for path in (ROOT, Path.home()) if str(path) != "/")
NOT_THE_END = rb"(?<![\w.:/<~-])"
# Characters of Windows, of two bytes.
WIDE = re.compile(rb"(?:[ -~]\0){6,}")
WIDE_SEPARATORS = (re.compile(rb"/\0[A-Za-z_]\0"), re.compile(rb":\0[\\/]\0"), re.compile(rb"\\\0\\\0[A-Za-z_]\0"))


def paths_in(content: bytes, own: Iterable[Path] = OWN) -> Iterator[str]:
    """Yield the paths in a file, in bytes or in Windows' wide characters; `own` are those of this machine."""
    # A folder of the root, such as /src, is also the end of other paths, such as ../src/file.c. These are not its own.
    starts = {path: NOT_THE_END if len(path.parts) == 2 else b"" for path in own}
    patterns = [re.compile(start + re.escape(str(path).encode()) + rb"\b[ -~]*") for path, start in starts.items()]
    yield from _paths(content, patterns)
    if any(separator.search(content) for separator in WIDE_SEPARATORS):
        yield from _paths(b"\n".join(text[::2] for text in WIDE.findall(content)), patterns)


def _paths(content: bytes, own: Iterable[re.Pattern[bytes]]) -> Iterator[str]:
    for pattern in own:
        yield from (_text(match[0]) for match in pattern.finditer(content))
    for match in UNIX.finditer(content):
        if not re.fullmatch(rb"[\w.:/<~-]", content[match.start() - 1 : match.start()]):
            yield _text(match[0])
    for match in WINDOWS.finditer(content):
        before = content[max(match.start() - 2, 0) : match.start()]
        if re.search(rb"(?:^|[^A-Za-z0-9])[A-Za-z]$", before):
            yield _text(before[-1:] + match[0])
    for match in SHARE.finditer(content):
        if content[match.start() - 1 : match.start()] != b"\\":
            yield _text(match[0])


def _text(path: bytes) -> str:
    return path[:100].decode(errors="replace")
