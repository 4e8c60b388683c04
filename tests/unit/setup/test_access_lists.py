# SPDX-License-Identifier: GPL-3.0-or-later
"""A configuration whose access control list lets Orthanc read it (acl(5))."""

from __future__ import annotations

import errno
import os
import pwd
import stat
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orthanc_python.failure import Failure
from orthanc_python.service.access import Account, unreadable
from orthanc_python.setup.backup import Backup
from orthanc_python.setup.change import Change

if sys.platform != "linux":
    pytest.skip("only Linux has these attributes", allow_module_level=True)

ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
NAMED = next(each for each in pwd.getpwall() if each.pw_uid not in (0, os.getuid()))
OWNER, USER, OWNING_GROUP, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32
NOBODY = 0xFFFFFFFF

Entry = tuple[int, int, int]  # tag, permissions, number of the account or group


def packed(*entries: Entry) -> bytes:
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in sorted(entries))


def acl(*more: Entry, mask: int = 7, other: int = 0) -> bytes:
    return packed((OWNER, 6, NOBODY), (OWNING_GROUP, 0, NOBODY), (MASK, mask, NOBODY), (OTHER, other, NOBODY), *more)


READABLE = acl((USER, 4, NAMED.pw_uid), mask=6)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that each account may enter."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name).resolve()
        path.chmod(0o755)
        try:
            os.setxattr(path, DEFAULT, b"")
        except OSError as error:
            if error.errno == errno.ENOTSUP:
                pytest.skip("this file system has no access control lists")
        yield path


@pytest.fixture
def file(folder: Path) -> Path:
    path = folder / "orthanc.json"
    path.write_text("{}")
    path.chmod(0o640)
    os.setxattr(path, ACCESS, READABLE)
    os.setxattr(path, "user.note", b"kept")
    return path


def test_change_and_undo(file: Path) -> None:
    before = file.stat()
    change = Change(file, "{}", '{"Name": "x"}')
    made = Backup.create(file, [change])
    change.apply()
    assert os.getxattr(file, ACCESS) == READABLE and os.getxattr(file, "user.note") == b"kept"
    assert file.stat().st_mode == before.st_mode
    made.undo()
    assert file.read_text() == "{}" and os.getxattr(file, ACCESS) == READABLE


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_capability_and_owner(file: Path) -> None:
    """A new owner would take the capability away."""
    os.chown(file, NAMED.pw_uid, NAMED.pw_gid)
    capability = struct.pack("<IIIII", 0x02000000, 1, 0, 0, 0)
    os.setxattr(file, "security.capability", capability)
    Change(file, "{}", "{ }").apply()
    assert os.getxattr(file, "security.capability") == capability and file.stat().st_uid == NAMED.pw_uid


def test_list_of_the_folder_is_not_inherited(folder: Path) -> None:
    """The new file is made in that folder, and the former one had no list."""
    file = folder / "orthanc.json"
    file.write_text("{}")
    file.chmod(0o640)
    os.setxattr(folder, DEFAULT, acl((USER, 7, NAMED.pw_uid)))
    Change(file, "{}", "{ }").apply()
    assert os.listxattr(file) == [] and stat.S_IMODE(file.stat().st_mode) == 0o640


