# SPDX-License-Identifier: GPL-3.0-or-later
"""The access control list of a configuration on macOS and Windows, by stand-ins for their libraries."""

from __future__ import annotations

import ctypes
import errno
import struct
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orthanc_python.failure import Failure
from orthanc_python.setup.change import Change

OWN, INHERITED = 1, 2  # lists of the stand-ins
ENTRIES = b"entries"
DACL, OWNER = 4, 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orthanc.json"
    path.write_text("{}")
    return path


class Lists:
    """Give each file a list: the ones that are named theirs, a new one that of its folder. Keep what is set."""

    def __init__(self, of: dict[str, int], inherited: int) -> None:
        self.of, self.inherited = of, inherited
        self.set: list[int] = []
        self.error = 0

    def get(self, path: str) -> int:
        return self.of.get(path, self.inherited)

    def change(self, path: str, value: int) -> int:
        """Set a list, return whether that fails. Nothing may be in the file yet."""
        assert path.endswith(".part") and Path(path).read_bytes() == b""
        self.set.append(value)
        return self.error


def library_of_macos(lists: Lists) -> SimpleNamespace:
    def get(path: bytes, kind: int) -> int | None:
        assert kind == 0x100
        ctypes.set_errno(errno.ENOENT)
        return lists.get(path.decode()) or None

    def change(path: bytes, kind: int, value: ctypes.c_void_p) -> int:
        assert kind == 0x100
        ctypes.set_errno(lists.error)
        return -1 if lists.change(path.decode(), value.value or 0) else 0

    def make(count: int) -> int:
        return 99

    def free(value: ctypes.c_void_p) -> int:
        return 0

    return SimpleNamespace(acl_get_file=get, acl_set_file=change, acl_init=make, acl_free=free)


def on_macos(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", lambda name, **_: library_of_macos(lists))


@pytest.mark.parametrize(
    ("own", "inherited", "expected"),
    [(OWN, 0, [OWN]), (OWN, INHERITED, [OWN]), (0, INHERITED, [99]), (0, 0, [])],
    ids=["own", "own and inherited", "inherited", "none"],
)
def test_macos(own: int, inherited: int, expected: list[int], file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that the new file has from its folder goes."""
    lists = Lists({str(file): own}, inherited)
    on_macos(lists, monkeypatch)
    Change(file, "{}", "{ }").apply()
    assert lists.set == expected and file.read_text() == "{ }"


def test_list_that_cannot_be_set(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is changed."""
    lists = Lists({str(file): OWN}, 0)
    lists.error = errno.EPERM
    on_macos(lists, monkeypatch)
    with pytest.raises(
        Failure, match=r"cannot keep the access control list of .*orthanc.json: Operation not permitted: change"
    ):
        Change(file, "{}", "{ }").apply()
    assert file.read_text() == "{}" and list(file.parent.iterdir()) == [file]


def library_of_windows(done: list[tuple[int, int, bytes]], refused: int) -> SimpleNamespace:
    """Return a library whose descriptors have a header, with its control bits, and entries."""
    descriptor = struct.pack("<BBH", 1, 0, 0x8404) + ENTRIES

    def get(path: str, kind: int, data: Any, size: int, needed: Any) -> int:
        needed._obj.value = len(descriptor)
        if size:
            data[: len(descriptor)] = descriptor
        return size

    def change(path: str, kind: int, data: Any) -> int:
        assert path.endswith(".part") and Path(path).read_bytes() == b""
        if kind == refused:
            return 0
        done.append((kind, struct.unpack_from("<H", data, 2)[0], data[4:]))
        return 1

    return SimpleNamespace(GetFileSecurityW=get, SetFileSecurityW=change)


@pytest.mark.parametrize("refused", [0, OWNER, DACL], ids=["none", "owner", "list"])
def test_windows(refused: int, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is needed, and says again that it may inherit entries. Only some accounts may give a file away."""
    done: list[tuple[int, int, bytes]] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "WinDLL", lambda *_, **__: library_of_windows(done, refused), raising=False)
    monkeypatch.setattr(ctypes, "get_last_error", lambda: 5, raising=False)
    monkeypatch.setattr(ctypes, "WinError", lambda number: PermissionError(13, "Access is denied"), raising=False)
    if refused == DACL:
        with pytest.raises(Failure, match=r"cannot keep the access control list of .*orthanc.json: Access is denied: change"):
            Change(file, "{}", "{ }").apply()
        assert file.read_text() == "{}" and list(file.parent.iterdir()) == [file]
        return
    Change(file, "{}", "{ }").apply()
    assert done == [(kind, 0x8504, ENTRIES) for kind in (OWNER, DACL) if kind != refused] and file.read_text() == "{ }"
