# SPDX-License-Identifier: GPL-3.0-or-later
"""The access control lists of a configuration and of its backup on macOS and Windows, by stand-ins for their libraries."""

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
from orthanc_python.setup.access_list import close_folder
from orthanc_python.setup.backup import Backup
from orthanc_python.setup.change import Change

OWN, INHERITED = 1, 2  # lists of the stand-ins
ENTRIES, CLOSED = b"entries", b"closed!"
DACL, OWNER = 4, 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orthanc.json"
    path.write_text("{}")
    return path


def is_empty(path: Path) -> bool:
    """Return whether nothing can have been read already: neither in a new file nor in a new folder."""
    return not list(path.iterdir()) if path.is_dir() else path.suffix == ".part" and path.read_bytes() == b""


class Lists:
    """Give each file a list: the ones that are named theirs, a new one that of its folder. Keep what is set."""

    def __init__(self, of: dict[str, int], inherited: int) -> None:
        self.of, self.inherited = of, inherited
        self.set: list[int] = []
        self.error = 0

    def get(self, path: str) -> int:
        return self.of.get(path, self.inherited)

    def change(self, path: str, value: int) -> int:
        """Set a list, return whether that fails."""
        assert is_empty(Path(path))
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


@pytest.mark.parametrize(("inherited", "expected"), [(INHERITED, [99]), (0, [])], ids=["inherited", "none"])
def test_backup_on_macos(inherited: int, expected: list[int], file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder loses the entries that it has inherited, before there is a copy in it."""
    lists = Lists({str(file): 0}, inherited)
    on_macos(lists, monkeypatch)
    folder = Backup.create(file, [Change(file, "{}", "{ }")]).folder
    assert lists.set == [*expected, *expected]  # also of the file that is tried out
    assert folder.stat().st_mode & 0o777 == 0o700 and (folder / "0-orthanc.json").read_text() == "{}"


def test_backup_that_cannot_be_closed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left of it."""
    lists = Lists({}, INHERITED)
    lists.error = errno.EPERM
    on_macos(lists, monkeypatch)
    monkeypatch.setattr(Change, "try_out", lambda _: None)
    with pytest.raises(Failure, match=r"cannot close the folder .*setup-1 to other accounts: Operation not permitted: change"):
        Backup.create(file, [Change(file, "{}", "{ }")])
    assert list(file.parent.iterdir()) == [file]


def library_of_windows(done: list[tuple[int, int, bytes]], refused: int) -> SimpleNamespace:
    """Return a library whose descriptors have a header, with its control bits, and entries."""
    descriptor = struct.pack("<BBH", 1, 0, 0x8404) + ENTRIES
    closed = ctypes.create_string_buffer(struct.pack("<BBH", 1, 0, 0x9004) + CLOSED)

    def get(path: str, kind: int, data: Any, size: int, needed: Any) -> int:
        needed._obj.value = len(descriptor)
        if size:
            data[: len(descriptor)] = descriptor
        return size

    def convert(text: str, revision: int, made: Any, size: None) -> int:
        assert text == "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)" and revision == 1
        made._obj.value = ctypes.addressof(closed)
        return 1

    def change(path: str, kind: int, data: Any) -> int:
        assert is_empty(Path(path))
        if kind == refused:
            return 0
        header, entries = struct.unpack(f"<4s{len(ENTRIES)}s", ctypes.string_at(data, 4 + len(ENTRIES)))
        done.append((kind, struct.unpack_from("<H", header, 2)[0], entries))
        return 1

    def free(data: Any) -> None:
        done.append((0, 0, b"freed"))

    return SimpleNamespace(
        GetFileSecurityW=get,
        SetFileSecurityW=change,
        ConvertStringSecurityDescriptorToSecurityDescriptorW=convert,
        LocalFree=free,
    )


def on_windows(done: list[tuple[int, int, bytes]], refused: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "WinDLL", lambda *_, **__: library_of_windows(done, refused), raising=False)
    monkeypatch.setattr(ctypes, "get_last_error", lambda: 5, raising=False)
    monkeypatch.setattr(ctypes, "WinError", lambda number: PermissionError(13, "Access is denied"), raising=False)


@pytest.mark.parametrize("refused", [0, OWNER, DACL], ids=["none", "owner", "list"])
def test_windows(refused: int, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is needed, and says again that it may inherit entries. Only some accounts may give a file away."""
    done: list[tuple[int, int, bytes]] = []
    on_windows(done, refused, monkeypatch)
    if refused == DACL:
        with pytest.raises(Failure, match=r"cannot keep the access control list of .*orthanc.json: Access is denied: change"):
            Change(file, "{}", "{ }").apply()
        assert file.read_text() == "{}" and list(file.parent.iterdir()) == [file]
        return
    Change(file, "{}", "{ }").apply()
    assert done == [(kind, 0x8504, ENTRIES) for kind in (OWNER, DACL) if kind != refused] and file.read_text() == "{ }"


def test_backup_on_windows(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder has a protected list, that files in it inherit, before there is a copy in it."""
    done: list[tuple[int, int, bytes]] = []
    on_windows(done, 0, monkeypatch)
    folder = Backup.create(file, [Change(file, "{}", "{ }")]).folder
    assert done[-2:] == [(DACL, 0x9004, CLOSED), (0, 0, b"freed")] and (folder / "0-orthanc.json").is_file()


def test_folder_of_windows_that_cannot_be_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[int, int, bytes]] = []
    on_windows(done, DACL, monkeypatch)
    with pytest.raises(Failure, match=r"cannot close the folder .* to other accounts: Access is denied: change"):
        close_folder(tmp_path)
    assert done == [(0, 0, b"freed")]
