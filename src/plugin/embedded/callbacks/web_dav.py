# SPDX-License-Identifier: GPL-3.0-or-later
"""WebDAV collections written in Python: from what a script's object returns to what Orthanc wants."""

from __future__ import annotations

import time

import _orthanc_own_log
import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

Path = tuple[str, ...]
START = time.time()  # of whatever has no time of its own


def _time(when: datetime | None) -> str:
    """ISO 8601 without separators, in UTC.

    Orthanc leaves out files of years before 1400 or after 9999. Another time zone may move the first and the last year.
    """
    if when is not None and 1400 < when.year < 9999:
        try:
            return _text(when.timestamp())
        except (OSError, OverflowError):  # on Windows, of times before 1970 or after 3000
            pass
    return _text(START)


def _text(seconds: float) -> str:
    return time.strftime("%Y%m%dT%H%M%S", time.gmtime(seconds))


def _size(size: Any, name: str) -> int | None:
    """Return the size of a file as Orthanc takes it, None for a folder."""
    if size is None or 0 <= int(size) < 2**64:
        return None if size is None else int(size)
    raise ValueError(f"invalid size of {name!a}: {int(size)}. list_folder() must give a number of bytes, from 0 to 2**64 - 1")


def _is_name(name: str) -> bool:
    """Return whether a name can stand in a path and in XML 1.0, without which a client could read nothing of the folder."""
    return name not in ("", ".", "..") and not any(
        character in "/\ufffe\uffff" or character < " " or "\ud800" <= character <= "\udfff" for character in name
    )


class Adapter:
    """Behind one collection.

    list_folder(path) returns None if there is no such folder, else its entries: a str for a folder, (name, size) or
    (name, size, datetime) for a file. read_file(path) returns bytes, (bytes, datetime), or None if there is no such file. The
    methods that change something fail by raising, and may be missing: then the collection is read-only. Each method may be
    `async def`.
    """

    def __init__(self, collection: Any) -> None:
        for name in ("list_folder", "read_file"):
            if not callable(getattr(collection, name, None)):
                raise TypeError(f"a WebDAV collection must have the method {name}(path)")
        self.collection = collection

    def is_folder(self, path: Path) -> bool:
        return self._entries(path) is not None

    def list_folder(self, path: Path) -> list[tuple[str, int | None, str, str]] | None:
        entries = self._entries(path)
        if entries is None:
            return None
        found: list[tuple[str, int | None, str, str]] = []
        for entry in entries:
            name, size, *when = (entry, None) if isinstance(entry, str) else entry
            if _is_name(name):
                found.append((name, _size(size, name), "", _time(when[0] if when else None)))
            else:
                _orthanc_own_log.warning(
                    f"Python: {name!a} is not a name for WebDAV, it is left out of the folder {'/'.join(path)!a}"
                )
        return found

    def read_file(self, path: Path) -> tuple[bytes, str, str] | None:
        content: Any = orthanc._completed(self.collection.read_file(path))  # type: ignore[attr-defined]
        if content is None:
            return None
        content, when = content if isinstance(content, tuple) else (content, None)
        return content, "", _time(when)

    def write_file(self, path: Path, content: bytes) -> bool:
        return self._change("write_file", path, content)

    def create_folder(self, path: Path) -> bool:
        return self._change("create_folder", path)

    def delete_item(self, path: Path) -> bool:
        return self._change("delete_item", path)

    def _entries(self, path: Path) -> Iterable[Any] | None:
        """Return the script's entries of a folder. A generator may give them too."""
        entries: Iterable[Any] | None = orthanc._awaited(self.collection.list_folder(path))  # type: ignore[attr-defined]
        return entries

    def _change(self, name: str, *arguments: object) -> bool:
        method = getattr(self.collection, name, None)
        if method is None:
            return False
        orthanc._completed(method(*arguments))  # type: ignore[attr-defined]
        return True
