# SPDX-License-Identifier: GPL-3.0-or-later
"""The copies that `orthanc-python setup --undo` brings back: one that is damaged is not put in the place of a configuration."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orthanc_python.failure import Failure
from orthanc_python.releases.sources import sha256
from orthanc_python.setup.backup import PREFIX, RECORD, Backup
from orthanc_python.setup.change import Change

BEFORE, AFTER = '{"Name": "before"}', '{"Name": "after"}'


@pytest.fixture
def made(tmp_path: Path) -> Backup:
    """Return the backup of a setup that has changed two files and made one."""
    changes = [Change(tmp_path / name, BEFORE, AFTER) for name in ("one.json", "two.json")]
    for change in changes:
        change.path.write_text(BEFORE)
    changes.append(Change(tmp_path / "three.json", None, AFTER))
    Backup.create(tmp_path, changes)
    for change in changes:
        change.apply()
    return Backup.latest(tmp_path)


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("*.json")}


def without_checksums(made: Backup) -> None:
    """Make the record that of an earlier version."""
    record = json.loads((made.folder / RECORD).read_text())
    for file in record["files"]:
        file.pop("sha256", None)
    (made.folder / RECORD).write_text(json.dumps(record))


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("earlier", [False, True], ids=["this version", "earlier version"])
@pytest.mark.parametrize("damage", [Path.unlink, empty], ids=["missing", "empty"])
@pytest.mark.parametrize("applied", [False, True], ids=["restored by hand", "as setup has left it"])
def test_copy_without_content(
    damage: Callable[[Path], None], earlier: bool, applied: bool, made: Backup, tmp_path: Path
) -> None:
    if earlier:
        without_checksums(made)
    if not applied:
        (tmp_path / "two.json").write_text(BEFORE)
    damage(made.folder / "1-two.json")
    before = content(tmp_path)
    made = Backup.latest(tmp_path)
    for work in (made.changes, made.undo):
        with pytest.raises(Failure, match=r"1-two\.json, the kept copy of .*two\.json, is (missing|empty|damaged): "):
            work()
    assert content(tmp_path) == before and made.exists()


def test_copy_of_other_content(made: Backup, tmp_path: Path) -> None:
    (made.folder / "0-one.json").write_text(BEFORE + " ")
    before = content(tmp_path)
    with pytest.raises(Failure, match=r"is damaged: mend .*one\.json by hand"):
        Backup.latest(tmp_path).undo()
    assert content(tmp_path) == before


@pytest.mark.parametrize("earlier", [False, True], ids=["this version", "earlier version"])
def test_undo(earlier: bool, made: Backup, tmp_path: Path) -> None:
    kept = json.loads((made.folder / RECORD).read_text())["files"]
    assert [each.get("sha256") for each in kept] == [sha256(made.folder / kept[0]["kept"])] * 2 + [None]
    if earlier:
        without_checksums(made)
    Backup.latest(tmp_path).undo()
    assert content(tmp_path) == {"one.json": BEFORE, "two.json": BEFORE}
    assert not made.folder.parent.exists()


def test_empty_file_that_was_empty_before(tmp_path: Path) -> None:
    (tmp_path / "one.json").touch()
    change = Change(tmp_path / "one.json", "", AFTER)
    made = Backup.create(tmp_path, [change])
    change.apply()
    made.undo()
    assert content(tmp_path) == {"one.json": ""}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which file a descriptor is of")
def test_copies_are_on_the_disk_before_the_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without power has otherwise an empty copy, and a record of it."""
    written: list[str] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        written.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    (tmp_path / "one.json").write_text(BEFORE)
    monkeypatch.setattr(os, "fsync", note)
    made = Backup.create(tmp_path, [Change(tmp_path / "one.json", BEFORE, AFTER)])
    names = [name for name in written if not name.startswith(".one.json.")]  # a trial
    assert names[0] == "0-one.json" and names.index(f"{RECORD}.part") > 0
    assert names[-3:] == [made.folder.name, made.folder.parent.name, tmp_path.name]


def test_removal_begins_with_the_record(made: Backup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo would otherwise find a record without its copies, if the removal does not end."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", interrupt)
    with pytest.raises(KeyboardInterrupt):
        made.undo()
    assert not (made.folder / RECORD).exists() and (made.folder / "0-one.json").exists()
    with pytest.raises(Failure, match="there is no setup to undo"):
        Backup.latest(tmp_path)
    assert Backup.create(tmp_path, []).folder.name == f"{PREFIX}2"


def test_a_file_system_that_does_not_synchronize_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shared folders of virtual machines do not: the files are changed and restored all the same."""
    synchronize = os.fsync

    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        synchronize(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    paths = [tmp_path / name for name in ("orthanc.json", "plugins.json")]
    for path in paths:
        path.write_text("{}")
    changes = [Change(path, "{}", '{"Name": "x"}') for path in paths]
    backup = Backup.create(paths[0], changes)
    for change in changes:
        change.apply()
    assert [path.read_text() for path in paths] == ['{"Name": "x"}'] * 2
    backup.undo()
    assert [path.read_text() for path in paths] == ["{}"] * 2


def test_file_that_is_mounted_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container. Another file cannot take its place."""
    path = tmp_path / "orthanc.json"
    path.write_text(BEFORE)

    def refuse(part: Path, target: Path) -> Path:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(part))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(Failure, match=rf"^{path} is mounted by itself, and cannot be replaced: mount its folder"):
        Change(path, BEFORE, AFTER).apply()
    assert content(tmp_path) == {"orthanc.json": BEFORE} and list(tmp_path.iterdir()) == [path]


@pytest.fixture
def immutable(tmp_path: Path) -> Iterator[Path]:
    """Give a file after `chattr +i`, where the file system and this account's rights allow it."""
    path = tmp_path / "orthanc.json"
    path.write_text(BEFORE)
    if shutil.which("chattr") is None or subprocess.run(["chattr", "+i", path], capture_output=True).returncode:
        pytest.skip("no file can be made immutable here")
    yield path
    subprocess.run(["chattr", "-i", path], check=True)


@pytest.mark.parametrize("after", [AFTER, None], ids=["changed", "removed"])
def test_immutable_file(after: str | None, immutable: Path) -> None:
    """It is refused before anything is changed, and the message names it, not the file that was to take its place."""
    change = Change(immutable, BEFORE, after)
    for work in (change.refuse_immutable, change.try_out, change.apply, lambda: Backup.create(immutable, [change])):
        with pytest.raises(Failure, match=rf"^{immutable} cannot be replaced \(.*\): see lsattr {immutable}; .*chattr -ia"):
            work()
    assert [path.name for path in immutable.parent.iterdir()] == ["orthanc.json"] and immutable.read_text() == BEFORE


@pytest.mark.parametrize(("number", "refused"), [(errno.EPERM, True), (errno.EACCES, False)])
def test_file_that_cannot_be_written_but_replaced(
    number: int, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one of another account, in a folder of one's own. That is not refused."""
    path = tmp_path / "orthanc.json"
    path.write_text(BEFORE)
    system = os.open

    def refuse(file: Path, flags: int, *arguments: int, **options: int) -> int:
        if Path(file) == path and flags & os.O_WRONLY:
            raise OSError(number, os.strerror(number), str(file))
        return system(file, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    change = Change(path, BEFORE, AFTER)
    if refused:
        with pytest.raises(Failure, match="cannot be replaced"):
            change.try_out()
    else:
        change.try_out()
        change.apply()
    assert content(tmp_path) == {"orthanc.json": BEFORE if refused else AFTER}
