# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollback and an undo that cannot go on in the middle."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from orthanc_python.failure import Failure
from orthanc_python.install import deployment
from orthanc_python.install import place as place_module
from orthanc_python.install.deployment import roll_back
from orthanc_python.install.place import STATE, Place
from orthanc_python.libraries.file_names import LOADER, plugin_for
from orthanc_python.releases.sources import sha256
from orthanc_python.setup.backup import Backup, PluginChange

# Enough of an ELF file for x86_64 to be read.
LIBRARY = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00" + bytes(44)
OUR_LOADER = LIBRARY + b"orthanc-python 9.9.9; CPython: the one that it finds;"


def put(folder: Path, version: bytes) -> None:
    """Write a loader and the plugin beside it."""
    beside = plugin_for(folder / LOADER, "3.13")
    beside.parent.mkdir(parents=True, exist_ok=True)
    beside.write_bytes(LIBRARY + version)
    (folder / LOADER).write_bytes(OUR_LOADER + version)


def version_in(folder: Path) -> set[bytes]:
    """Return the versions of the loader and of the plugin."""
    return {path.read_bytes()[-1:] for path in (folder / LOADER, plugin_for(folder / LOADER, "3.13"))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which version 2 has replaced version 1."""
    folder = tmp_path / "plugins"
    put(folder, b"1")
    place = Place(folder)
    with place.locked():
        put(place.stage(), b"2")
        place.exchange()
    return folder


def test_full_disk_during_a_rollback(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copy2", refuse)
    with pytest.raises(Failure, match=r"No space left on device: make room, and run it again; nothing has been changed$"):
        roll_back(folder)
    assert version_in(folder) == {b"2"}


def test_undo_after_one_that_was_killed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ended when the former files were there, and the exchange was not done: the next one begins as this one did."""
    loader = folder / LOADER
    beside = plugin_for(loader, "3.13")
    (tmp_path / "orthanc.json").write_text("{}")
    backup = Backup.create(tmp_path / "orthanc.json", [])
    backup.add_plugin(PluginChange(loader, True, sha256(loader), {str(beside): sha256(beside)}))
    process = os.fork()
    if process == 0:
        synchronize = place_module.synchronize_folder
        monkeypatch.setattr(
            place_module, "synchronize_folder", lambda path: os._exit(7) if path == folder else synchronize(path)
        )
        Backup.latest(tmp_path / "orthanc.json").undo()
        os._exit(8)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 7
    assert version_in(folder) == {b"1"} and Place(folder).former.is_dir()
    assert Backup.latest(tmp_path / "orthanc.json").undo() == [f"restored the former {loader}"]
    with Place(folder).locked():
        assert version_in(folder) == {b"1"}


def test_loader_that_is_a_mount_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be replaced, neither by another version nor by itself. The next attempt is not held up by that."""
    replace = os.replace

    def refuse(source: Path, target: Path) -> None:
        if Path(target) == folder / LOADER:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    for _ in range(2):
        with pytest.raises(Failure, match=r"Device or resource busy; nothing has been changed$"):
            roll_back(folder)
        assert version_in(folder) == {b"2"}
        with Place(folder).locked():
            assert version_in(folder) == {b"2"}
    monkeypatch.setattr(os, "replace", replace)
    roll_back(folder)
    assert version_in(folder) == {b"1"}


def test_copy_without_links_is_on_the_disk_before_its_original_is_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, bytes]] = []
    replace, synchronize = os.replace, place_module.synchronize_file

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    def recorded(source: Path, target: Path) -> None:
        events.append(("replaced", Path(target).read_bytes() if Path(target) == folder / LOADER else b""))
        replace(source, target)

    def synchronized(path: Path) -> None:
        synchronize(path)
        events.append(("synchronized", path.read_bytes()))

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "replace", recorded)
    monkeypatch.setattr(place_module, "synchronize_file", synchronized)
    roll_back(folder)
    loader = OUR_LOADER + b"2"
    assert events.index(("synchronized", loader)) < events.index(("replaced", loader))
    assert version_in(folder) == {b"1"}


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "No space left on device: make room"), (errno.EACCES, "Permission denied")]
)
def test_full_disk_after_a_rollback(number: int, said: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told to roll back again: that would take back what is done."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    (folder / STATE / "newest.json").write_text('{"version": "2.0"}')
    monkeypatch.setattr(deployment, "write", refuse)
    with pytest.raises(Failure, match=f"{said}; the plugin was exchanged before that$"):
        roll_back(folder)
    assert version_in(folder) == {b"1"}


@pytest.mark.parametrize("kept", ["newest.json", "former", "older former"])
def test_uninstallation_that_does_not_end(kept: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later installation is not held up by the version that was there: it is forgotten first."""

    def refuse(path: Path) -> None:
        if path.name == kept.split()[-1] and (kept != "former" or version_in(path) == {b"2"}):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        remove(path)

    (folder / STATE / "newest.json").write_text('{"version": "2.0"}')
    remove = place_module.remove
    monkeypatch.setattr(place_module, "remove", refuse)
    with pytest.raises(Failure, match=r"Input/output error; the plugin was removed before that$"):
        deployment.uninstall(folder, "3.13")
    assert not (folder / LOADER).exists()
    assert (folder / STATE / "newest.json").exists() is (kept == "newest.json")


def test_uninstallation_without_the_downloads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scanner for viruses may have one open on Windows. They are of no use to others."""

    def refuse(path: Path, *arguments: object, **options: object) -> None:
        if Path(path).name == "downloads" and not options.get("ignore_errors"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        rmtree(path, *arguments, **options)  # type: ignore[arg-type]

    (folder / STATE / "downloads").mkdir()
    rmtree = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", refuse)
    deployment.uninstall(folder, "3.13")
    assert not (folder / LOADER).exists()


def test_exchange_that_cannot_be_undone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next attempt does it first."""
    replace = os.replace

    def refuse(source: Path, target: Path) -> None:
        if Path(source).parent.name == "outgoing":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if Path(target) == folder / LOADER:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    undone = "the exchange may not be undone yet: run it again, to undo it first"
    with pytest.raises(Failure, match=rf"Device or resource busy; {undone}$"):  # the first error, not that of the undo
        roll_back(folder)
    monkeypatch.setattr(os, "replace", replace)
    Place(folder).repair()
    assert version_in(folder) == {b"2"}


def test_journal_that_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next attempt would take the exchange back, so this one does."""
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "journal.json" and version_in(folder) == {b"1"}:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(Failure, match=r"Input/output error; nothing has been changed$"):
        roll_back(folder)
    assert version_in(folder) == {b"2"} and not Place(folder).interrupted


def test_interrupted_when_the_exchange_is_done(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not taken back: without the journal, nothing would repair half of that."""
    unlink = Path.unlink

    def interrupt(path: Path, missing_ok: bool = False) -> None:
        unlink(path, missing_ok)
        if path.name == "journal.json":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "unlink", interrupt)
        roll_back(folder)
    assert version_in(folder) == {b"1"}
    Place(folder).repair()
    assert version_in(folder) == {b"1"} and version_in(Place(folder).former) == {b"2"}