def test_nobody_else_can_read_it_meanwhile(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bits of the group are the mask: without the list, they would be the right of the owning group."""
    seen: list[int] = []
    setxattr = os.setxattr

    def look(path: str, name: str, value: bytes) -> None:
        seen.append(stat.S_IMODE(Path(path).stat().st_mode) & 0o077)
        setxattr(path, name, value)

    monkeypatch.setattr(os, "setxattr", look)
    Change(file, "{}", "{ }").apply()
    assert seen and not seen[0]


@pytest.mark.parametrize("name", [ACCESS, "security.selinux"])
def test_attribute_that_cannot_be_copied(name: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is changed, and no backup is left."""
    setxattr, listxattr, getxattr = os.setxattr, os.listxattr, os.getxattr

    def refuse(path: str, key: str, value: bytes) -> None:
        if key == name:
            raise OSError(errno.EPERM, "Operation not permitted")
        setxattr(path, key, value)

    def read(path: Path, key: str) -> bytes:
        return b"label" if key == "security.selinux" and path == file else getxattr(path, key)

    monkeypatch.setattr(os, "setxattr", refuse)
    monkeypatch.setattr(os, "getxattr", read)
    monkeypatch.setattr(os, "listxattr", lambda path: [*listxattr(path), *([name] if path == file else [])])
    change = Change(file, "{}", '{"Name": "x"}')
    for work in (lambda: Backup.create(file, [change]), change.apply):
        with pytest.raises(Failure, match=rf"cannot keep the attribute {name} of .*orthanc.json: Operation not permitted"):
            work()
    assert file.read_text() == "{}" and list(file.parent.iterdir()) == [file]


def test_attribute_of_no_importance(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setxattr = os.setxattr

    def refuse(path: str, key: str, value: bytes) -> None:
        if key == "user.note":
            raise OSError(errno.ENOSPC, "No space left on device")
        setxattr(path, key, value)

    monkeypatch.setattr(os, "setxattr", refuse)
    Change(file, "{}", "{ }").apply()
    assert file.read_text() == "{ }" and os.listxattr(file) == [ACCESS]


@pytest.mark.parametrize(
    ("entries", "mask", "other", "readable"),
    [
        ([(USER, 4, NAMED.pw_uid)], 6, 0, True),
        ([(USER, 4, NAMED.pw_uid)], 2, 4, False),  # masked
        ([(USER, 0, NAMED.pw_uid)], 7, 4, False),
        ([(USER, 4, NAMED.pw_uid + 1)], 7, 0, False),
        ([(USER, 0, NAMED.pw_uid + 1)], 7, 4, True),
        ([(GROUP, 4, NAMED.pw_gid)], 4, 0, True),
        ([(GROUP, 0, NAMED.pw_gid)], 7, 4, False),
        ([(GROUP, 4, NAMED.pw_gid)], 2, 4, False),
        ([(GROUP, 4, NAMED.pw_gid)], 0, 4, True),
        ([(USER, 4, NAMED.pw_uid)], 0, 0, False),
        ([(USER, 0, NAMED.pw_uid)], 0, 4, True),
    ],
    ids=[
        *("user", "masked user", "denied user", "another user", "other", "group", "denied group", "masked group"),
        *("empty mask of a group", "empty mask of a user", "empty mask of a denied user"),
    ],
)
def test_doctor_reads_the_list(entries: list[Entry], mask: int, other: int, readable: bool, file: Path) -> None:
    """As the system does: as this account, the kernel gives the same answer."""
    os.setxattr(file, ACCESS, acl(*entries, mask=mask, other=other))
    found = list(unreadable(Account(NAMED.pw_name), [("the configuration", file)]))
    assert (not found) is readable
    if os.getuid() == 0:
        assert opens(file) is readable
    if found:
        assert found[0].fix == f"setfacl -m u:{NAMED.pw_name}:rX {file}"


def opens(file: Path) -> bool:
    """Return whether the account can open a file, in a process that becomes that account."""
    process = os.fork()
    if process == 0:
        try:
            os.initgroups(NAMED.pw_name, NAMED.pw_gid)
            os.setresgid(*[NAMED.pw_gid] * 3)
            os.setresuid(*[NAMED.pw_uid] * 3)
            os.close(os.open(file, os.O_RDONLY))
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def test_folder_with_a_list(file: Path) -> None:
    os.setxattr(file, ACCESS, READABLE)
    file.parent.chmod(0o700)
    found = list(unreadable(Account(NAMED.pw_name), [("the configuration", file)]))
    assert [each.obstacle for each in found] == [file.parent]
    os.setxattr(file.parent, ACCESS, packed((OWNER, 7, NOBODY), *[(tag, right, NOBODY) for tag, right in REST], ENTER))
    assert not list(unreadable(Account(NAMED.pw_name), [("the configuration", file)]))


@pytest.mark.parametrize("absolute", [True, False])
def test_folder_between_two_links(absolute: bool, folder: Path, file: Path) -> None:
    """As uv's `python` of an environment, that leads to a link in a home folder, that leads to the interpreter."""
    hidden = folder / "home"
    hidden.mkdir(mode=0o755)
    (hidden / "link").symlink_to(file if absolute else Path("..", file.name))
    first = folder / "first"
    first.symlink_to(hidden / "link" if absolute else Path("home", ".", "link"))
    account = Account(NAMED.pw_name)
    assert account.obstacle(first) is None
    hidden.chmod(0o700)
    assert account.obstacle(first) == hidden
    if os.getuid() == 0:
        assert not opens(first)


REST = [(OWNING_GROUP, 0), (MASK, 7), (OTHER, 0)]
ENTER = (USER, 1, NAMED.pw_uid)


@pytest.mark.parametrize("kind", ["other system", "other version", "unreadable"])
def test_list_that_is_not_understood(kind: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No problem: it may let the account in."""
    os.removexattr(file, ACCESS)
    file.chmod(0o600)
    assert list(unreadable(Account(NAMED.pw_name), [("the configuration", file)]))
    name = "system.nfs4_acl" if kind == "other system" else ACCESS

    def read(path: Path, key: str) -> bytes:
        if kind == "unreadable":
            raise OSError(errno.EACCES, "Permission denied")
        return struct.pack("<I", 9)

    listed: Callable[[Path], list[str]] = lambda path: [name] if path == file else []  # noqa: E731
    monkeypatch.setattr(os, "listxattr", listed)
    monkeypatch.setattr(os, "getxattr", read)
    assert not list(unreadable(Account(NAMED.pw_name), [("the configuration", file)]))
